import { ALL_BUCKETS, type JobId, type TenantId } from '@sluice/contracts';
import { bucketKeys, type JobStore } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { JobSummaryRow, Records } from '@sluice/records';
import type { Owners } from './owners.ts';

/** Webhooks are delivered by jobs of this pipeline; people look for them elsewhere. */
export const HIDDEN_PIPELINE = 'notify';
/** The list of a tenant shows so many jobs that have ended. */
export const MOST_ENDED = 100;
/** And carries on so many open ones. */
export const MOST_OPEN = 5_000;

const ASKED_AT_ONCE = 200;
/** Changes that the record may not have yet; of each bucket the newest are looked at. */
const JOURNAL_ENTRIES = 1_000;
const RECORD_PAGE = 500;
const RECORD_PAGES = 3;

interface CensusConfig {
  redis: Redis;
  jobs: Pick<JobStore, 'open'>;
  records: Pick<Records, 'jobs'>;
  owners: Owners;
  onError: (error: unknown) => void;
}

/** What there is of a tenant. */
export interface Census {
  /** Jobs that Redis has and the list may want: open ones, and those whose last change the record may not have. The newest ids. */
  live: JobId[];
  /** More were found than are named. */
  isCut: boolean;
  /** Newest first. */
  ended: JobSummaryRow[];
  /** The record was away: what ended longer ago is missing. */
  isPartial: boolean;
}

export type TakeCensus = (tenant: TenantId) => Promise<Census>;

/** Finds the jobs of a tenant: in Redis the open ones and those that the journal names, and from the record those that ended before. */
export function createCensus({ redis, jobs, records, owners, onError }: CensusConfig): TakeCensus {
  async function liveIds(): Promise<Set<JobId>> {
    const ids = new Set<JobId>();
    for (const bucket of ALL_BUCKETS) {
      for await (const jobId of jobs.open(bucket)) ids.add(jobId);
      const entries = await redis.xrevrange(bucketKeys(bucket).journal, '+', '-', 'COUNT', JOURNAL_ENTRIES);
      for (const [, [, jobId]] of entries) if (jobId !== undefined) ids.add(jobId);
    }
    return ids;
  }

  async function ownedBy(tenant: TenantId, ids: readonly JobId[]): Promise<JobId[]> {
    const own: JobId[] = [];
    for (let at = 0; at < ids.length; at += ASKED_AT_ONCE) {
      const some = ids.slice(at, at + ASKED_AT_ONCE);
      const found = await Promise.all(some.map(async (jobId) => owners.of(jobId)));
      own.push(...some.filter((_, n) => found[n]?.tenant === tenant && found[n]?.pipeline !== HIDDEN_PIPELINE));
    }
    return own;
  }

  async function lastEnded(tenant: TenantId): Promise<JobSummaryRow[] | null> {
    const ended: JobSummaryRow[] = [];
    try {
      let cursor: string | undefined;
      for (let page = 0; page < RECORD_PAGES && ended.length < MOST_ENDED; page += 1) {
        const found = await records.jobs.search({ tenant, limit: RECORD_PAGE, cursor });
        ended.push(...found.jobs.filter(({ endedMs, pipeline }) => endedMs !== null && pipeline !== HIDDEN_PIPELINE));
        if (found.next === null) break;
        cursor = found.next;
      }
    } catch (error) {
      onError(error);
      return null;
    }
    return ended.toSorted((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0)).slice(0, MOST_ENDED);
  }

  return async (tenant) => {
    // The journal is read first: what is recorded meanwhile, the record shows.
    const own = await ownedBy(tenant, [...(await liveIds())]);
    const ended = await lastEnded(tenant);
    const most = MOST_OPEN + MOST_ENDED;
    // Ids begin with their time.
    const live = own.length > most ? own.toSorted().slice(-most) : own;
    return { live, isCut: own.length > most, ended: ended ?? [], isPartial: ended === null };
  };
}
