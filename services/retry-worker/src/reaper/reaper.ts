import { ALL_BUCKETS, type ErrorInfo, type JobId } from '@sluice/contracts';
import type { JobPulse } from '@sluice/fleet/jobs';
import type { Producer } from '@sluice/fleet/queue';
import { createRounds } from '../rounds.ts';
import {
  mayBeOverdue,
  OVERDUE_END_MS,
  OVERDUE_NUDGE_MS,
  type Standing,
  STILL_MS,
  standingOf,
  standsStill,
} from './diagnose.ts';
import { createRemedies, type RemediesConfig } from './remedies.ts';

const EVERY_MS = 5_000;

export interface ReaperConfig extends RemediesConfig {
  /** How long a job may stand still; 15 s where nothing is said. */
  stillMs?: number;
  /** After its deadline: when an orchestrator is asked to look, and when the job is ended without one; 5 s and 25 s where nothing is said. */
  overdue?: { nudgeMs: number; endMs: number };
  /** Pause between two sweeps; 5 s where nothing is said. It rests as long as it worked, so that a backlog costs at most half of one connection. */
  everyMs?: number;
}

type Known = Standing & { isNudged: boolean };

/** Whether a queue lists a message, as of the beginning of the sweep. */
type IsListed = Awaited<ReturnType<Producer['listed']>>;

/**
 * Finds open jobs that stopped moving: past their deadline, or silent for 15 s with a task that no queue holds, or with nothing left to wait for. They are put back
 * on the way, or ended with the reason, so that no job stays unfinished for ever. A sweep over a backlog is short: a job that has not changed is not read again.
 */
export function createReaper(config: ReaperConfig) {
  const { jobs, producer, catalogue, log, stillMs = STILL_MS, everyMs = EVERY_MS } = config;
  const { overdue = { nudgeMs: OVERDUE_NUDGE_MS, endMs: OVERDUE_END_MS } } = config;
  const { snapshotOf, end, nudge, queueLost } = createRemedies(config);
  /** What the sweep before has read, and whether a job's silence was answered with a call for a plan: once is enough. */
  let known = new Map<JobId, Known>();

  /** What is to be remembered of it. */
  async function inspect(pulse: JobPulse, isListed: IsListed): Promise<Known | null> {
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

  async function stir(pulse: JobPulse, job: Known, isListed: IsListed): Promise<void> {
    const isHeld = job.waiting.every(({ pool, message }) => pool !== undefined && isListed(pool, message));
    if (!isHeld && (await queueLost(pulse.jobId))) return;
    if (!job.wantsPlan || job.isNudged) return;
    job.isNudged = true;
    await nudge(pulse, job, 'plan');
  }

  async function read({ jobId, mark }: JobPulse): Promise<Known | null> {
    const job = await snapshotOf(jobId);
    return job === null ? null : { ...standingOf(job, mark, catalogue), isNudged: false };
  }

  async function sweep(): Promise<void> {
    const seen = new Map<JobId, Known>();
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

  async function remember(pulse: JobPulse, isListed: IsListed, seen: Map<JobId, Known>): Promise<void> {
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
