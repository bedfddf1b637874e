import { type BlobRef, type JobMeta, Report, SluiceError, type Tlp } from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';
import { toMisp } from '../report/misp/event.ts';

const TYPES = {
  json: 'application/json',
  markdown: 'text/markdown',
  html: 'text/html',
  misp: 'application/vnd.misp+json',
} as const;

/** `?format=`, for those who cannot say it with `Accept`. */
export const ReportFormat = z.enum(['json', 'markdown', 'html', 'misp']);
export type ReportFormat = z.infer<typeof ReportFormat>;

/** What is known of a job besides its report, and stands in some of its forms. */
export type ReportMarks = (meta: JobMeta) => Promise<{ tlp: Tlp }>;

/** The answer of a route that sends a report. */
export const REPORT_ANSWER = {
  says: 'The newest revision, or the one that is named. JSON and MISP are exact; in the other forms what is quoted from the mail is neutralised.',
  name: 'Report',
  schema: Report,
  types: Object.values(TYPES),
};

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

/** An earlier report of a job, or its newest one by its number. Throws `no-report` (409) where the record does not have it. */
export async function readRevision({ records }: Sources, job: JobSnapshot, revision: number): Promise<FoundReport> {
  const recorded = await records.jobs.report(job.meta.jobId, revision);
  if (recorded !== null && recorded.report !== null) return { ref: recorded.ref, report: recorded.report };
  throw new SluiceError('no-report', `There is no revision ${revision} of the report, or it is not recorded.`, {
    httpStatus: 409,
  });
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

/** The form that is asked for by name, else by `Accept`. Throws `not-acceptable` (406). */
export function formatOf(request: Request, named: ReportFormat | undefined): ReportFormat {
  if (named !== undefined) return named;
  const type = request.accepts(Object.values(TYPES));
  const format = ReportFormat.options.find((each) => TYPES[each] === type);
  if (format !== undefined) return format;
  throw new SluiceError('not-acceptable', 'A report is JSON, Markdown, HTML or a MISP event.', { httpStatus: 406 });
}

interface Wanted {
  format: ReportFormat;
  marks: () => ReturnType<ReportMarks>;
}

/** Sends a report in one of its forms, with an `ETag` of its own for each. */
export async function sendReport(
  response: Response,
  { report, ref }: FoundReport,
  { format, marks }: Wanted,
): Promise<void> {
  const { body, mark } = await write(report, format, marks);
  const etag = `"${ref.split('/')[1]}-${format}${mark}"`;
  response.vary('Accept').set({ etag, 'cache-control': 'private, no-cache' }).type(TYPES[format]);
  if (format === 'html') response.set('content-security-policy', CSP);
  response.send(body);
}

async function write(
  report: Report,
  format: ReportFormat,
  marks: Wanted['marks'],
): Promise<{ body: string; mark: string }> {
  switch (format) {
    case 'json':
      return { body: JSON.stringify(report), mark: '' };
    case 'markdown':
      return { body: toMarkdown(report), mark: '' };
    case 'html':
      return { body: toHtml(report), mark: '' };
    case 'misp': {
      const known = await marks();
      return { body: JSON.stringify(toMisp(report, known)), mark: `-${known.tlp}` };
    }
  }
}

function noReport({ state, error }: JobSnapshot): SluiceError {
  if (['failed', 'expired', 'cancelled'].includes(state)) {
    const why = error === null ? '' : ` ${error.message}`;
    return new SluiceError('no-report', `The job is ${state}; there will be no report.${why}`, { httpStatus: 409 });
  }
  return new SluiceError('report-not-ready', `The job is in ${state}; its report comes later.`, { httpStatus: 409 });
}
