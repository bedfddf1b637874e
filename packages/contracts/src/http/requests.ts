import { z } from 'zod';
import { Problem } from '../http.ts';
import { JobId, TenantId } from '../ids.ts';
import { JobState, Priority } from '../jobs.ts';
import { Tlp } from '../release.ts';
import { ListedCategory, Verdict } from '../report.ts';
import { ObservableKind } from '../resources.ts';
import { Cursor, GivenName, PageQuery, pageOf } from './lists.ts';

/** Names what was submitted together. */
export const RequestId = z.uuid();
export type RequestId = z.infer<typeof RequestId>;

/** `POST /api/pipeline/requests` with `application/json`; one that is wrong does not spoil the others. */
export const BatchSubmission = z
  .strictObject({
    name: GivenName.optional(),
    priority: Priority.optional(),
    tlp: Tlp.optional(),
    /** In base64. */
    mails: z.array(z.strictObject({ name: z.string().max(255).optional(), mail: z.string() })).default([]),
    observables: z.array(z.strictObject({ type: ObservableKind, value: z.string().max(8192) })).default([]),
  })
  .refine(({ mails, observables }) => mails.length + observables.length > 0, {
    error: 'a mail or an observable is needed',
  });
export type BatchSubmission = z.infer<typeof BatchSubmission>;

const line = {
  /** In the order of the body, from 0. */
  index: z.int().nonnegative(),
  /** Of the file, of the entry in the archive, or the number within the mbox. */
  name: z.string(),
};

/** What became of one mail or observable of a batch: a job, or why there is none. */
export const BatchLine = z.union([z.object({ ...line, jobId: JobId }), z.object({ ...line, error: Problem })]);
export type BatchLine = z.infer<typeof BatchLine>;

/** The `202` of a batch. */
export const AcceptedRequest = z.object({
  v: z.literal(1),
  requestId: RequestId,
  statusUrl: z.string(),
  accepted: z.int().nonnegative(),
  refused: z.int().nonnegative(),
  mails: z.array(BatchLine),
  /** Why what comes after the last line could not be read; null where all was read. */
  fault: Problem.nullable(),
});
export type AcceptedRequest = z.infer<typeof AcceptedRequest>;

/** A job of a batch. `state` null: nobody knows it yet, or any more. */
export const RequestJob = z.object({
  jobId: JobId,
  state: JobState.nullable(),
  revision: z.int().nonnegative(),
  verdict: Verdict.nullable(),
  category: ListedCategory,
  score: z.number().nullable(),
  endedMs: z.number().nullable(),
});
export type RequestJob = z.infer<typeof RequestJob>;

/** `GET /api/pipeline/requests/{id}`: counts are of all jobs, `items` is a page of them in the order of the batch. */
export const RequestStatus = z.object({
  v: z.literal(1),
  requestId: RequestId,
  tenant: TenantId,
  name: z.string().nullable(),
  createdMs: z.number(),
  jobs: z.int().nonnegative(),
  /** Jobs that have not ended. */
  open: z.int().nonnegative(),
  states: z.record(z.string(), z.int()),
  /** Of those that have a report. */
  verdicts: z.record(Verdict, z.int()),
  items: z.array(RequestJob),
  next: Cursor.nullable(),
});
export type RequestStatus = z.infer<typeof RequestStatus>;

/** `GET /api/pipeline/requests`: newest first. */
export const RequestQuery = z.strictObject({ ...PageQuery.shape, tenant: TenantId.optional() });
export type RequestQuery = z.infer<typeof RequestQuery>;

export const RequestPage = pageOf(
  z.object({
    requestId: RequestId,
    tenant: TenantId,
    name: z.string().nullable(),
    createdMs: z.number(),
    jobs: z.int().nonnegative(),
  }),
);
export type RequestPage = z.infer<typeof RequestPage>;

/** `POST /api/pipeline/requests/{id}/retry`: what the failure desk was told to try again. */
export const RequestRetried = z.object({
  v: z.literal(1),
  requestId: RequestId,
  /** Jobs in which something had failed. */
  jobs: z.int().nonnegative(),
  tasks: z.int().nonnegative(),
  /** When the last one is due; null where nothing had failed. */
  lastDueMs: z.number().nullable(),
});
export type RequestRetried = z.infer<typeof RequestRetried>;

/** `DELETE /api/pipeline/requests/{id}`. */
export const RequestCancelled = z.object({
  v: z.literal(1),
  requestId: RequestId,
  cancelled: z.int().nonnegative(),
  /** Jobs that had ended already. */
  ended: z.int().nonnegative(),
});
export type RequestCancelled = z.infer<typeof RequestCancelled>;
