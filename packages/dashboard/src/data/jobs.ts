import type { Client, JobSearch } from '@sluice/client';
import type { JobPage } from '@sluice/contracts';

/** What a search in the list names, as it stands in the page's address. */
export const JOB_FILTERS = ['state', 'verdict', 'text', 'sender', 'domain', 'hash', 'ip', 'since'] as const;
export type JobFilter = Partial<Record<(typeof JOB_FILTERS)[number], string>>;

const HOUR_MS = 3_600_000;
const LIST_PAGE = 200;

export function listJobs(
  client: Client,
  { since, ...rest }: JobFilter,
  cursor?: string,
  signal?: AbortSignal,
): Promise<JobPage> {
  const sinceMs = since === undefined ? undefined : Date.now() - Number(since) * HOUR_MS;
  // What is no verdict or state is refused by the gateway, which says so.
  const search = { ...rest, sinceMs } as JobSearch;
  return client.jobs.page({ ...search, cursor, limit: LIST_PAGE }, signal) as Promise<JobPage>;
}
