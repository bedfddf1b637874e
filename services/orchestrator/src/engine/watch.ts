import { ALL_BUCKETS } from '@sluice/contracts';
import { bucketKeys, DUE_CHANNEL, type JobSnapshot, type JobStore } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';

/** Deadlines come without a message; and a message of pub/sub may get lost. */
const LOOK_ROUND_MS = 500;
const AT_ONCE = 50;
/** So long a taken job is left to its taker. */
const LEASE_MS = 10_000;
/** A round that takes longer than this is no good sign. */
const SLOW_ROUND_MS = 15_000;

export interface WatchConfig {
  jobs: JobStore;
  redisUrl: string;
  worker: string;
  log: Logger;
  /** Does not throw. */
  look: (job: JobSnapshot) => Promise<void>;
}

/**
 * Takes the jobs that are due, bucket by bucket, as soon as the bucket's name is published and in a round every half second.
 * Several may watch at once: a job is taken by one of them.
 */
export function createWatch({ jobs, redisUrl, worker, log, look }: WatchConfig) {
  const onError = (error: unknown) => void log.warn('redis trouble', { error });
  const subscriber = connectRedis(redisUrl, { name: `${worker}:due`, patient: true, onError });
  const bucketOfKey = new Map(ALL_BUCKETS.map((bucket) => [bucketKeys(bucket).open, bucket]));
  const working = new Map<string, Promise<void>>();
  const calledAgain = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let lastRoundMs = performance.now();

  /** Works a bucket off; a call that comes meanwhile makes it look once more. */
  function wake(bucket: string): Promise<void> {
    const current = working.get(bucket);
    calledAgain.add(bucket);
    if (current !== undefined || stopping) return current ?? Promise.resolve();
    const work = workOff(bucket)
      .catch(onError)
      .finally(() => working.delete(bucket));
    working.set(bucket, work);
    return work;
  }

  async function workOff(bucket: string): Promise<void> {
    while (calledAgain.delete(bucket) && !stopping) {
      const taken = await jobs.claim(bucket, AT_ONCE, LEASE_MS);
      if (taken.length === AT_ONCE) calledAgain.add(bucket);
      await Promise.all(taken.map(look));
    }
  }

  function schedule(): void {
    if (stopping) return;
    timer = setTimeout(() => {
      void Promise.all(ALL_BUCKETS.map(wake)).then(() => {
        lastRoundMs = performance.now();
        schedule();
      });
    }, LOOK_ROUND_MS);
  }

  return {
    start() {
      subscriber.on('message', (_channel, key) => void wake(bucketOfKey.get(key) ?? ''));
      subscriber.subscribe(DUE_CHANNEL).catch(onError);
      schedule();
    },
    /** Takes no new job, and resolves when the looks that run are done. */
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await Promise.all(working.values());
      await closeRedis(subscriber);
    },
    isHealthy: () => performance.now() - lastRoundMs < SLOW_ROUND_MS,
  };
}
