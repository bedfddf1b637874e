import { randomUUID } from 'node:crypto';
import { ALL_BUCKETS, type JobId, type TenantId } from '@sluice/contracts';
import type { BlobStore, Inbox } from '@sluice/fleet/blobs';
import { type Journal, type JobStore, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { AuditEntry, Records } from '@sluice/records';
import { retired } from './metrics.ts';
import { removeBlobs } from './retention.ts';

/** An entry of the audit is the order: it survives whatever Redis loses, and says who gave it. */
const ORDERED = 'tenant.erase';
const DONE = 'tenant.erased';
const BATCH = 200;
/** Orders are looked for so far back. */
const LOOK_BACK_MS = 30 * 24 * 3_600_000;
/** The clocks of Redis and of this process differ by less. */
const SETTLE_MS = 2_000;

export interface ErasureConfig {
  records: Pick<Records, 'jobs' | 'audit'>;
  blobs: Pick<BlobStore, 'list' | 'remove'>;
  inbox: Pick<Inbox, 'list' | 'remove'>;
  jobs: Pick<JobStore, 'cancel' | 'snapshot' | 'open'>;
  journal: Pick<Journal, 'lag'>;
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
}

/**
 * Carries out orders to erase a tenant's data, a batch a step: jobs in Redis and in the record, manifests, blobs, what the cache holds for it. Each step may be
 * done again, by anybody; the order is done when nothing is found any more and everything that had changed before has been recorded. True while there is more.
 */
export function createErasure(config: ErasureConfig) {
  const { records, journal, log, now = Date.now } = config;
  const progress = new Map<string, Progress>();

  async function erase(order: AuditEntry, tenant: TenantId): Promise<boolean> {
    const at: Progress = progress.get(order.id) ?? { cursor: undefined, foundMs: now() };
    progress.set(order.id, at);
    const found = (await eraseUnrecorded(config, tenant)) + (await eraseRecorded(config, tenant, at));
    if (found > 0) at.foundMs = now();
    if (found > 0 || at.cursor !== undefined) return true;
    // What changed before the last find has to come to the record first, or it would come there after the end.
    if (now() - ((await journal.lag()).oldestMs ?? 0) < at.foundMs + SETTLE_MS) return false;
    const blobs = await eraseBlobs(config, tenant);
    await config.forgetCached(tenant);
    await records.audit.append(doneEntry(order, { atMs: now(), actor: config.worker, detail: { blobs } }));
    log.info("a tenant's data is erased", { tenant, order: order.id });
    progress.delete(order.id);
    return true;
  }

  return async (): Promise<boolean> => {
    const [order] = await openOrders(records.audit, now() - LOOK_BACK_MS);
    return order?.tenant == null ? false : erase(order, order.tenant);
  };
}

function doneEntry(order: AuditEntry, done: Pick<AuditEntry, 'atMs' | 'actor' | 'detail'>): AuditEntry {
  const { id, tenant, requestId } = order;
  return { id: randomUUID(), tenant, action: DONE, target: id, requestId, ...done };
}

async function openOrders(audit: Records['audit'], sinceMs: number): Promise<AuditEntry[]> {
  const [ordered, done] = await Promise.all([
    audit.list({ action: ORDERED, sinceMs }, { limit: 500 }),
    audit.list({ action: DONE, sinceMs }, { limit: 500 }),
  ]);
  const over = new Set(done.entries.map(({ target }) => target));
  return ordered.entries.filter(({ id, tenant }) => tenant !== null && !over.has(id)).toReversed();
}

/** Submissions that the record does not know: their manifests, and open jobs. */
async function eraseUnrecorded({ inbox, jobs, redis }: ErasureConfig, tenant: TenantId): Promise<number> {
  let found = 0;
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
    for await (const jobId of jobs.open(bucket)) {
      const job = await jobs.snapshot(jobId);
      if (job?.meta.tenant === tenant) found += await eraseJob(redis, jobs, jobId);
    }
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
    batch = dropped.jobs;
  }
  return found;
}

/** Aborts what is being done for it, and takes it out of Redis. */
async function eraseJob(redis: Redis, jobs: Pick<JobStore, 'cancel'>, jobId: JobId): Promise<number> {
  await jobs.cancel(jobId);
  const { job, events, open } = keysOf(jobId);
  const removed = await redis.unlink(job, events);
  await redis.zrem(open, jobId);
  return removed === 0 ? 0 : 1;
}

/** Whatever is left of the tenant's blobs. */
async function eraseBlobs({ blobs }: ErasureConfig, tenant: TenantId): Promise<number> {
  let removed = 0;
  for await (const { ref } of blobs.list(tenant)) {
    await blobs.remove(ref);
    removed += 1;
  }
  retired.inc({ what: 'blobs' }, removed);
  return removed;
}
