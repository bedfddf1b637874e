import { z } from 'zod';
import { ErrorInfo } from './errors.ts';
import { BlobRef, JobId, TaskId, TenantId } from './ids.ts';
import { Tlp } from './release.ts';

/** Most urgent first. */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;
export const Priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof Priority>;

export const TERMINAL_STATES = ['completed', 'failed', 'expired', 'cancelled'] as const;
export const TerminalState = z.enum(TERMINAL_STATES);
export type TerminalState = z.infer<typeof TerminalState>;

/** `queued`, a state that the pipeline's stages name, or a terminal one. */
export const JobState = z.string().regex(/^[a-z][a-z_]{0,39}$/);
export type JobState = z.infer<typeof JobState>;

export function isTerminal(state: JobState): state is TerminalState {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}

/** What is said of a job when it is submitted, and never changes. */
export const JobMeta = z.object({
  v: z.literal(1),
  jobId: JobId,
  tenant: TenantId,
  pipeline: z.string(),
  priority: Priority,
  input: z.unknown(),
  timeoutMs: z.int().positive(),
  /** What the submitter said of the mail; missing: the tenant's default holds. */
  tlp: Tlp.optional(),
  /** The batch that it was submitted with. */
  request: z.uuid().optional(),
  /** W3C trace context of the submission, so that one mail is one trace. */
  trace: z.record(z.string(), z.string()).optional(),
});
export type JobMeta = z.infer<typeof JobMeta>;

/** One unit of work, as the plan wrote it. */
export const TaskRecord = z.object({
  id: TaskId,
  name: z.string(),
  stage: z.string(),
  payload: z.unknown(),
  required: z.boolean(),
  /** Its outcome alone may call for more tasks, before its stage is complete. */
  wakes: z.boolean(),
});
export type TaskRecord = z.infer<typeof TaskRecord>;

/** `deferred`: given up for now; the answer may still come and amend the report. */
export const OutcomeStatus = z.enum(['done', 'failed', 'deferred']);
export type OutcomeStatus = z.infer<typeof OutcomeStatus>;

export const TaskOutcome = z.object({
  result: z.unknown().optional(),
  error: ErrorInfo.optional(),
  attempts: z.int().nonnegative(),
  startedMs: z.number().optional(),
  settledMs: z.number(),
  worker: z.string().optional(),
  /** Of a deferred one: the line that it stands in. Not part of its error, which people are shown: a quota's name tells of the key that it belongs to. */
  waitsFor: ErrorInfo.shape.waitsFor,
});
export type TaskOutcome = z.infer<typeof TaskOutcome>;

/** What the last stage leaves: where the report lies, and what lists show of it. */
export const JobResult = z.object({
  report: BlobRef.optional(),
  summary: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});
export type JobResult = z.infer<typeof JobResult>;

export const StageStatus = z.enum(['pending', 'active', 'complete']);
export type StageStatus = z.infer<typeof StageStatus>;

export const StageView = z.object({
  name: z.string(),
  state: JobState,
  status: StageStatus,
  share: z.number(),
  startedMs: z.number().nullable(),
  endedMs: z.number().nullable(),
  tasks: z.object({ total: z.int(), done: z.int(), failed: z.int(), deferred: z.int() }),
});
export type StageView = z.infer<typeof StageView>;

/** `GET /api/pipeline/jobs/{id}/status`, and the body of the snapshot event. */
export const JobStatus = z.object({
  v: z.literal(1),
  jobId: JobId,
  pipeline: z.string(),
  state: JobState,
  priority: Priority,
  percent: z.number().min(0).max(100),
  seq: z.int().nonnegative(),
  revision: z.int().nonnegative(),
  createdMs: z.number(),
  startedMs: z.number().nullable(),
  /** Null until the first task is begun. */
  deadlineMs: z.number().nullable(),
  endedMs: z.number().nullable(),
  /** An estimate from the jobs that ended before; null where there is no experience yet. */
  estimatedCompletionMs: z.number().nullable(),
  stages: z.array(StageView),
  error: ErrorInfo.nullable(),
  summary: JobResult.shape.summary.nullable(),
});
export type JobStatus = z.infer<typeof JobStatus>;
