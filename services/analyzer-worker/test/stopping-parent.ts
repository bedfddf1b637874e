import { createProcessPool } from '../src/mail/process-pool.ts';

/** A program that uses a pool, stops it, and has nothing else to do. Node exits with 13 where an await never settles. */
const pool = createProcessPool({
  file: new URL('./workloads.ts', import.meta.url),
  processes: 2,
  timeLimitMs: 20_000,
  memoryMb: 64,
});
await pool.run('echo', 1, new AbortController().signal);
await pool.stop();
