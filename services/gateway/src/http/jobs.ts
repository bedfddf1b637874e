import { Accepted, type BlobRef, JobId, JobStatus, SluiceError } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import { type JobSnapshot, type JobStore, statusOf } from '@sluice/fleet/jobs';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Authenticate } from '../auth.ts';
import type { createSubmit } from '../submit.ts';
import { bodyParsers, readSubmission } from './body.ts';
import { onlyMethods } from './methods.ts';
import { sendReport } from './report.ts';
import { sendScreenshot } from './screenshot.ts';

export interface JobRoutesConfig {
  authenticate: Authenticate;
  submit: ReturnType<typeof createSubmit>;
  jobs: JobStore;
  blobs: BlobStore;
}

/** What `DELETE` answers with. */
const Cancelled = JobStatus.pick({ jobId: true, state: true });

/** `/api/pipeline/jobs`: submit, status, report, screenshots, cancel. */
export function jobRoutes({ authenticate, submit, jobs, blobs }: JobRoutesConfig): Router {
  /** The caller's job, or 404: a foreign job does not exist. */
  async function findJob(request: Request, response: Response): Promise<JobSnapshot> {
    const { tenant } = authenticate(request);
    const id = JobId.safeParse(request.params.id);
    const job = id.success ? await jobs.snapshot(id.data) : null;
    if (job === null || job.meta.tenant !== tenant) throw noJob();
    response.locals.jobId = job.meta.jobId;
    return job;
  }

  async function create(request: Request, response: Response): Promise<void> {
    const { tenant } = authenticate(request);
    const idempotencyKey = readIdempotencyKey(request);
    const submission = await readSubmission(request);
    const jobId = await submit(submission, tenant, idempotencyKey);
    const base = `/api/pipeline/jobs/${jobId}`;
    const urls = {
      statusUrl: `${base}/status`,
      reportUrl: `${base}/report`,
      eventsUrl: `/api/pipeline/ws/job/${jobId}`,
    };
    response
      .status(202)
      .location(urls.statusUrl)
      .json(Accepted.parse({ jobId, ...urls }));
  }

  async function status(request: Request, response: Response): Promise<void> {
    const job = await findJob(request, response);
    const meanMs = await jobs.meanDurationMs(job.meta.jobId, job.meta.pipeline);
    response.json(JobStatus.parse(statusOf(job, meanMs)));
  }

  async function findReport(request: Request, response: Response): Promise<BlobRef> {
    const job = await findJob(request, response);
    const ref = job.result?.report;
    if (ref === undefined) throw noReport(job);
    return ref;
  }

  async function report(request: Request, response: Response): Promise<void> {
    await sendReport(response, blobs, await findReport(request, response));
  }

  async function screenshot(request: Request, response: Response): Promise<void> {
    const ref = await findReport(request, response);
    await sendScreenshot(response, blobs, ref, String(request.params.number));
  }

  async function cancel(request: Request, response: Response): Promise<void> {
    const { jobId } = (await findJob(request, response)).meta;
    const state = await jobs.cancel(jobId);
    if (state === null) throw noJob();
    if (state !== 'cancelled') throw new SluiceError('job-ended', `The job is ${state} already.`, { httpStatus: 409 });
    response.json(Cancelled.parse({ jobId, state }));
  }

  const router = Router();
  router
    .route('/')
    .post(named('submit'), requireKey(authenticate), ...bodyParsers, create)
    .all(onlyMethods('POST'));
  router.route('/:id').delete(named('cancel'), cancel).all(onlyMethods('DELETE'));
  router.route('/:id/status').get(named('status'), status).all(onlyMethods('GET', 'HEAD'));
  router.route('/:id/report').get(named('report'), report).all(onlyMethods('GET', 'HEAD'));
  router.route('/:id/screenshots/:number').get(named('screenshot'), screenshot).all(onlyMethods('GET', 'HEAD'));
  return router;
}

/** The route's name in metrics. */
export function named(route: string): RequestHandler {
  return (_request, response, next) => {
    response.locals.route = route;
    next();
  };
}

/** Before a body is read. */
function requireKey(authenticate: Authenticate): RequestHandler {
  return (request, _response, next) => {
    authenticate(request);
    next();
  };
}

function readIdempotencyKey(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || (key.length > 0 && key.length <= 255)) return key;
  throw new SluiceError('bad-idempotency-key', 'An Idempotency-Key has 1 to 255 characters.', { httpStatus: 400 });
}

function noJob(): SluiceError {
  return new SluiceError('job-not-found', 'There is no such job.', { httpStatus: 404 });
}

function noReport({ state, error }: JobSnapshot): SluiceError {
  if (['failed', 'expired', 'cancelled'].includes(state)) {
    const why = error === null ? '' : ` ${error.message}`;
    return new SluiceError('no-report', `The job is ${state}; there will be no report.${why}`, { httpStatus: 409 });
  }
  return new SluiceError('report-not-ready', `The job is in ${state}; its report comes later.`, { httpStatus: 409 });
}
