import type { ChildProcess } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobId, JobMeta } from '@sluice/contracts';
import { createJobStore, type JobStore } from '@sluice/fleet/jobs';
import { createProducer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { createEngine } from '@sluice/orchestrator/engine';
import { eventually, startRedis, startRedisCluster } from '@sluice/testkit';
import { endChild, forkHost } from '../engine/contender.ts';
import { round } from '../measure.ts';
import { catalogue, deadlyPipeline } from './deadly-tasks.ts';
import type { OwnFault, Row } from './fault.ts';
import { judgeLog, rerunsOf } from './history.ts';
import { placeOf } from './servers.ts';

const HOSTS = 2;
const HARMLESS = 20;
const DEATHS = 3;
const PATIENCE_MS = 150_000;
const RERUN_LIMIT_SECONDS = 20;

/**
 * A task that kills its worker, amid others. No mail is known that kills the reader's worker, so this one runs on an engine and a pool with tasks of their own, in
 * two child processes that are started again whenever they die.
 */
export const deadlyTask: OwnFault = {
  name: 'deadly-task',
  what: 'a task that kills its worker, amid twenty that do not',
  on: ['server', 'cluster'],
  async run(on) {
    const place = placeOf(on);
    const server = await (place === 'cluster' ? startRedisCluster() : startRedis({ appendOnly: true }));
    const redis = connectRedis(server.url, { name: 'chaos' });
    const jobs = createJobStore(redis);
    const producer = createProducer(redis);
    const log = createLogger('chaos', 'engine', 'error');
    const shared = { catalogue, jobs, producer, redisUrl: server.url, worker: 'engine', log };
    const engine = createEngine({ ...shared, pipelines: [deadlyPipeline] });
    engine.start();
    const keeper = await keepHosts(server.url);
    try {
      const [deadly = '', ...harmless] = await submitAll(jobs);
      await eventually(() => allEnded(jobs, [deadly, ...harmless]), PATIENCE_MS);
      return { ...(await judge(jobs, deadly, harmless, keeper.deaths())), on: place };
    } finally {
      await keeper.stop();
      await engine.stop();
      await producer.close();
      await closeRedis(redis);
      await server.stop();
    }
  },
};

interface HostKeeper {
  /** When a worker died (epoch ms). */
  deaths(): number[];
  stop(): Promise<void>;
}

async function keepHosts(redisUrl: string): Promise<HostKeeper> {
  const deaths: number[] = [];
  const hosts = new Set<ChildProcess>();
  const starting = new Set<Promise<void>>();
  let isStopping = false;

  async function start(): Promise<void> {
    const host = await forkHost(new URL('./deadly-host.ts', import.meta.url).href, [redisUrl]);
    hosts.add(host);
    host.once('exit', () => {
      hosts.delete(host);
      if (isStopping) return;
      deaths.push(Date.now());
      const again = start().finally(() => starting.delete(again));
      starting.add(again);
    });
  }

  await Promise.all(Array.from({ length: HOSTS }, start));
  return {
    deaths: () => deaths,
    async stop() {
      isStopping = true;
      await Promise.all(starting);
      await Promise.all([...hosts].map(endChild));
    },
  };
}

/** The deadly one stands in the midst of them; its id comes first. */
async function submitAll(jobs: JobStore): Promise<JobId[]> {
  const before = await Promise.all(Array.from({ length: HARMLESS / 2 }, () => submit(jobs, false)));
  const deadly = await submit(jobs, true);
  await pause(100);
  const after = await Promise.all(Array.from({ length: HARMLESS / 2 }, () => submit(jobs, false)));
  return [deadly, ...before, ...after];
}

async function submit(jobs: JobStore, isDeadly: boolean): Promise<JobId> {
  const jobId = randomUUIDv7();
  const about = { tenant: 'chaos', pipeline: 'chaos', priority: 'normal', timeoutMs: 300_000 } as const;
  const meta: JobMeta = { v: 1, jobId, ...about, input: { isDeadly } };
  await jobs.create(meta);
  return jobId;
}

async function allEnded(jobs: JobStore, jobIds: readonly JobId[]): Promise<boolean> {
  const states = await Promise.all(jobIds.map((jobId) => jobs.snapshot(jobId)));
  return states.every((job) => job !== null && job.endedMs !== null);
}

async function judge(jobs: JobStore, deadly: JobId, harmless: JobId[], deaths: number[]): Promise<Omit<Row, 'on'>> {
  const failures: string[] = [];
  const row = { fault: 'deadly-task', accepted: 1 + harmless.length, finished: 0, lost: 0, doubled: 0, breaches: 0 };
  let seconds = 0;
  for (const jobId of [deadly, ...harmless]) {
    const job = await jobs.snapshot(jobId);
    const events = await jobs.eventsAfter(jobId, 0);
    const { lost, doubled } = judgeLog(events, job?.seq ?? 0);
    const ending = jobId === deadly ? [...(job?.tasks.values() ?? [])][0]?.outcome?.error?.code : job?.state;
    if (ending !== (jobId === deadly ? 'poison' : 'completed')) lost.push(`it ended as ${ending}`);
    row.lost += lost.length;
    row.doubled += doubled.length;
    if (lost.length === 0) row.finished += 1;
    failures.push(...[...lost, ...doubled].map((what) => `${jobId}: ${what}`));
    for (const { againMs } of rerunsOf(events)) {
      // Whoever was to take it over may have been killed meanwhile: the last death before it counts.
      const diedMs = Math.max(...deaths.filter((atMs) => atMs < againMs));
      seconds = Math.max(seconds, (againMs - diedMs) / 1_000);
    }
  }
  if (deaths.length !== DEATHS) failures.push(`${deaths.length} workers died, not ${DEATHS}`);
  if (seconds > RERUN_LIMIT_SECONDS) failures.push(`a dead worker's task ran again only after ${round(seconds)} s`);
  return { ...row, seconds: round(seconds), failures, note: `${deaths.length} workers died; a pool of its own` };
}
