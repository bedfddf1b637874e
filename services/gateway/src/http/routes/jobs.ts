import {
  Cancelled,
  EmailScanInput,
  JobPage,
  JobQuery,
  JobStatus,
  Retried,
  SCAN_PIPELINES,
  SluiceError,
} from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { JobSnapshot, JobStore } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { type JobFinder, noJob } from '../../jobs/archive.ts';
import type { Retry } from '../../jobs/retry.ts';
import type { StatusReader } from '../../jobs/status.ts';
import { type Caller, tenantOf } from '../../keys/caller.ts';
import { sendRawMail } from '../raw-mail.ts';
import {
  formatOf,
  readReport,
  readRevision,
  REPORT_ANSWER,
  ReportFormat,
  type ReportMarks,
  sendReport,
} from '../report.ts';
import { answer, type Route, route, SENT } from '../route.ts';
import { sendScreenshot } from '../screenshot.ts';
import { JobParams, TenantQuery } from './parameters.ts';

export interface JobRoutesConfig {
  jobs: JobStore;
  findJob: JobFinder;
  readStatus: StatusReader;
  retry: Retry;
  blobs: BlobStore;
  records: Pick<Records, 'jobs'>;
  reportMarks: ReportMarks;
  audit: Audit;
}

interface JobCall {
  caller: Caller;
  params: z.output<typeof JobParams>;
  query: z.output<typeof TenantQuery>;
  response: { locals: Record<string, unknown> };
}

const CHAPTER = 'Jobs';
const ofJob = {
  chapter: CHAPTER,
  params: JobParams,
  absent: noJob,
  query: TenantQuery,
} as const;

/** `/api/pipeline/jobs`: list, status, report, screenshots, raw mail, cancel, retry. */
export function jobRoutes(config: JobRoutesConfig): Route[] {
  return [listRoute(config), ...readRoutes(config), ...fileRoutes(config), ...changeRoutes(config)];
}

function listRoute({ records }: JobRoutesConfig): Route {
  return route({
    method: 'get',
    path: '/api/pipeline/jobs',
    name: 'jobs',
    chapter: CHAPTER,
    summary: 'Lists and searches the jobs of the tenant, newest first. A job is found some seconds after a change.',
    access: 'analyst',
    query: JobQuery,
    answers: { 200: { says: 'A page of jobs.', name: 'JobPage', schema: JobPage } },
    problems: ['foreign-tenant', 'bad-cursor', 'record-busy'],
    async handle({ caller, query }) {
      const tenant = tenantOf(caller, query.tenant);
      const { jobs, next } = await records.jobs.search({ ...query, tenant, pipelines: SCAN_PIPELINES });
      return answer({ v: 1, items: jobs, next });
    },
  });
}

function readRoutes({ findJob, readStatus, blobs, records, reportMarks }: JobRoutesConfig): Route[] {
  const find = finding(findJob);
  return [
    route({
      ...ofJob,
      method: 'get',
      path: '/api/pipeline/jobs/{id}/status',
      name: 'status',
      summary: 'State, percent, stages and estimated completion of a job.',
      access: 'submitter',
      answers: { 200: { says: 'The status.', name: 'JobStatus', schema: JobStatus } },
      problems: ['job-not-found', 'foreign-tenant'],
      async handle({ caller, query, params: { id }, response }) {
        const status = await readStatus(tenantOf(caller, query.tenant), id);
        response.locals.jobId = id;
        return answer(status);
      },
    }),
    route({
      ...ofJob,
      method: 'get',
      path: '/api/pipeline/jobs/{id}/report',
      name: 'report',
      summary: 'The report in the form that `format` or `Accept` asks for: JSON, Markdown, HTML or a MISP event.',
      access: 'submitter',
      query: z.object({
        ...TenantQuery.shape,
        format: ReportFormat.optional(),
        revision: z.coerce.number().int().min(1).max(1_000_000).optional(),
      }),
      answers: { 200: REPORT_ANSWER },
      problems: [
        'job-not-found',
        'foreign-tenant',
        'report-not-ready',
        'no-report',
        'not-acceptable',
        'blob-unreadable',
      ],
      async handle(call) {
        const { job } = await find(call);
        const { revision } = call.query;
        const sources = { blobs, records };
        const found = await (revision === undefined ? readReport(sources, job) : readRevision(sources, job, revision));
        const format = formatOf(call.request, call.query.format);
        await sendReport(call.response, found, { format, marks: () => reportMarks(job.meta) });
        return SENT;
      },
    }),
  ];
}

function fileRoutes({ findJob, blobs, records, audit }: JobRoutesConfig): Route[] {
  const find = finding(findJob);
  return [
    route({
      ...ofJob,
      method: 'get',
      path: '/api/pipeline/jobs/{id}/screenshots/{number}',
      name: 'screenshot',
      summary: "The picture of the report's n-th visit, counted from 1.",
      access: 'submitter',
      params: z.object({ ...JobParams.shape, number: z.string() }),
      answers: { 200: { says: 'A PNG.', types: ['image/png'] } },
      problems: [
        'job-not-found',
        'foreign-tenant',
        'report-not-ready',
        'no-report',
        'no-screenshot',
        'blob-unreadable',
      ],
      async handle(call) {
        const { job } = await find(call);
        const { report } = await readReport({ blobs, records }, job);
        await sendScreenshot(call.response, blobs, report, call.params.number);
        return SENT;
      },
    }),
    route({
      ...ofJob,
      method: 'get',
      path: '/api/pipeline/jobs/{id}/raw',
      name: 'raw-mail',
      summary:
        'The mail as it was submitted. It is hostile: the reading is audited, and it is only offered for download.',
      access: 'analyst',
      answers: { 200: { says: 'The mail.', types: ['message/rfc822'] } },
      problems: ['job-not-found', 'foreign-tenant', 'no-mail', 'blob-unreadable'],
      async handle(call) {
        const { job } = await find(call);
        const { jobId, tenant } = job.meta;
        const input = EmailScanInput.safeParse(job.meta.input);
        if (!input.success) throw new SluiceError('no-mail', 'This job is of no mail.', { httpStatus: 404 });
        await audit.require(call.caller, call.requestId, { action: 'mail.read', target: jobId, tenant });
        await sendRawMail(call.response, blobs, { jobId, ref: input.data.blob });
        return SENT;
      },
    }),
  ];
}

function changeRoutes({ jobs, findJob, retry, audit }: JobRoutesConfig): Route[] {
  const find = finding(findJob);
  return [
    route({
      ...ofJob,
      method: 'delete',
      path: '/api/pipeline/jobs/{id}',
      name: 'cancel',
      summary: 'Cancels a job. Repeated it says the same.',
      access: 'analyst',
      answers: { 200: { says: 'It is cancelled.', name: 'Cancelled', schema: Cancelled } },
      problems: ['job-not-found', 'foreign-tenant', 'job-ended'],
      async handle(call) {
        const { job, isLive } = await find(call);
        const { jobId, tenant } = job.meta;
        const state = isLive ? await jobs.cancel(jobId) : job.state;
        if (state === null) throw noJob();
        if (state !== 'cancelled') throw ended(state);
        if (job.state !== 'cancelled')
          await audit.note(call.caller, call.requestId, { action: 'job.cancel', target: jobId, tenant });
        return answer({ jobId, state });
      },
    }),
    route({
      ...ofJob,
      method: 'post',
      path: '/api/pipeline/jobs/{id}/retry',
      name: 'retry',
      summary: 'Tries again what failed or was given up in a job; a job that failed or expired is opened again.',
      access: 'analyst',
      answers: { 202: { says: 'What is tried again.', name: 'Retried', schema: Retried } },
      problems: ['job-not-found', 'foreign-tenant', 'job-ended'],
      async handle(call) {
        const { job, isLive } = await find(call);
        const { jobId, tenant } = job.meta;
        if (job.state === 'cancelled') throw ended(job.state);
        // First, and for certain: should Redis lose what was opened, the desk opens it again by this entry.
        await audit.require(call.caller, call.requestId, { action: 'job.retry', target: jobId, tenant });
        const tasks = await retry(job, isLive);
        if (tasks === null) throw ended('cancelled');
        return answer({ v: 1, jobId, tasks }, 202);
      },
    }),
  ];
}

/** The job that a call is about, and its id for the log. */
function finding(findJob: JobFinder) {
  return async ({ caller, params, query, response }: JobCall) => {
    const found = await findJob(tenantOf(caller, query.tenant), params.id);
    response.locals.jobId = params.id;
    return found;
  };
}

function ended(state: JobSnapshot['state']): SluiceError {
  return new SluiceError('job-ended', `The job is ${state} already.`, { httpStatus: 409 });
}
