import { z } from 'zod';
import { ErrorInfo } from './errors.ts';
import { JobId, TaskId } from './ids.ts';
import { JobResult, JobState, JobStatus, OutcomeStatus } from './jobs.ts';

const taskOf = { task: TaskId, stage: z.string(), name: z.string(), generation: z.int() };

/**
 * What can happen to a job. Each event of a job carries the next sequence number, from 1 without a gap; `atMs` is Redis time.
 */
export const JobEventBody = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job.queued'), pipeline: z.string() }),
  z.object({ type: z.literal('job.state'), state: JobState }),
  z.object({ type: z.literal('stage.started'), stage: z.string() }),
  z.object({ type: z.literal('stage.completed'), stage: z.string() }),
  z.object({ type: z.literal('task.planned'), ...taskOf }),
  z.object({ type: z.literal('task.started'), ...taskOf, worker: z.string() }),
  z.object({
    type: z.literal('task.released'),
    ...taskOf,
    error: ErrorInfo.optional(),
    retryAtMs: z.number().optional(),
  }),
  z.object({ type: z.literal('task.settled'), ...taskOf, status: OutcomeStatus, error: ErrorInfo.optional() }),
  z.object({
    type: z.literal('job.ended'),
    state: JobState,
    error: ErrorInfo.optional(),
    result: JobResult.optional(),
  }),
  /** A failed or expired job that a person had tried again. */
  z.object({ type: z.literal('job.reopened'), state: JobState }),
  z.object({ type: z.literal('report.amended'), revision: z.int(), result: JobResult }),
]);
export type JobEventBody = z.infer<typeof JobEventBody>;

export const JobEvent = z.intersection(
  z.object({ jobId: JobId, seq: z.int().positive(), atMs: z.number() }),
  JobEventBody,
);
export type JobEvent = z.infer<typeof JobEvent>;

/** What a socket of `WS /api/pipeline/ws/job/{id}` carries. A fresh reader gets a snapshot first; one that resumes gets events only. */
export const SocketMessage = z.union([
  z.object({ type: z.literal('snapshot'), jobId: JobId, seq: z.int().nonnegative(), status: JobStatus }),
  JobEvent,
]);
export type SocketMessage = z.infer<typeof SocketMessage>;
