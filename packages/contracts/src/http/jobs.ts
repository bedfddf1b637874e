import { z } from 'zod';
import { JobId, TaskId, TenantId } from '../ids.ts';
import { JobState, JobStatus, Priority } from '../jobs.ts';
import { Tlp } from '../release.ts';
import { ListedCategory, Verdict } from '../report.ts';
import { PageQuery, pageOf, QueryMs } from './lists.ts';
import { RequestId } from './requests.ts';

/** `GET /api/pipeline/jobs`: all that is named must hold; newest first. */
export const JobQuery = z.strictObject({
  ...PageQuery.shape,
  /** Where nothing is said, that of the key; another one for an operator only. */
  tenant: TenantId.optional(),
  state: JobState.optional(),
  verdict: Verdict.optional(),
  /** The sender's address, in any case. */
  sender: z.string().min(1).max(320).optional(),
  /** The sender's domain, or one that the mail names. */
  domain: z.string().min(1).max(255).optional(),
  /** Of the mail, or of a file in it. */
  hash: z.string().min(1).max(64).optional(),
  ip: z.string().min(1).max(64).optional(),
  /** A part of the subject, in any case. */
  text: z.string().min(1).max(200).optional(),
  /** The batch that it was submitted with. */
  requestId: RequestId.optional(),
  /** Submitted from … to before …; epoch ms. */
  sinceMs: QueryMs.optional(),
  untilMs: QueryMs.optional(),
});
export type JobQuery = z.infer<typeof JobQuery>;

/** A job as lists show it; what its report says is null until there is one. */
export const JobListEntry = z.object({
  jobId: JobId,
  tenant: TenantId,
  pipeline: z.string(),
  state: JobState,
  priority: Priority,
  tlp: Tlp.nullable(),
  createdMs: z.number(),
  endedMs: z.number().nullable(),
  revision: z.int().nonnegative(),
  verdict: Verdict.nullable(),
  category: ListedCategory,
  score: z.number().nullable(),
  subject: z.string().nullable(),
  sender: z.string().nullable(),
});
export type JobListEntry = z.infer<typeof JobListEntry>;

export const JobPage = pageOf(JobListEntry);
export type JobPage = z.infer<typeof JobPage>;

/** What `DELETE` of a job answers with. */
export const Cancelled = JobStatus.pick({ jobId: true, state: true });
export type Cancelled = z.infer<typeof Cancelled>;

/** `POST /api/pipeline/jobs/{id}/retry`: the tasks that are tried again; none where nothing had failed. */
export const Retried = z.object({ v: z.literal(1), jobId: JobId, tasks: z.array(TaskId) });
export type Retried = z.infer<typeof Retried>;
