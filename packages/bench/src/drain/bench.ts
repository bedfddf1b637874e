import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_BUCKETS, tasks } from '@sluice/contracts';
import { openBlobStore } from '@sluice/fleet/blobs';
import { createJobStore, createJournal } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { createAside, createDrainer, createRecorder, createRestore } from '@sluice/orchestrator/record';
import { openRecords, type Records } from '@sluice/records';
import { startPostgres } from '@sluice/records/server';
import { freePort, startRedis } from '@sluice/testkit';
import { type BenchmarkResult, round } from '../measure.ts';
import { fillJournal } from './jobs.ts';

const JOBS = 4_000;
const PROMISED_PER_S = 500;

/**
 * How fast one orchestrator brings finished jobs into the record once it is behind, as after PostgreSQL was away: it makes no pauses then. `drain [JOBS]`. Throws where one is not in the
 * record with its whole log; says where it is slower than 500 jobs/s.
 */
export async function runDrainBench(words: string[], say: (line: string) => void): Promise<BenchmarkResult> {
  const count = Number(words[0] ?? JOBS);
  const folder = await mkdtemp(join(tmpdir(), 'sluice-drain-'));
  const redisServer = await startRedis();
  // As `npm start` runs it: what is recorded is on the disk.
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), port: await freePort() });
  const redis = connectRedis(redisServer.url, { name: 'bench' });
  const records = openRecords({ url: postgres.url, onError: () => undefined, poolSize: 5 });
  try {
    await records.migrate();
    const jobs = createJobStore(redis);
    const blobs = openBlobStore({ folder: join(folder, 'blobs') });
    const ids = await fillJournal(jobs, blobs, count);
    const { entries } = await createJournal(redis).lag();
    say(`${count} jobs have left ${entries} changes in the journal`);
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    await drain({ redis, records, jobs, blobs });
    const seconds = (performance.now() - startMs) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    const perSecond = round(count / seconds);
    await expectAll(records, ids, await jobs.eventsAfter(ids[0] ?? '', 0));
    if (perSecond < PROMISED_PER_S) say(`slower than ${PROMISED_PER_S} jobs/s`);
    return {
      method: `${count} finished jobs of 8 tasks with a report of 14 KB each, one drainer, PostgreSQL 18 with fsync on the same machine`,
      measures: {
        jobs: count,
        changes: entries,
        seconds: round(seconds),
        jobs_per_s: perSecond,
        changes_per_s: round(entries / seconds),
        // Of the drainer alone: tells a slow drainer from a busy machine.
        cpu_ms_a_job: round((user + system) / 1_000 / count, 2),
      },
    };
  } finally {
    await Promise.all([records.close(), closeRedis(redis)]);
    await Promise.all([postgres.stop(), redisServer.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

type Means = Pick<Parameters<typeof createRestore>[0], 'redis'> & {
  records: Records;
  jobs: ReturnType<typeof createJobStore>;
  blobs: ReturnType<typeof openBlobStore>;
};

async function drain({ redis, records, jobs, blobs }: Means): Promise<void> {
  const log = createLogger('bench', 'drain', 'warn');
  const shared = { redis, jobs, blobs, log, table: records.jobs, catalogue: tasks };
  const { catchUp } = createRestore(shared);
  const inbox = { remove: () => Promise.resolve() };
  const announcer = { event: () => Promise.resolve() };
  const recorder = createRecorder({ ...shared, inbox, announcer, catchUp });
  const buckets = () => [...ALL_BUCKETS];
  const drainer = createDrainer({ journal: createJournal(redis), recorder, aside: createAside(redis), buckets, log });
  while ((await drainer.round()).jobs > 0);
}

async function expectAll(records: Records, ids: readonly string[], log: readonly { seq: number }[]): Promise<void> {
  const seqs = await records.jobs.lastSeqs(ids);
  const missing = ids.filter((id) => seqs.get(id) !== log.length);
  if (missing.length > 0) throw new Error(`${missing.length} jobs are not in the record as they ended`);
  const recorded = await records.jobs.events(ids[0] ?? '', 0);
  if (recorded.length !== log.length) throw new Error('a log is not whole');
}
