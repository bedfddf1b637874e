import {
  Cancelled,
  type JobListEntry,
  JobPage,
  type JobQuery,
  JobStatus,
  MailDocument,
  Report,
  Retried,
} from '@sluice/contracts';
import type { Asker } from './ask.ts';
import { type List, listOf, type PageOptions } from './pages.ts';
import { jobPath } from './path.ts';

/** What jobs are searched by; all that is named must hold. Moments are epoch ms. */
export type JobSearch = Omit<Partial<JobQuery>, keyof PageOptions>;

/** Forms of a report that are for people or other programs. */
export type ReportType = 'text/markdown' | 'text/html' | 'application/vnd.misp+json';

/** What can be asked about a job, and of it. */
export interface JobMethods {
  status(jobId: string, signal?: AbortSignal): Promise<JobStatus>;
  /** Throws `report-not-ready` (409) while there is none, `no-report` (409) when there will be none. */
  report(jobId: string, signal?: AbortSignal): Promise<Report>;
  /** An earlier one. Throws `no-report` (409) where it is not recorded. */
  reportRevision(jobId: string, revision: number, signal?: AbortSignal): Promise<Report>;
  /** The report as a page or as text, in which what it quotes from the mail is neutralised; or as a MISP event in JSON. */
  reportAs(jobId: string, type: ReportType, signal?: AbortSignal): Promise<string>;
  /** Lists and searches, newest first. A change is seen some seconds later. */
  jobs: List<JobListEntry, JobSearch>;
  /** Throws `job-ended` (409) when it came too late. */
  cancel(jobId: string, signal?: AbortSignal): Promise<Cancelled>;
  /** Tries again what failed; a job that failed or expired is opened again. Throws `job-ended` (409) for a cancelled one. */
  retry(jobId: string, signal?: AbortSignal): Promise<Retried>;
  /** The mail as it was submitted: hostile. Reading it is audited. Throws `no-mail` (404) where it is not kept. */
  rawMail(jobId: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** The mail taken apart: headers, bodies, attachments. What it holds is hostile, and reading it is audited. */
  mail(jobId: string, signal?: AbortSignal): Promise<MailDocument>;
  /** PNG of the report's n-th visit, from 1. Throws `no-screenshot` (404). */
  screenshot(jobId: string, number: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** `tenant`: whose jobs, where they are not those of the key's. */
export function jobMethods({ ask, text, bytes }: Asker, tenant: string | undefined): JobMethods {
  const query = { tenant };
  const get = (jobId: string, rest: string) => ({ method: 'GET', path: jobPath(jobId, rest), query }) as const;
  return {
    status: async (jobId, signal) => ask(JobStatus, { ...get(jobId, '/status'), signal }),
    report: async (jobId, signal) => ask(Report, { ...get(jobId, '/report'), signal }),
    reportRevision: async (jobId, revision, signal) => {
      const call = get(jobId, '/report');
      return ask(Report, { ...call, query: { ...call.query, revision }, signal });
    },
    reportAs: async (jobId, type, signal) => text({ ...get(jobId, '/report'), headers: { accept: type }, signal }),
    jobs: listOf((search, signal) =>
      ask(JobPage, { method: 'GET', path: 'api/pipeline/jobs', query: { ...query, ...search }, signal }),
    ),
    cancel: async (jobId, signal) => ask(Cancelled, { method: 'DELETE', path: jobPath(jobId), query, signal }),
    retry: async (jobId, signal) => ask(Retried, { method: 'POST', path: jobPath(jobId, '/retry'), query, signal }),
    rawMail: async (jobId, signal) => bytes({ ...get(jobId, '/raw'), signal }),
    mail: async (jobId, signal) => ask(MailDocument, { ...get(jobId, '/mail'), signal }),
    screenshot: async (jobId, number, signal) => bytes({ ...get(jobId, `/screenshots/${Math.trunc(number)}`), signal }),
  };
}
