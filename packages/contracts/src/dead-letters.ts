import { z } from 'zod';
import { ErrorInfo } from './errors.ts';
import { JobId, TaskId, TenantId } from './ids.ts';
import { JobState } from './jobs.ts';

/** One try of a task that did not end well. */
export const TaskAttempt = z.object({
  generation: z.int().positive(),
  /** Within its generation, from 1; a crash counts as the try that it interrupted. */
  number: z.int().nonnegative(),
  startedMs: z.number().nullable(),
  endedMs: z.number(),
  worker: z.string(),
  /** The error's code; `crash`: the worker died. */
  code: z.string(),
  /** Shown to the submitter. */
  message: z.string(),
  /** What is known beyond that, redacted: see `@sluice/fleet/redact`. */
  internal: z.string().max(2_000).optional(),
  /** Frames only, redacted. */
  stack: z.string().max(4_000).optional(),
});
export type TaskAttempt = z.infer<typeof TaskAttempt>;

/**
 * `scheduled`: time may heal it, and it is tried again; `parked`: it waits for a person; `resolved`: it healed; `discarded`: a person, or the end of its job, closed it;
 * `expired`: nobody looked at it within the retention.
 */
export const DEAD_LETTER_STATES = ['scheduled', 'parked', 'resolved', 'discarded', 'expired'] as const;
export const DeadLetterState = z.enum(DEAD_LETTER_STATES);
export type DeadLetterState = z.infer<typeof DeadLetterState>;

/** Why a dead letter is in its state: what the desk waits for, or what ended it. */
export const DeadLetterReason = z.enum([
  'backoff', // time heals
  'quota', // until the reset that the error names
  'breaker', // until the provider is well
  'budget', // retries have taken their share of the work
  'line', // it stands in a quota's line
  'order', // a person asked for it
  'bad-data',
  'poison',
  'exhausted', // the redrives are used up
  'healed',
  'job-over', // its job was cancelled, or is gone with its keys and its record
  'person',
  'age',
]);
export type DeadLetterReason = z.infer<typeof DeadLetterReason>;

/** Whether the desk, or a person, may still do something about it. */
export function isOpenLetter({ state }: { state: DeadLetterState }): boolean {
  return state === 'scheduled' || state === 'parked';
}

/** Closed by a person or by age: the desk does nothing more by itself. */
export function isClosedForGood({ state, reason }: { state: DeadLetterState; reason: DeadLetterReason }): boolean {
  return state === 'expired' || (state === 'discarded' && reason === 'person');
}

/** A task that did not come to an answer, and its story. One for each task of a job. */
export const DeadLetter = z.object({
  v: z.literal(1),
  /** `<job id>.<task id>`. */
  id: z.string(),
  tenant: TenantId,
  jobId: JobId,
  task: TaskId,
  name: z.string(),
  pipeline: z.string(),
  stage: z.string(),
  pool: z.string(),
  state: DeadLetterState,
  reason: DeadLetterReason,
  /** What failed, without what differs from time to time: the same fault has the same one. 16 digits. */
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  error: ErrorInfo,
  /** Oldest first; at most 20. */
  attempts: z.array(TaskAttempt),
  generation: z.int().positive(),
  /** Redrives so far. */
  redrives: z.int().nonnegative(),
  /** The task's payload: references only. */
  payload: z.unknown(),
  firstFailedMs: z.number(),
  lastFailedMs: z.number(),
  /** When it is tried again; null where it is not. */
  nextMs: z.number().nullable(),
  updatedMs: z.number(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

/** Which dead letters are meant; all that is named must hold. */
export const DeadLetterFilter = z.strictObject({
  ids: z.array(z.string().max(200)).max(1_000).optional(),
  state: DeadLetterState.optional(),
  tenant: TenantId.optional(),
  jobId: JobId.optional(),
  name: z.string().max(120).optional(),
  code: z.string().max(120).optional(),
  fingerprint: z.string().max(16).optional(),
  /** Last failed from … to before …; epoch ms. */
  sinceMs: z.number().optional(),
  untilMs: z.number().optional(),
});
export type DeadLetterFilter = z.infer<typeof DeadLetterFilter>;

export const DeadLetterGroup = z.object({
  fingerprint: z.string(),
  name: z.string(),
  code: z.string(),
  message: z.string(),
  count: z.int(),
  byState: z.partialRecord(DeadLetterState, z.int()),
  firstSeenMs: z.number(),
  lastSeenMs: z.number(),
  /** One of them. */
  example: z.string(),
});
export type DeadLetterGroup = z.infer<typeof DeadLetterGroup>;

export const DeadLetterStats = z.object({
  byState: z.record(DeadLetterState, z.int()),
  /** Scheduled and parked ones. */
  size: z.int(),
  /** Since the oldest of those first failed; null without one. */
  oldestMs: z.number().nullable(),
  /** Of the letters that were redriven and are not tried again by themselves (parked ones, too), the part that healed; null without one. */
  retrySuccess: z.number().min(0).max(1).nullable(),
  /** Mean redrives of the same letters; null without one. */
  meanRetries: z.number().nullable(),
});
export type DeadLetterStats = z.infer<typeof DeadLetterStats>;

/** What a person asks of the failure desk. */
export const DeskOrder = z.object({
  action: z.enum(['requeue', 'discard']),
  jobId: JobId,
  task: TaskId,
  /** Key id of who asked. */
  by: z.string(),
});
export type DeskOrder = z.infer<typeof DeskOrder>;

/** What brings a job back where Redis has lost it: its hash as it stood after its event `seq`. */
export const JobImage = z.object({
  v: z.literal(1),
  jobId: JobId,
  state: JobState,
  seq: z.int(),
  hash: z.record(z.string(), z.string()),
});
export type JobImage = z.infer<typeof JobImage>;
