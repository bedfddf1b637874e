import { ALL_BUCKETS } from '@sluice/contracts';
import { loadScript, type Redis } from '@sluice/fleet/redis';
import { LEASE_MS, RECORDERS_KEY } from './keys.ts';
import { createLease } from './lease.ts';

const meet = loadScript(new URL('./lua/', import.meta.url), 'meet', 1);

export interface SharesConfig {
  redis: Redis;
  worker: string;
  /** In [0, 1): which free bucket is tried first. */
  random?: () => number;
}

/**
 * Which buckets this process drains. Each bucket is leased to one; those who are there share them evenly: who holds more than its part gives back, who holds
 * less takes what is free.
 */
export function createShares({ redis, worker, random = Math.random }: SharesConfig) {
  const leases = ALL_BUCKETS.map((bucket) => createLease(redis, bucket, worker));
  /** Bucket and until when it is ours, on the monotonic clock. */
  const held = new Map<string, number>();

  async function hold(lease: (typeof leases)[number]): Promise<void> {
    // Read before Redis is asked: ours ends before Redis gives it to another.
    const untilMs = performance.now() + LEASE_MS;
    if (await lease.hold()) held.set(lease.name, untilMs);
    else held.delete(lease.name);
  }

  return {
    held: (): string[] => [...held].filter(([, untilMs]) => performance.now() < untilMs).map(([bucket]) => bucket),

    /** To be called every few seconds: renews what is held, and moves towards an even part. */
    async renew(): Promise<void> {
      const there = Number(await meet(redis, [RECORDERS_KEY], [worker, LEASE_MS]));
      const part = evenPart(ALL_BUCKETS.length, there);
      const ours = leases.filter(({ name }) => held.has(name));
      const others = shuffled(
        leases.filter(({ name }) => !held.has(name)),
        random,
      );
      await Promise.all(ours.slice(0, part).map(hold));
      for (const lease of ours.slice(part)) {
        held.delete(lease.name);
        await lease.release();
      }
      for (const lease of others) {
        if (held.size >= part) break;
        await hold(lease);
      }
    },

    /** Gives everything back. */
    async release(): Promise<void> {
      const ours = leases.filter(({ name }) => held.has(name));
      held.clear();
      await Promise.all([...ours.map((lease) => lease.release()), redis.zrem(RECORDERS_KEY, worker)]);
    },
  };
}

/** Rounded up, so that no bucket is left over. */
export function evenPart(buckets: number, processes: number): number {
  return Math.ceil(buckets / Math.max(processes, 1));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
