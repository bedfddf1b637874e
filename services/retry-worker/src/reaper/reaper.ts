import { ALL_BUCKETS, bucketOf, type ErrorInfo, type JobId, type Pool, type TaskCatalogue } from '@sluice/contracts';
import {
  bucketKeys,
  type JobPulse,
  type JobSnapshot,
  type JobStore,
  keysOf,
  LONGEST_WAIT_MS,
} from '@sluice/fleet/jobs';
import { type Producer, type QueuedTask, queuedTask } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { createRounds } from '../rounds.ts';
import {
  deadlineOf,
  mayBeOverdue,
  OVERDUE_END_MS,
  OVERDUE_NUDGE_MS,
  openTasks,
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

/** What a sweep keeps of a job that it has read, until the job changes. */
interface Standing {
  mark: string | null;
  state: string;
  isBegun: boolean;
  deadlineMs: number | null;
  /** Messages that the queues must hold; no pool does a task that is not in the catalogue. */
  waiting: { pool: Pool | undefined; message: Pick<QueuedTask['message'], 'jobId' | 'task' | 'generation'> }[];
  wantsPlan: boolean;
  /** Its silence was answered with a call for a plan: once is enough. */
  isNudged: boolean;
}

/** Whether a queue lists a message, as of the beginning of the sweep. */
type IsListed = Awaited<ReturnType<Producer['listed']>>;

/**
 * Finds open jobs that stopped moving: past their deadline, or silent for 15 s with a task that no queue holds, or with nothing left to wait for. They are put back
 * on the way, or ended with the reason, so that no job stays unfinished for ever. A sweep over a backlog is short: a job that has not changed is not read again.
 */
export function createReaper(config: ReaperConfig) {
  const { redis, jobs, producer, catalogue, log, stillMs = STILL_MS, everyMs = EVERY_MS } = config;
  const { overdue = { nudgeMs: OVERDUE_NUDGE_MS, endMs: OVERDUE_END_MS } } = config;
  /** What the sweep before has read. */
  let known = new Map<JobId, Standing>();

  /** What is to be remembered of it. */
  async function inspect(pulse: JobPulse, isListed: IsListed): Promise<Standing | null> {
    const { jobId, nowMs } = pulse;
    const before = known.get(jobId);
    const job = before !== undefined && before.mark === pulse.mark ? before : await read(pulse);
    if (job === null) return null;
    const lateMs = nowMs - (job.deadlineMs ?? Number.POSITIVE_INFINITY);
    if (lateMs >= overdue.endMs) await end(jobId, reasonOf(job));
    else if (lateMs >= overdue.nudgeMs) await nudge(pulse, job, 'deadline');
    else if (standsStill(pulse, stillMs)) await stir(pulse, job, isListed);
    return job;
  }

  async function stir(pulse: JobPulse, job: Standing, isListed: IsListed): Promise<void> {
    const isHeld = job.waiting.every(({ pool, message }) => pool !== undefined && isListed(pool, message));
    if (!isHeld && (await queueLost(pulse.jobId))) return;
    if (!job.wantsPlan || job.isNudged) return;
    job.isNudged = true;
    await nudge(pulse, job, 'plan');
  }

  async function read({ jobId, mark }: JobPulse): Promise<Standing | null> {
    const job = await snapshotOf(jobId);
    if (job === null) return null;
    const waiting = openTasks(job).map(({ record, generation }) => {
      return { pool: catalogue[record.name]?.pool, message: { jobId, task: record.id, generation } };
    });
    const { state, startedMs } = job;
    const facts = { mark, state, isBegun: startedMs !== null, deadlineMs: deadlineOf(job) };
    return { ...facts, waiting, wantsPlan: wantsPlan(job), isNudged: false };
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

  async function nudge({ jobId, nowMs }: JobPulse, { state }: Standing, lost: string): Promise<void> {
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

  async function sweep(): Promise<void> {
    const seen = new Map<JobId, Standing>();
    const isListed = await producer.listed();
    for (const bucket of ALL_BUCKETS) {
      for await (const page of jobs.pulses(bucket)) {
        if (rounds.isStopped()) return;
        const suspects = page.filter((pulse) => standsStill(pulse, stillMs) || mayBeOverdue(pulse));
        await Promise.all(suspects.map((pulse) => remember(pulse, isListed, seen)));
      }
    }
    known = seen;
  }

  async function remember(pulse: JobPulse, isListed: IsListed, seen: Map<JobId, Standing>): Promise<void> {
    try {
      const job = await inspect(pulse, isListed);
      if (job !== null) seen.set(pulse.jobId, job);
    } catch (error) {
      log.warn('a job was not inspected', { jobId: pulse.jobId, error });
    }
  }

  const rounds = createRounds({
    everyMs,
    work: sweep,
    onError: (error) => void log.warn('sweep failed', { error }),
    restFactor: 1,
  });
  return rounds;
}

function reasonOf({ isBegun, state }: Standing): ErrorInfo {
  const message = isBegun
    ? `The job did not end within its time; it was in ${state}.`
    : 'Nobody began the job within 24 hours.';
  return { code: 'job-deadline', message, disposition: 'give-up' };
}
