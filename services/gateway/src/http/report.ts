import { type BlobRef, Report, SluiceError } from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';
import type { Response } from 'express';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';

/** Whatever slipped through could still load, run, send and frame nothing. */
const CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface FoundReport {
  report: Report;
  ref: BlobRef;
}

interface Sources {
  blobs: BlobStore;
  records: Pick<Records, 'jobs'>;
}

/** The newest report of a job: the stored one, or where that is gone, as the record has it. Throws `no-report`, `report-not-ready` (409). */
export async function readReport({ blobs, records }: Sources, job: JobSnapshot): Promise<FoundReport> {
  const ref = job.result?.report;
  if (ref === undefined) throw noReport(job);
  try {
    return { ref, report: await getDocument(blobs, Report, ref) };
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'blob-missing')) throw error;
    const recorded = await records.jobs.report(job.meta.jobId);
    if (recorded === null || recorded.report === null) throw error;
    return { ref: recorded.ref, report: recorded.report };
  }
}

/** A report in the form that `Accept` asks for, with an `ETag` of its own for each form. Throws `not-acceptable` (406). */
export function sendReport(response: Response, { report, ref }: FoundReport): void {
  const tag = (form: string) => response.set('etag', `"${ref.split('/')[1]}-${form}"`);
  response.vary('Accept').set('cache-control', 'private, no-cache');
  response.format({
    'application/json': () => tag('json').json(report),
    'text/markdown': () => tag('markdown').send(toMarkdown(report)),
    'text/html': () => tag('html').set('content-security-policy', CSP).send(toHtml(report)),
    default: () => {
      throw new SluiceError('not-acceptable', 'A report is JSON, Markdown or HTML.', { httpStatus: 406 });
    },
  });
}

function noReport({ state, error }: JobSnapshot): SluiceError {
  if (['failed', 'expired', 'cancelled'].includes(state)) {
    const why = error === null ? '' : ` ${error.message}`;
    return new SluiceError('no-report', `The job is ${state}; there will be no report.${why}`, { httpStatus: 409 });
  }
  return new SluiceError('report-not-ready', `The job is in ${state}; its report comes later.`, { httpStatus: 409 });
}
