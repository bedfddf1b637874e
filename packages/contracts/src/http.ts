import { z } from 'zod';
import { JobId } from './ids.ts';
import { Priority } from './jobs.ts';

/** `POST /api/pipeline/jobs` with `application/json`: one mail in base64, or one observable. */
export const SubmitRequest = z
  .strictObject({
    pipeline: z.enum(['email-scan', 'observable-scan']).optional(),
    mail: z.base64().optional(),
    url: z.string().max(4096).optional(),
    domain: z.string().max(255).optional(),
    ip: z.string().max(64).optional(),
    hash: z.string().max(64).optional(),
    priority: Priority.optional(),
  })
  .refine(
    (body) => [body.mail, body.url, body.domain, body.ip, body.hash].filter((x) => x !== undefined).length === 1,
    {
      error: 'exactly one of mail, url, domain, ip, hash is needed',
    },
  );
export type SubmitRequest = z.infer<typeof SubmitRequest>;

/** The `202` of a submission. */
export const Accepted = z.object({
  jobId: JobId,
  statusUrl: z.string(),
  reportUrl: z.string(),
  eventsUrl: z.string(),
});
export type Accepted = z.infer<typeof Accepted>;

/** RFC 9457, with our stable `code` and the request's id. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  requestId: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** A worker as it reports itself every few seconds. */
export const WorkerReport = z.object({
  v: z.literal(1),
  worker: z.string(),
  service: z.string(),
  pool: z.string().nullable(),
  version: z.string(),
  pid: z.int(),
  host: z.string(),
  startedMs: z.number(),
  seenMs: z.number(),
  cpuPercent: z.number(),
  rssBytes: z.number(),
  eventLoopLagMs: z.number(),
  tasksDone: z.int(),
  tasksFailed: z.int(),
  concurrency: z.int(),
  doing: z.array(z.object({ jobId: JobId, task: z.string(), sinceMs: z.number() })),
});
export type WorkerReport = z.infer<typeof WorkerReport>;

/** `GET /api/pipeline/orchestrator/stats`. */
export const OrchestratorStats = z.object({
  jobs: z.object({ open: z.int(), accepted: z.int(), ended: z.record(z.string(), z.int()), amended: z.int() }),
  queues: z.record(
    z.string(),
    z.object({ waiting: z.int(), active: z.int(), delayed: z.int(), failed: z.int(), oldestWaitingMs: z.number() }),
  ),
  workers: z.array(WorkerReport.extend({ alive: z.boolean() })),
  averageDurationMs: z.record(z.string(), z.number()),
});
export type OrchestratorStats = z.infer<typeof OrchestratorStats>;
