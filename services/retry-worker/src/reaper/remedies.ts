import { bucketOf, type ErrorInfo, type JobId, type TaskCatalogue } from '@sluice/contracts';
import {
  bucketKeys,
  type JobPulse,
  type JobSnapshot,
  type JobStore,
  keysOf,
  LONGEST_WAIT_MS,
} from '@sluice/fleet/jobs';
import { type Producer, queuedTask } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { openTasks, type Standing } from './diagnose.ts';
import { nudges, reaped } from './metrics.ts';
import { wakeJob } from './wake.ts';

export interface RemediesConfig {
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
  log: Logger;
}

/** What can be done about a job that stopped moving. Each may be done twice, and by several. */
export function createRemedies({ redis, jobs, producer, catalogue, log }: RemediesConfig) {
  /** Null where there is no job, which leaves the list then, or it cannot be read. */
  async function snapshotOf(jobId: JobId): Promise<JobSnapshot | null> {
    try {
      const job = await jobs.snapshot(jobId);
      if (job === null) await redis.zrem(bucketKeys(bucketOf(jobId)).open, jobId);
      return job;
    } catch (error) {
      await endUnreadable(jobId, error);
      return null;
    }
  }

  /** Another version may be able to read it; after a day nobody is expected to. */
  async function endUnreadable(jobId: JobId, error: unknown): Promise<void> {
    log.warn('a job cannot be read', { jobId, error });
    const created = await redis.hget(keysOf(jobId).job, 'created');
    if (Date.now() - Number(created ?? 0) < LONGEST_WAIT_MS) return;
    const message = 'What was kept of the job cannot be read any more.';
    await end(jobId, { code: 'job-unreadable', message, disposition: 'give-up' }, 'failed');
  }

  async function end(jobId: JobId, reason: ErrorInfo, state: 'failed' | 'expired' = 'expired'): Promise<void> {
    if ((await jobs.close(jobId, state, reason)) !== state) return;
    reaped.inc({ code: reason.code });
    log.error('job ended, nobody else did', { jobId, state, code: reason.code });
  }

  async function nudge({ jobId, nowMs }: JobPulse, { state }: Pick<Standing, 'state'>, lost: string): Promise<void> {
    await wakeJob(redis, jobId, nowMs);
    nudges.inc({ lost });
    log.warn('job stood still, a look at it is asked for', { jobId, state, lost });
  }

  /** Queues again what no queue holds; says whether there was any. */
  async function queueLost(jobId: JobId): Promise<boolean> {
    const job = await snapshotOf(jobId);
    if (job === null) return false;
    const open = openTasks(job).map((task) => queuedTask(job, task, catalogue, job.meta.trace));
    const held = await Promise.all(open.map(({ pool, message }) => producer.holds(pool, message)));
    const lost = open.filter((_, index) => held[index] === false);
    if (lost.length === 0) return false;
    await producer.tasks(lost);
    nudges.inc({ lost: 'message' });
    log.warn('job stood still, its lost tasks are queued again', { jobId, state: job.state, tasks: lost.length });
    return true;
  }

  return { snapshotOf, end, nudge, queueLost };
}
