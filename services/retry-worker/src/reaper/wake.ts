import { bucketOf, type JobId } from '@sluice/contracts';
import { bucketKeys, DUE_CHANNEL } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';

/** Asks the orchestrators for a look at a job, now; one that has ended leaves the list with that look. */
export async function wakeJob(redis: Redis, jobId: JobId, nowMs: number): Promise<void> {
  const { open } = bucketKeys(bucketOf(jobId));
  await redis.zadd(open, 'LT', nowMs, jobId);
  await redis.publish(DUE_CHANNEL, open);
}
