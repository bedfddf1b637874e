import { randomUUID } from 'node:crypto';
import { ALL_BUCKETS, type JobId, type TenantId } from '@sluice/contracts';
import type { BlobStore, Inbox } from '@sluice/fleet/blobs';
import { type Journal, type JobStore, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { type AuditEntry, ERASURE, type Records } from '@sluice/records';
import type { Aside } from './aside.ts';
import { retired } from './metrics.ts';
import { removeBlobs } from './retention.ts';

const BATCH = 200;
/** The clocks of Redis and of this process differ by less. */
const SETTLE_MS = 2_000;

export interface ErasureConfig {
  records: Pick<Records, 'jobs' | 'audit'>;
  blobs: Pick<BlobStore, 'list' | 'remove'>;
  inbox: Pick<Inbox, 'list' | 'remove'>;
  jobs: Pick<JobStore, 'cancel' | 'open'>;
  journal: Pick<Journal, 'lag'>;
  aside: Pick<Aside, 'all'>;
  redis: Redis;
  /** Makes the cache forget what it holds for a tenant. */
  forgetCached: (tenant: TenantId) => Promise<void>;
  /** As the audit names it. */
  worker: string;
  log: Logger;
  now?: () => number;
}

/** How far an order has come in this process. */
interface Progress {
  /** Of the walk through the recorded jobs. */
  cursor: string | undefined;
  /** When something was found last (epoch ms). */
  foundMs: number;
  /** What this process has removed so far. */
  jobs: number;
  blobs: number;
}

/**
 * Carries out orders to erase a tenant's data, a batch of each a step: jobs in Redis and in the record, manifests, blobs, what the cache holds for it. Each step may be
 * done again, by anybody; the order is done when nothing is found any more and everything that had changed before has been recorded. True while there is more.
 */
export function createErasure(config: ErasureConfig) {
  const { records, journal, log, now = Date.now } = config;
  const progress = new Map<string, Progress>();

  async function erase(order: AuditEntry, tenant: TenantId): Promise<boolean> {
    const at: Progress = progress.get(order.id) ?? { cursor: undefined, foundMs: now(), jobs: 0, blobs: 0 };
    progress.set(order.id, at);
    let found = await eraseRecorded(config, tenant, at);
    if (at.cursor === undefined) found += await eraseUnrecorded(config, tenant);
    if (found > 0) at.foundMs = now();
    if (found > 0 || at.cursor !== undefined) return true;
    // What changed before the last find has to come to the record first, or it would come there after the end.
    if (now() - ((await journal.lag()).oldestMs ?? 0) < at.foundMs + SETTLE_MS) return false;
    await eraseBlobs(config, tenant, at);
    await config.forgetCached(tenant);
    const detail = { jobs: at.jobs, blobs: at.blobs };
    await records.audit.append(doneEntry(order, { atMs: now(), actor: config.worker, detail }));
    log.info("a tenant's data is erased", { tenant, order: order.id });
    progress.delete(order.id);
    return true;
  }

  return async (): Promise<boolean> => {
    let isMore = false;
    const failures: unknown[] = [];
    // One that does not get on holds up no other.
    for (const order of await records.audit.openErasures()) {
      if (order.tenant === null) continue;
      const step = erase(order, order.tenant).catch((error: unknown) => {
        failures.push(error);
        return false;
      });
      isMore = (await step) || isMore;
    }
    if (failures.length > 0) throw failures[0];
    return isMore;
  };
}

function doneEntry(order: AuditEntry, done: Pick<AuditEntry, 'atMs' | 'actor' | 'detail'>): AuditEntry {
  const { id, tenant, requestId } = order;
  return { id: randomUUID(), tenant, action: ERASURE.done, target: id, requestId, ...done };
}

/** Submissions that the record does not know: their manifests, open jobs, and what could not be recorded. */
async function eraseUnrecorded({ inbox, jobs, redis, aside }: ErasureConfig, tenant: TenantId): Promise<number> {
  let found = 0;
  const eraseOwn = async (jobId: JobId) => {
    if ((await tenantOf(redis, jobId)) === tenant) found += await eraseJob(redis, jobs, jobId);
  };
  for (const jobId of await aside.all()) await eraseOwn(jobId);
  let after: JobId | undefined;
  do {
    const page = await inbox.list({ olderThanMs: 0, limit: BATCH, ...(after === undefined ? {} : { after }) });
    for (const meta of page.filter((one) => one.tenant === tenant)) {
      found += await eraseJob(redis, jobs, meta.jobId);
      await inbox.remove(meta.jobId);
    }
    after = page.length < BATCH ? undefined : page.at(-1)?.jobId;
  } while (after !== undefined);
  for (const bucket of ALL_BUCKETS) {
    for await (const jobId of jobs.open(bucket)) await eraseOwn(jobId);
  }
  return found;
}

/** A page of recorded jobs leaves Redis, where they would be recorded from again; after the last page they leave the record, batch by batch. */
async function eraseRecorded(
  { records, jobs, redis, blobs }: ErasureConfig,
  tenant: TenantId,
  at: Progress,
): Promise<number> {
  const page = await records.jobs.search({ tenant, limit: BATCH, cursor: at.cursor });
  for (const { jobId } of page.jobs) await eraseJob(redis, jobs, jobId);
  at.cursor = page.next ?? undefined;
  if (at.cursor !== undefined) return page.jobs.length;
  let found = 0;
  for (let batch = BATCH; batch >= BATCH; found += batch) {
    const dropped = await records.jobs.eraseTenant(tenant, { limit: BATCH });
    retired.inc({ what: 'erased-jobs' }, dropped.jobs);
    await removeBlobs(blobs, dropped.blobs, Number.MAX_SAFE_INTEGER);
    at.jobs += dropped.jobs;
    at.blobs += dropped.blobs.length;
    batch = dropped.jobs;
  }
  return found;
}

/** Whose a job in Redis is, also where it cannot be read as a whole. */
async function tenantOf(redis: Redis, jobId: JobId): Promise<string | undefined> {
  const meta = await redis.hget(keysOf(jobId).job, 'meta');
  return /"tenant":"([^"]*)"/.exec(meta ?? '')?.[1];
}

/** Aborts what is being done for it, and takes it out of Redis. */
async function eraseJob(redis: Redis, jobs: Pick<JobStore, 'cancel'>, jobId: JobId): Promise<number> {
  // One that cannot be read cannot be cancelled either; where Redis is away, the next step fails.
  await jobs.cancel(jobId).catch(() => null);
  const { job, events, open } = keysOf(jobId);
  const removed = await redis.unlink(job, events);
  await redis.zrem(open, jobId);
  return removed === 0 ? 0 : 1;
}

/** Whatever is left of the tenant's blobs. */
async function eraseBlobs({ blobs }: ErasureConfig, tenant: TenantId, at: Progress): Promise<void> {
  for await (const { ref } of blobs.list(tenant)) {
    await blobs.remove(ref);
    retired.inc({ what: 'blobs' });
    at.blobs += 1;
  }
}
