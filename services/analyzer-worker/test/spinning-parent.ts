import { createProcessPool } from '../src/mail/process-pool.ts';

/** A process for a test to kill: its pool works on a task that never ends. Writes the id of the pool's process. */
const pool = createProcessPool({
  file: new URL('./workloads.ts', import.meta.url),
  processes: 1,
  timeLimitMs: 600_000,
  memoryMb: 64,
});
const { signal } = new AbortController();
const result = await pool.run<number>('processId', null, signal);
const spinning = pool.run('spin', null, signal);
process.stdout.write(`${result.status === 'done' ? result.value : 0}\n`);
await spinning;
