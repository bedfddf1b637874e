import { bucketOf, type JobId } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';
import { asideKey, asideKeyOf } from './keys.ts';

/** Time may heal it: a new version of the fleet, a record that was mended. */
const AGAIN_MS = 10 * 60_000;
const LIFE_SECONDS = 30 * 24 * 60 * 60;
const AT_ONCE = 20;

export type Aside = ReturnType<typeof createAside>;

/** Jobs that could not be recorded. They are tried again every ten minutes, as long as Redis holds them, and whenever they change. */
export function createAside(redis: Redis, now: () => number = Date.now) {
  return {
    async put(jobId: JobId): Promise<void> {
      const key = asideKeyOf(jobId);
      await redis.zadd(key, now() + AGAIN_MS, jobId);
      await redis.expire(key, LIFE_SECONDS);
    },
    /** Those of a bucket that are to be tried again. */
    due: (bucket: string): Promise<JobId[]> =>
      redis.zrangebyscore(asideKey(bucket), '-inf', now(), 'LIMIT', 0, AT_ONCE),
    /** They are recorded, or gone. */
    async forget(jobIds: readonly JobId[]): Promise<void> {
      await Promise.all(jobIds.map((jobId) => redis.zrem(asideKey(bucketOf(jobId)), jobId)));
    },
  };
}
