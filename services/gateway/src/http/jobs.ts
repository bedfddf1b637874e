import { Accepted, JobId, JobStatus, Report, SluiceError } from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import { type JobSnapshot, type JobStore, statusOf } from '@sluice/fleet/jobs';
import { type Request, type Response, Router } from 'express';
import type { Authenticate } from '../auth.ts';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import type { createSubmit } from '../submit.ts';
import { bodyParsers, readSubmission } from './body.ts';

export interface JobRoutesConfig {
  authenticate: Authenticate;
  submit: ReturnType<typeof createSubmit>;
  jobs: JobStore;
  blobs: BlobStore;
}

/** `/api/pipeline/jobs`: submit, status, report, cancel. */
export function jobRoutes({ authenticate, submit, jobs, blobs }: JobRoutesConfig): Router {
  /** The caller's job, or 404: a foreign job does not exist. */
  async function findJob(request: Request): Promise<JobSnapshot> {
    const { tenant } = authenticate(request);
    const id = JobId.safeParse(request.params.id);
    const job = id.success ? await jobs.snapshot(id.data) : null;
    if (job !== null && job.meta.tenant === tenant) return job;
    throw new SluiceError('job-not-found', 'There is no such job.', { httpStatus: 404 });
  }

  async function create(request: Request, response: Response): Promise<void> {
    const { tenant } = authenticate(request);
    const submission = await readSubmission(request);
    const jobId = await submit(submission, tenant, readIdempotencyKey(request));
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
    const job = await findJob(request);
    const meanMs = await jobs.meanDurationMs(job.meta.jobId, job.meta.pipeline);
    response.json(JobStatus.parse(statusOf(job, meanMs)));
  }

  async function report(request: Request, response: Response): Promise<void> {
    const job = await findJob(request);
    const ref = job.result?.report;
    if (ref === undefined) throw noReport(job);
    const document = await getDocument(blobs, Report, ref);
    response.vary('Accept').set('etag', `"${ref.split('/')[1]}"`);
    response.format({
      'application/json': () => response.json(document),
      'text/markdown': () => response.type('text/markdown').send(toMarkdown(document)),
      'text/html': () =>
        response.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'").send(toHtml(document)),
      default: () => {
        throw new SluiceError('not-acceptable', 'A report is JSON, Markdown or HTML.', { httpStatus: 406 });
      },
    });
  }

  async function cancel(request: Request, response: Response): Promise<void> {
    const job = await findJob(request);
    const state = await jobs.cancel(job.meta.jobId);
    if (state !== 'cancelled') throw new SluiceError('job-ended', `The job is ${state} already.`, { httpStatus: 409 });
    response.json({ jobId: job.meta.jobId, state });
  }

  return Router()
    .post('/', requireKey(authenticate), ...bodyParsers, create)
    .get('/:id/status', status)
    .get('/:id/report', report)
    .delete('/:id', cancel);
}

/** Before a body is read. */
function requireKey(authenticate: Authenticate) {
  return (request: Request, _response: Response, next: () => void): void => {
    authenticate(request);
    next();
  };
}

function readIdempotencyKey(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || (key.length > 0 && key.length <= 255)) return key;
  throw new SluiceError('bad-idempotency-key', 'An Idempotency-Key has 1 to 255 characters.', { httpStatus: 400 });
}

function noReport({ state, error }: JobSnapshot): SluiceError {
  if (['failed', 'expired', 'cancelled'].includes(state)) {
    const why = error === null ? '' : ` ${error.message}`;
    return new SluiceError('no-report', `The job is ${state}; there will be no report.${why}`, { httpStatus: 409 });
  }
  return new SluiceError('report-not-ready', `The job is in ${state}; its report comes later.`, { httpStatus: 409 });
}
