import { ALL_BUCKETS, JobEvent, type JobId } from '@sluice/contracts';
import { bucketKeys } from '@sluice/fleet/jobs';
import { closeRedis, type Redis } from '@sluice/fleet/redis';

/** Hears every event of every job as readers do, at the moment when it is told. */
export async function hearEvents(redis: Redis, onEvent: (event: JobEvent) => void): Promise<{ stop(): Promise<void> }> {
  const subscriber = redis.duplicate();
  subscriber.on('error', () => undefined);
  subscriber.on('message', (_channel: string, lines: string) => {
    for (const line of lines.split('\n')) onEvent(JobEvent.parse(JSON.parse(line)));
  });
  await subscriber.subscribe(...ALL_BUCKETS.map((bucket) => bucketKeys(bucket).channel));
  return { stop: () => closeRedis(subscriber) };
}

/** Events that were told and are not in their job's log, or stand there as something else. */
export function countUntrue(told: readonly JobEvent[], logs: ReadonlyMap<JobId, readonly JobEvent[]>): number {
  return told.filter((event) => {
    const kept = logs.get(event.jobId)?.[event.seq - 1];
    return kept?.type !== event.type || kept.atMs !== event.atMs;
  }).length;
}
