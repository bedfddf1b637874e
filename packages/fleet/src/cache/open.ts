import { SluiceError } from '@sluice/contracts';
import { closeRedis, connectRedis, type Redis, requireEvictionPolicy } from '../redis/index.ts';
import { type Cache, createCache } from './cache.ts';
import { createFleetCounts } from './fleet-counts.ts';
import type { CacheSettings } from './settings.ts';

export interface OpenCacheConfig {
  /** `CACHE_REDIS_URL`. */
  url: string | undefined;
  /** The queue's server: it holds the leases of calls in flight. */
  leases: Redis;
  /** This process, as `CLIENT LIST` shows it. */
  name: string;
  /** Trouble with the server, and that it is away at the start. */
  onError: (error: unknown) => void;
  /** Where nothing is said, the cache is on with its defaults. */
  settings?: Pick<CacheSettings, 'CACHE_ENABLED' | 'CACHE_MEMORY_MB' | 'CACHE_DEFAULT_TTL'>;
  /** How long another process's call is waited for, as in `CacheConfig`. */
  waitMs?: number;
}

const POLICY_TIMEOUT_MS = 2_000;
const MIB = 1_024 * 1_024;

/**
 * A cache on a server of its own, and the end of both. Throws `bad-config` where no server is named, and `redis-policy` where it would refuse writes
 * when it is full (`noeviction`); one that is away is no reason not to start. Where the cache is off, no server is needed.
 */
export async function openCache({ url, leases, name, onError, settings, waitMs }: OpenCacheConfig): Promise<Cache> {
  const waiting = waitMs === undefined ? {} : { waitMs };
  if (settings?.CACHE_ENABLED === false) return counted(createCache({ redis: null, leases, ...waiting }), leases);
  if (url === undefined) {
    throw new SluiceError(
      'bad-config',
      'These settings are wrong:\n  CACHE_REDIS_URL names no server: the cache needs a Redis of its own',
    );
  }
  const redis = connectRedis(url, { name: `${name}:cache`, answerWithinMs: POLICY_TIMEOUT_MS, onError });
  try {
    await requireEvictionPolicy(redis, 'allkeys-lru', 'cache');
  } catch (error) {
    if (error instanceof SluiceError) {
      await closeRedis(redis);
      throw error;
    }
    onError(error);
  }
  const sizes = settings && {
    memoryBytes: settings.CACHE_MEMORY_MB * MIB,
    defaultSeconds: settings.CACHE_DEFAULT_TTL,
  };
  const cache = counted(createCache({ redis, leases, ...waiting, ...sizes }), leases);
  return {
    ...cache,
    async stop() {
      await cache.stop();
      await closeRedis(redis);
    },
  };
}

/** What it does is added to the fleet's counts. */
function counted(cache: Cache, redis: Redis): Cache {
  const fleet = createFleetCounts({ redis, counts: cache.counts });
  return {
    ...cache,
    async stop() {
      await fleet.stop();
      await cache.stop();
    },
  };
}
