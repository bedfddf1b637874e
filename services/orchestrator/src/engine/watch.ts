import { ALL_BUCKETS } from '@sluice/contracts';
import { bucketKeys, DUE_CHANNEL, type JobSnapshot, type JobStore } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';

/** Deadlines come without a message; and a message of pub/sub may get lost. */
const LOOK_ROUND_MS = 500;
const AT_ONCE = 50;
/** More than these are waited for before further jobs are taken. */
const MOST_LOOKS = 200;
/** So long a taken job is left to its taker. */
const LEASE_MS = 10_000;
/** A round that takes longer than this is no good sign. */
const SLOW_ROUND_MS = 15_000;
/** A claim that failed is tried again so much later. */
const AFTER_TROUBLE_MS = 100;

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
  const subscriber = connectRedis(redisUrl, { name: `${worker}:due`, onError });
  const bucketOfKey = new Map(ALL_BUCKETS.map((bucket) => [bucketKeys(bucket).open, bucket]));
  const wanted = new Set<string>();
  const looks = new Set<Promise<void>>();
  let working: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let lastRoundMs = performance.now();

  /** One claim a bucket at a time: what is called for meanwhile is taken together. */
  function wake(buckets: readonly string[]): void {
    for (const bucket of buckets) wanted.add(bucket);
    if (working !== null || stopping) return;
    working = workOff()
      .catch(onError)
      .finally(() => {
        working = null;
        if (wanted.size > 0) setTimeout(() => wake([]), AFTER_TROUBLE_MS);
      });
  }

  async function workOff(): Promise<void> {
    while (wanted.size > 0) {
      const buckets = [...wanted];
      wanted.clear();
      lastRoundMs = performance.now();
      await Promise.all(buckets.map(takeAndLook));
      if (stopping) return;
    }
  }

  async function takeAndLook(bucket: string): Promise<void> {
    const taken = await jobs.claim(bucket, AT_ONCE, LEASE_MS);
    if (taken.length === AT_ONCE) wanted.add(bucket);
    for (const job of taken) {
      const looking = look(job).finally(() => looks.delete(looking));
      looks.add(looking);
    }
    if (looks.size > MOST_LOOKS) await Promise.all(looks);
  }

  return {
    start() {
      subscriber.on('message', (_channel, key) => wake([bucketOfKey.get(key) ?? '']));
      subscriber.subscribe(DUE_CHANNEL).catch(onError);
      timer = setInterval(() => wake(ALL_BUCKETS), LOOK_ROUND_MS);
    },
    /** Takes no new job, and resolves when the looks that run are done. */
    async stop() {
      stopping = true;
      clearInterval(timer);
      await working;
      await Promise.all(looks);
      await closeRedis(subscriber);
    },
    isHealthy: () => performance.now() - lastRoundMs < SLOW_ROUND_MS,
  };
}
