import { ALL_BUCKETS, type JobId, type TaskCatalogue } from '@sluice/contracts';
import type { JobStore } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import type { Logger } from '@sluice/fleet/service';
import { Counter } from 'prom-client';
import { openTasksOf, standsStill } from './judge.ts';

const EVERY_MS = 5_000;

const nudges = new Counter({
  name: 'sluice_jobs_nudged_total',
  help: 'Jobs that stood still with nothing in the queues, and were put back on the way.',
});

export interface ReaperConfig {
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
  log: Logger;
}

/**
 * Finds jobs that stopped moving: open, silent for 15 s, and with no message in any queue that would move them. It puts them on the
 * way again: a lost task message is written anew by the orchestrator's look, a lost look is asked for.
 */
export function createReaper({ jobs, producer, catalogue, log }: ReaperConfig) {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> = Promise.resolve();
  let stopped = false;

  async function inspect(jobId: JobId): Promise<void> {
    const job = await jobs.snapshot(jobId);
    if (job === null) return;
    const [last] = await jobs.eventsAfter(jobId, job.seq - 1);
    if (!standsStill(job, last?.atMs ?? job.createdMs)) return;
    const { waiting, isRunning } = openTasksOf(job, catalogue);
    if (isRunning && waiting.length === 0) return;
    const held = await Promise.all(waiting.map(({ pool, message }) => producer.holdsTask(pool, message)));
    const isMoving = waiting.length === 0 ? await producer.holdsPlan(jobId, job.planNumber) : held.every(Boolean);
    if (isMoving) return;
    await producer.plan(job.meta, 'stuck');
    nudges.inc();
    log.warn('job stood still, looked at again', { jobId, state: job.state });
  }

  async function sweep(): Promise<void> {
    for (const bucket of ALL_BUCKETS) {
      for await (const jobId of jobs.open(bucket)) {
        if (stopped) return;
        await inspect(jobId);
      }
    }
  }

  /** Rests as long as it worked, so that a long backlog costs at most half of one connection. */
  function schedule(restMs = EVERY_MS): void {
    if (stopped) return;
    timer = setTimeout(() => {
      const beganMs = performance.now();
      current = sweep()
        .catch((error: unknown) => void log.warn('sweep failed', { error }))
        .finally(() => schedule(Math.max(EVERY_MS, performance.now() - beganMs)));
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
