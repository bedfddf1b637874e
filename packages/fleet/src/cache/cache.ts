import type { Redis } from '../redis/index.ts';
import type { Answer, Ask, Scope } from './answer.ts';
import { createAsking } from './asking.ts';
import { createFlights, type Flights } from './flights.ts';
import { keyOf } from './keys.ts';
import { cacheAnswers, cacheMisses } from './metrics.ts';
import { type NamespaceConfig, requireNamespace } from './namespace.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { createTiers } from './tiers.ts';

export interface CacheConfig {
  /** The cache's own server (`allkeys-lru`). It stays the caller's to close, and so does `leases`. */
  redis: Redis;
  /** The queue's server: it holds the leases of calls in flight. */
  leases: Redis;
  /** Cap of the tier in memory; 32 MB where nothing is said. */
  memoryBytes?: number;
  /** How long the cache's server is waited for; 500 ms where nothing is said. */
  redisTimeoutMs?: number;
  /** What the death of a process that asks costs the others; 10 s where nothing is said. */
  leaseMs?: number;
  /** How long another process's call is waited for; 30 s where nothing is said. */
  waitMs?: number;
  /** Epoch ms; decides what is fresh. */
  now?: () => number;
}

export interface Namespace<T> {
  /** The fresh answer that a tier holds, if one does. Never asks. */
  get(resource: string, scope?: Scope): Promise<Answer<T> | undefined>;
  /**
   * The fresh answer, asked for where no tier holds it: once for all callers in all processes. An error is shared with the callers
   * that wait and then forgotten. Throws what `ask` throws, `answer-pending` when another process takes too long, and
   * `answer-malformed` when an answer does not fit the schema; but where a stale hit is held, that is given instead.
   */
  getOrAsk(resource: string, ask: Ask<T>, scope?: Scope): Promise<Answer<T>>;
  /** Forgets the answer in all processes; a call that is in flight may still store its own. Throws `cache-unreachable`. */
  invalidate(resource: string, scope?: Scope): Promise<void>;
}

export interface Cache {
  /** Resources are normalised by the caller. Throws `bad-namespace`. */
  namespace<T>(config: NamespaceConfig<T>): Namespace<T>;
  stop(): Promise<void>;
}

/** Two tiers, and one question for the whole fleet. When the cache's server is away, calls go through. */
export function createCache(config: CacheConfig): Cache {
  const { redis, leases, now = Date.now } = config;
  const { memoryBytes = 32 * 1_024 * 1_024, redisTimeoutMs = 500, leaseMs = 10_000, waitMs = 30_000 } = config;
  const tiers = createTiers({ redis, memoryBytes, redisTimeoutMs });
  const flights = createFlights({ leases, leaseMs, waitMs });
  return {
    namespace(settings) {
      requireNamespace(settings);
      const keyIn = (resource: string, scope: Scope = {}) =>
        keyOf(settings.name, settings.version, resource, scope.tenant);
      return {
        ...createNamespace(settings.name, createShelf(settings, tiers, now), flights, keyIn),
        invalidate: (resource, scope) => tiers.remove(keyIn(resource, scope)),
      };
    },
    stop: () => tiers.stop(),
  };
}

function createNamespace<T>(
  namespace: string,
  shelf: Shelf<T>,
  flights: Flights,
  keyIn: (resource: string, scope?: Scope) => string,
): Pick<Namespace<T>, 'get' | 'getOrAsk'> {
  const asking = createAsking(shelf, flights);
  const told = (answer: Answer<T>): Answer<T> => {
    cacheAnswers.inc({ namespace, source: answer.source });
    return { value: answer.value, source: answer.source };
  };

  return {
    async get(resource, scope) {
      const found = await shelf.read(keyIn(resource, scope));
      if (found?.isFresh === true) return told(found);
      cacheMisses.inc({ namespace });
      return undefined;
    },

    async getOrAsk(resource, ask, scope) {
      const key = keyIn(resource, scope);
      const found = await shelf.read(key);
      if (found?.isFresh === true) return told(found);
      cacheMisses.inc({ namespace });
      return told(await asking(key, ask, found));
    },
  };
}
