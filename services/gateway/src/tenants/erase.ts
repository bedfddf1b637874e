import { isTerminal, type JobId, type TenantId } from '@sluice/contracts';
import type { BlobStore, Inbox } from '@sluice/fleet/blobs';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Records } from '@sluice/records';

/** One request does so much at most; the rest is for the next one. */
const JOBS_AT_ONCE = 200;
const WITHIN_MS = 20_000;

export type Erase = ReturnType<typeof createErase>;

interface EraseConfig {
  records: Pick<Records, 'jobs'>;
  blobs: Pick<BlobStore, 'remove' | 'list'>;
  inbox: Pick<Inbox, 'remove'>;
  jobs: Pick<JobStore, 'cancel'>;
  redis: Redis;
  now?: () => number;
}

/**
 * Erases what a tenant's mails have left: its jobs in Redis, their record, and every blob of the tenant, whether a job named it or not. The tenant is blocked, so
 * that nothing new comes; a job that the record has not seen yet is found by the next call.
 */
export function createErase({ records, blobs, inbox, jobs, redis, now = Date.now }: EraseConfig) {
  async function forget(jobId: JobId, isOpen: boolean): Promise<void> {
    await inbox.remove(jobId);
    if (isOpen) await jobs.cancel(jobId);
    const { job, events } = keysOf(jobId);
    await redis.del(job, events);
  }

  async function eraseJobs(tenant: TenantId, untilMs: number): Promise<{ jobs: number; isComplete: boolean }> {
    let erased = 0;
    while (now() < untilMs) {
      let cursor: string | undefined;
      do {
        const page = await records.jobs.search({ tenant, limit: JOBS_AT_ONCE, cursor });
        await Promise.all(page.jobs.map(({ jobId, state }) => forget(jobId, !isTerminal(state))));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined && now() < untilMs);
      const dropped = await records.jobs.eraseTenant(tenant, { limit: JOBS_AT_ONCE });
      erased += dropped.jobs;
      if (cursor === undefined && dropped.jobs < JOBS_AT_ONCE) return { jobs: erased, isComplete: true };
    }
    return { jobs: erased, isComplete: false };
  }

  return async (tenant: TenantId): Promise<{ jobs: number; blobs: number; isComplete: boolean }> => {
    const untilMs = now() + WITHIN_MS;
    const erased = { blobs: 0, ...(await eraseJobs(tenant, untilMs)) };
    if (!erased.isComplete) return erased;
    for await (const { ref } of blobs.list(tenant)) {
      await blobs.remove(ref);
      erased.blobs += 1;
      if (now() > untilMs) return { ...erased, isComplete: false };
    }
    return erased;
  };
}
