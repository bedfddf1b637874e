import { ALL_BUCKETS, type BlobRef, bucketOf, type JobId } from '@sluice/contracts';
import { ENDED_JOB_LIFE_SECONDS, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import { asideKey, asideKeyOf } from './keys.ts';
import { refsIn } from './refs.ts';

/** Time may heal it: a new version of the fleet, a record that was mended. */
const AGAIN_MS = 10 * 60_000;
const LIFE_SECONDS = 30 * 24 * 60 * 60;
const AT_ONCE = 20;

export type Aside = ReturnType<typeof createAside>;

/**
 * Jobs that could not be recorded. They are tried again every ten minutes, and whenever they change, until they are recorded: as long as that, Redis holds them and no sweep takes
 * their blobs.
 */
export function createAside(redis: Redis, now: () => number = Date.now) {
  const all = async (): Promise<JobId[]> =>
    (await Promise.all(ALL_BUCKETS.map((bucket) => redis.zrange(asideKey(bucket), '0', '-1')))).flat();

  return {
    async put(jobId: JobId): Promise<void> {
      const key = asideKeyOf(jobId);
      await redis.zadd(key, now() + AGAIN_MS, jobId);
      await redis.expire(key, LIFE_SECONDS);
      const { job, events } = keysOf(jobId);
      // Those of an ended job would expire.
      for (const each of [job, events]) await redis.expire(each, ENDED_JOB_LIFE_SECONDS, 'XX');
    },
    /** Those of a bucket that are to be tried again. */
    due: (bucket: string): Promise<JobId[]> =>
      redis.zrangebyscore(asideKey(bucket), '-inf', now(), 'LIMIT', 0, AT_ONCE),
    /** They are recorded, or gone. */
    async forget(jobIds: readonly JobId[]): Promise<void> {
      await Promise.all(jobIds.map((jobId) => redis.zrem(asideKey(bucketOf(jobId)), jobId)));
    },
    /** Blobs that they name. */
    async blobs(): Promise<Set<BlobRef>> {
      const named = new Set<BlobRef>();
      // They may be unreadable: their texts are all that is asked of them.
      for (const jobId of await all()) for (const ref of refsIn(await redis.hvals(keysOf(jobId).job))) named.add(ref);
      return named;
    },
    all,
  };
}
