import { ALL_BUCKETS, type JobId, type TaskCatalogue } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import { type Producer, queuedTask } from '@sluice/fleet/queue';
import type { Logger } from '@sluice/fleet/service';
import { Counter } from 'prom-client';
import { STILL_MS, standsStill, openTasks } from './judge.ts';

const EVERY_MS = 5_000;

const nudges = new Counter({
  name: 'sluice_jobs_nudged_total',
  help: 'Jobs that stood still because the message of a task was lost, and were put back on the way.',
});

export interface ReaperConfig {
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
  log: Logger;
  /** How long a job may stand still; 15 s where nothing is said. */
  stillMs?: number;
  /** Pause between two sweeps; 5 s where nothing is said. */
  everyMs?: number;
}

/**
 * Finds jobs that stopped moving: silent for 15 s, with an open task that no queue holds. Such a task's message was lost, be it
 * that its planner died before it could queue it. It is queued again.
 */
export function createReaper({ jobs, producer, catalogue, log, stillMs = STILL_MS, everyMs = EVERY_MS }: ReaperConfig) {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  let stopped = false;

  async function inspect(jobId: JobId): Promise<void> {
    const job = await jobs.snapshot(jobId);
    if (job === null) return;
    const [last] = await jobs.eventsAfter(jobId, job.seq - 1);
    if (!standsStill(job, last?.atMs ?? job.createdMs, stillMs)) return;
    const open = openTasks(job).map((task) => queuedTask(job, task, catalogue, job.meta.trace));
    const held = await Promise.all(open.map(({ pool, message }) => producer.holds(pool, message)));
    const lost = open.filter((_, index) => held[index] === false);
    if (lost.length === 0) return;
    await producer.tasks(lost);
    nudges.inc();
    log.warn('job stood still, its lost tasks are queued again', { jobId, state: job.state, tasks: lost.length });
  }

  async function sweep(): Promise<void> {
    for (const bucket of ALL_BUCKETS) {
      for await (const jobId of jobs.open(bucket)) {
        if (stopped) return;
        await inspect(jobId).catch((error: unknown) => void log.warn('inspection failed', { jobId, error }));
      }
    }
  }

  /** Rests as long as it worked, so that a long backlog costs at most half of one connection. */
  function schedule(restMs = everyMs): void {
    if (stopped) return;
    timer = setTimeout(() => {
      const beganMs = performance.now();
      current = sweep()
        .catch((error: unknown) => void log.warn('sweep failed', { error }))
        .finally(() => schedule(Math.max(everyMs, performance.now() - beganMs)));
    }, restMs);
  }

  return {
    start: () => schedule(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
