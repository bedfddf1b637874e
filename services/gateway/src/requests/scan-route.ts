import { Accepted } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { Records } from '@sluice/records';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { readSubmission, submissionBody } from '../http/body.ts';
import { formatOf, readReport, REPORT_ANSWER, ReportFormat, type ReportMarks, sendReport } from '../http/report.ts';
import { answer, type Route, route, SENT } from '../http/route.ts';
import { readIdempotencyKey, SUBMIT_HEADERS, SUBMIT_PROBLEMS, SubmitQuery, urlsOf } from '../http/routes/submit.ts';
import type { JobFinder } from '../jobs/archive.ts';
import { tenantOf } from '../keys/caller.ts';
import type { Submit } from '../submit.ts';
import type { Waits } from './scan.ts';

export interface ScanRouteConfig {
  submit: Submit;
  waits: Waits;
  findJob: JobFinder;
  blobs: BlobStore;
  records: Pick<Records, 'jobs'>;
  reportMarks: ReportMarks;
}

/** So much longer than the deadline a reader who takes nothing of the answer may keep the connection. */
const READ_MS = 90_000;

const ScanQuery = z.object({
  ...SubmitQuery.shape,
  format: ReportFormat.optional(),
  deadline: z.coerce.number().int().min(1).max(120).default(30).meta({ description: 'Seconds.' }),
});

/** `POST /api/pipeline/scan`: submits and waits. */
export function scanRoutes({ submit, waits, findJob, blobs, records, reportMarks }: ScanRouteConfig): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/pipeline/scan',
      name: 'scan',
      chapter: 'Jobs',
      summary:
        'Submits a mail or an observable and waits for its report, `deadline` seconds at most. The job goes on whatever becomes of the request.',
      access: 'submitter',
      query: ScanQuery,
      headers: SUBMIT_HEADERS,
      otherBody: submissionBody,
      answers: {
        200: REPORT_ANSWER,
        202: { says: 'It takes longer. `Location` is the status.', name: 'Accepted', schema: Accepted },
      },
      problems: [...SUBMIT_PROBLEMS, 'too-many-waiting', 'not-acceptable', 'no-report', 'blob-unreadable'],
      async handle({ caller, query, request, response }) {
        const tenant = tenantOf(caller, query.tenant);
        const format = formatOf(request, query.format);
        const idempotencyKey = readIdempotencyKey(request);
        const leave = waits.enter(caller.keyId);
        try {
          const jobId = await submit(await readSubmission(request), tenant, idempotencyKey);
          response.locals.jobId = jobId;
          const urls = urlsOf(jobId);
          // Also of a refusal from here on: the job is there.
          response.set('location', urls.statusUrl);
          const signal = patienceOf(request, response, query.deadline * 1_000);
          if (!(await waits.forEnd(tenant, jobId, signal))) return answer({ jobId, ...urls }, 202);
          const { job } = await findJob(tenant, jobId);
          const found = await readReport({ blobs, records }, job);
          await sendReport(response, found, { format, marks: () => reportMarks(job.meta) });
          return SENT;
        } finally {
          leave();
        }
      },
    }),
  ];
}

/** Ends at the deadline, or when nobody waits any more. */
function patienceOf(request: Request, response: Response, ms: number): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (request.socket.destroyed) gone.abort();
  // Nothing is sent meanwhile, and that is no reason to hang up.
  response.setTimeout(ms + READ_MS);
  return AbortSignal.any([gone.signal, AbortSignal.timeout(ms)]);
}
