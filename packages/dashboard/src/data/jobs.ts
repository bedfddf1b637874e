import {
  type Accepted,
  type JobId,
  type JobPage,
  MailDocument,
  type ObservableKind,
  Problem,
  SluiceError,
} from '@sluice/contracts';
import type { JobSearch } from '@sluice/client';
import { client, noticingFetch } from './client.ts';

/** What a search in the list names, as it stands in the page's address. */
export const JOB_FILTERS = ['state', 'verdict', 'text', 'sender', 'domain', 'hash', 'ip', 'since'] as const;
export type JobFilter = Partial<Record<(typeof JOB_FILTERS)[number], string>>;

const HOUR_MS = 3_600_000;
const LIST_PAGE = 200;

export function listJobs({ since, ...rest }: JobFilter, cursor?: string, signal?: AbortSignal): Promise<JobPage> {
  const sinceMs = since === undefined ? undefined : Date.now() - Number(since) * HOUR_MS;
  // What is no verdict or state is refused by the gateway, which says so.
  const search = { ...rest, sinceMs } as JobSearch;
  return client.jobs.page({ ...search, cursor, limit: LIST_PAGE }, signal) as Promise<JobPage>;
}

/** Repetitions of one submission make one job. `randomUUID` exists only where the page came by TLS or from this machine. */
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function submitMail(mail: Uint8Array): Promise<Accepted> {
  return client.submitMail(mail, { idempotencyKey: newIdempotencyKey() });
}

export function submitObservable(type: ObservableKind, value: string): Promise<Accepted> {
  return client.submitObservable({ type, value }, { idempotencyKey: newIdempotencyKey() });
}

/** The mail as its reader understood it. Reading it is audited. Throws the problem's code. */
export async function readMail(jobId: JobId, signal: AbortSignal): Promise<MailDocument> {
  const response = await noticingFetch(`/api/pipeline/jobs/${jobId}/mail`, {
    signal,
    headers: { accept: 'application/json' },
  });
  const body: unknown = await response.json();
  if (response.ok) return MailDocument.parse(body);
  const { code, detail, title, status } = Problem.parse(body);
  throw new SluiceError(code, detail ?? title, {
    httpStatus: status,
    disposition: status >= 500 ? 'retry' : 'give-up',
  });
}

export const screenshotPath = (jobId: JobId, number: number): string =>
  `/api/pipeline/jobs/${jobId}/screenshots/${number}`;
