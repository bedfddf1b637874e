import {
  isTerminal,
  type JobId,
  JobResult,
  ListedCategory,
  type RequestJob,
  type RequestStatus,
  SluiceError,
  type TenantId,
  VERDICTS,
  Verdict,
} from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { BatchRequest, JobSummaryRow, Records } from '@sluice/records';
import { z } from 'zod';

const PAGE_ROWS = 500;
const Judgement = z.object({ verdict: Verdict, category: ListedCategory, score: z.number() }).partial();
const Place = z.tuple([z.int().nonnegative()]);

interface StandingConfig {
  redis: Redis;
  records: Pick<Records, 'jobs' | 'requests'>;
}

export type Standing = ReturnType<typeof createStanding>;

/** A batch, with the jobs that the record knows of it by their id. */
export interface FoundRequest {
  request: BatchRequest;
  recorded: ReadonlyMap<JobId, JobSummaryRow>;
}

/** How the jobs of batches stand: in Redis while they are there, then in the record. */
export function createStanding({ redis, records }: StandingConfig) {
  async function rowsOf(tenant: TenantId, requestId: string): Promise<JobSummaryRow[]> {
    const rows: JobSummaryRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await records.jobs.search({ tenant, requestId, limit: PAGE_ROWS, cursor });
      rows.push(...page.jobs);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return rows;
  }

  async function live(jobId: JobId): Promise<RequestJob | null> {
    const names = ['state', 'revision', 'ended', 'result'] as const;
    const [state, revision, ended, result] = await redis.hmget(keysOf(jobId).job, ...names);
    if (state === null || state === undefined) return null;
    const summary = result ? JobResult.parse(JSON.parse(result)).summary : undefined;
    const { verdict = null, category = null, score = null } = Judgement.safeParse(summary ?? {}).data ?? {};
    const endedMs = ended ? Number(ended) : null;
    return { jobId, state, revision: Number(revision ?? 0), verdict, category, score, endedMs };
  }

  return {
    /** The tenant's batch. Throws `request-not-found` (404), for a foreign one too. One that could not be recorded is found by its jobs. */
    async find(tenant: TenantId, requestId: string): Promise<FoundRequest> {
      const [held, rows] = await Promise.all([records.requests.find(requestId), rowsOf(tenant, requestId)]);
      const oldest = rows.at(-1);
      if (held === null ? oldest === undefined : held.tenant !== tenant) throw noRequest();
      const recorded = new Map(rows.map((row) => [row.jobId, row]));
      const jobIds = [...new Set([...(held?.jobIds ?? []), ...rows.map(({ jobId }) => jobId).toReversed()])];
      const { name = null, createdMs = oldest?.createdMs ?? 0 } = held ?? {};
      return { request: { id: requestId, tenant, name, createdMs, jobIds }, recorded };
    },

    /** Every job of a batch, in its order. */
    async jobs({ request, recorded }: FoundRequest): Promise<RequestJob[]> {
      return Promise.all(
        request.jobIds.map(async (jobId) => (await live(jobId)) ?? fromRow(jobId, recorded.get(jobId))),
      );
    },
  };
}

function fromRow(jobId: JobId, row: JobSummaryRow | undefined): RequestJob {
  const nothing = { state: null, revision: 0, verdict: null, category: null, score: null, endedMs: null };
  const { state, revision, verdict, category, score, endedMs } = row ?? nothing;
  return { jobId, state, revision, verdict, category, score, endedMs };
}

/** Counts of all jobs and a page of them. Throws `bad-cursor` (400). */
export function statusOfRequest(
  { request }: FoundRequest,
  jobs: readonly RequestJob[],
  page: { limit: number; cursor?: string | undefined },
): RequestStatus {
  const from = readPlace(page.cursor);
  const to = from + page.limit;
  const { id, tenant, name, createdMs } = request;
  return {
    v: 1,
    requestId: id,
    tenant,
    name,
    createdMs,
    jobs: jobs.length,
    open: jobs.filter(isOpen).length,
    states: countBy(jobs.flatMap(({ state }) => state ?? 'unknown')),
    verdicts: verdictCounts(jobs),
    items: jobs.slice(from, to),
    next: to < jobs.length ? writePlace(to) : null,
  };
}

export function isOpen({ state }: Pick<RequestJob, 'state'>): boolean {
  return state !== null && !isTerminal(state);
}

function verdictCounts(jobs: readonly { verdict: Verdict | null }[]): Record<Verdict, number> {
  const none = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  return { ...none, ...countBy(jobs.flatMap(({ verdict }) => verdict ?? [])) };
}

function countBy(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]));
}

function writePlace(index: number): string {
  return Buffer.from(JSON.stringify([index])).toString('base64url');
}

function readPlace(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))[0];
  } catch {
    throw new SluiceError('bad-cursor', 'This cursor is not one of ours: use the one of the last answer, unchanged.', {
      httpStatus: 400,
    });
  }
}

export function noRequest(): SluiceError {
  return new SluiceError('request-not-found', 'There is no such batch.', { httpStatus: 404 });
}
