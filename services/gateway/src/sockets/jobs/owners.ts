import { type JobId, JobMeta } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';

const Owner = JobMeta.pick({ tenant: true, pipeline: true, priority: true });
export type Owner = ReturnType<typeof Owner.parse>;

const MOST_KNOWN = 50_000;

/** Whose a job is, read from its meta on first sight; the last 50,000 are kept. */
export function createOwners(redis: Redis) {
  const known = new Map<JobId, Owner>();
  const asked = new Map<JobId, Promise<Owner | null>>();

  async function ask(jobId: JobId): Promise<Owner | null> {
    const text = await redis.hget(keysOf(jobId).job, 'meta');
    // It may come back from the record, so that is not kept.
    if (text === null) return null;
    const owner = Owner.parse(JSON.parse(text));
    known.set(jobId, owner);
    const oldest = known.size > MOST_KNOWN ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    return owner;
  }

  return {
    /** At once where it is known. Null: Redis has no such job. */
    of(jobId: JobId): Owner | null | Promise<Owner | null> {
      const owner = known.get(jobId);
      if (owner !== undefined) {
        // The next one to be forgotten is the one that nobody has asked for longest.
        known.delete(jobId);
        known.set(jobId, owner);
        return owner;
      }
      const asking = asked.get(jobId) ?? ask(jobId).finally(() => asked.delete(jobId));
      asked.set(jobId, asking);
      return asking;
    },
  };
}

export type Owners = ReturnType<typeof createOwners>;
