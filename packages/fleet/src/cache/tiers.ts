import { SluiceError } from '@sluice/contracts';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import type { Redis } from '../redis/index.ts';
import { invalidationBus } from './bus.ts';
import { Entry } from './entry.ts';
import { BUS_NAME, CACHE_PREFIX } from './keys.ts';
import { cacheErrors } from './metrics.ts';
import { redisTier, type TierNote, tierNotes } from './redis-tier.ts';

const MEMORY_ITEMS = 10_000;
/** After a failure Redis is left alone for so long. */
const REST_MS = 1_000;

export interface TiersConfig {
  redis: Redis;
  memoryBytes: number;
  redisTimeoutMs: number;
}

export interface Held {
  entry: Entry;
  tier: 'memory' | 'redis';
}

export type Tiers = ReturnType<typeof createTiers>;

/**
 * Memory and Redis by bentocache; a write makes the other processes drop their copy. A server that is away looks
 * empty, costs a caller at most `redisTimeoutMs`, and is tried again a second later.
 *
 * Only bentocache's store is used, not its `getOrSet`: that runs a factory once a process, lets every waiter run it
 * again after a failure, and says neither which tier answered nor whether the answer is stale. Its lifetimes hold for
 * both tiers alike, and its grace period would hide that an entry is stale, so entries carry their own freshness.
 */
export function createTiers({ redis, memoryBytes, redisTimeoutMs }: TiersConfig) {
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxItems: MEMORY_ITEMS, maxSize: memoryBytes }))
    .useL2Layer(redisTier(redis, redisTimeoutMs))
    .useBus(invalidationBus(redis, redisTimeoutMs));
  const bento = new BentoCache({
    default: BUS_NAME,
    stores: { [BUS_NAME]: store },
    prefix: CACHE_PREFIX,
    grace: false,
    l2CircuitBreakerDuration: REST_MS,
  });
  // The subscription begins with the first use of the store.
  bento.use();

  return {
    async read(key: string): Promise<Held | undefined> {
      const note: TierNote = { redis: 'not-asked' };
      const found: unknown = await tierNotes.run(note, () => bento.get({ key }));
      if (found === undefined) return undefined;
      const entry = Entry.safeParse(found);
      if (entry.success) return { entry: entry.data, tier: note.redis === 'not-asked' ? 'memory' : 'redis' };
      cacheErrors.inc({ operation: 'malformed' });
      return undefined;
    },

    async write(key: string, entry: Entry, lifeMs: number): Promise<void> {
      await bento.set({ key, value: entry, ttl: lifeMs });
    },

    /** Throws `cache-unreachable` where the shared tier may still hold the entry. */
    async remove(key: string): Promise<void> {
      const note: TierNote = { redis: 'not-asked' };
      await tierNotes.run(note, () => bento.delete({ key }));
      if (note.redis === 'done') return;
      throw new SluiceError('cache-unreachable', 'The cache cannot be reached.', { disposition: 'retry' });
    },

    stop: (): Promise<void> => bento.disconnectAll(),
  };
}
