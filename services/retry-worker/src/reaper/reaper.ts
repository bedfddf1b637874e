import { ALL_BUCKETS, bucketOf, type ErrorInfo, type JobId, type TaskCatalogue } from '@sluice/contracts';
import { bucketKeys, type JobSnapshot, type JobStore, keysOf, LONGEST_WAIT_MS } from '@sluice/fleet/jobs';
import { type Producer, queuedTask } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { createRounds } from '../rounds.ts';
import {
  OVERDUE_END_MS,
  OVERDUE_NUDGE_MS,
  openTasks,
  overdueMs,
  STILL_MS,
  standsStill,
  wantsPlan,
} from './diagnose.ts';
import { nudges, reaped } from './metrics.ts';
import { wakeJob } from './wake.ts';

const EVERY_MS = 5_000;

export interface ReaperConfig {
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
  catalogue: TaskCatalogue;
  log: Logger;
  /** How long a job may stand still; 15 s where nothing is said. */
  stillMs?: number;
  /** After its deadline: when an orchestrator is asked to look, and when the job is ended without one; 5 s and 25 s where nothing is said. */
  overdue?: { nudgeMs: number; endMs: number };
  /** Pause between two sweeps; 5 s where nothing is said. It rests as long as it worked, so that a backlog costs at most half of one connection. */
  everyMs?: number;
}

/**
 * Finds open jobs that stopped moving: past their deadline, or silent for 15 s with a task that no queue holds, or with nothing left to wait for. They are put back
 * on the way, or ended with the reason, so that no job stays unfinished for ever.
 */
export function createReaper(config: ReaperConfig) {
  const { redis, jobs, producer, catalogue, log, stillMs = STILL_MS, everyMs = EVERY_MS } = config;
  const { overdue = { nudgeMs: OVERDUE_NUDGE_MS, endMs: OVERDUE_END_MS } } = config;
  /** Events of jobs whose silence after them was answered with a call for a plan: once is enough. */
  let planned = new Map<JobId, number>();

  async function inspect(jobId: JobId, seen: Map<JobId, number>): Promise<void> {
    const job = await snapshotOf(jobId);
    if (job === null) return;
    const lateMs = overdueMs(job);
    if (lateMs !== null && lateMs >= overdue.endMs) return end(jobId, reasonOf(job));
    if (lateMs !== null && lateMs >= overdue.nudgeMs) return nudge(job, 'deadline');
    const [last] = await jobs.eventsAfter(jobId, job.seq - 1);
    if (!standsStill(job, last?.atMs ?? job.createdMs, stillMs)) return;
    if (await queueLost(job)) return;
    if (!wantsPlan(job)) return;
    seen.set(jobId, job.seq);
    if (planned.get(jobId) !== job.seq) await nudge(job, 'plan');
  }

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

  async function nudge({ meta, state, nowMs }: JobSnapshot, lost: string): Promise<void> {
    await wakeJob(redis, meta.jobId, nowMs);
    nudges.inc({ lost });
    log.warn('job stood still, a look at it is asked for', { jobId: meta.jobId, state, lost });
  }

  async function queueLost(job: JobSnapshot): Promise<boolean> {
    const open = openTasks(job).map((task) => queuedTask(job, task, catalogue, job.meta.trace));
    const held = await Promise.all(open.map(({ pool, message }) => producer.holds(pool, message)));
    const lost = open.filter((_, index) => held[index] === false);
    if (lost.length === 0) return false;
    await producer.tasks(lost);
    nudges.inc({ lost: 'message' });
    const { jobId } = job.meta;
    log.warn('job stood still, its lost tasks are queued again', { jobId, state: job.state, tasks: lost.length });
    return true;
  }

  async function sweep(): Promise<void> {
    const seen = new Map<JobId, number>();
    for (const bucket of ALL_BUCKETS) {
      for await (const jobId of jobs.open(bucket)) {
        if (rounds.isStopped()) return;
        await inspect(jobId, seen).catch(
          (error: unknown) => void log.warn('a job was not inspected', { jobId, error }),
        );
      }
    }
    planned = seen;
  }

  const rounds = createRounds({
    everyMs,
    work: sweep,
    onError: (error) => void log.warn('sweep failed', { error }),
    restFactor: 1,
  });
  return rounds;
}

function reasonOf(job: JobSnapshot): ErrorInfo {
  const message =
    job.startedMs === null
      ? 'Nobody began the job within 24 hours.'
      : `The job did not end within its time; it was in ${job.state}.`;
  return { code: 'job-deadline', message, disposition: 'give-up' };
}
