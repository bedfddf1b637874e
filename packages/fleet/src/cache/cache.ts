import { SluiceError } from '@sluice/contracts';
import type { Redis } from '../redis/index.ts';
import type { Answer, Ask, Scope } from './answer.ts';
import { type Asked, createAsking } from './asking.ts';
import { createFlights, type Flights } from './flights.ts';
import { watchCache } from './metrics.ts';
import { type NamespaceConfig, requireNamespace } from './namespace.ts';
import { createShelf, type Shelf } from './shelf.ts';
import { type CacheStats, createTally, type NamespaceCounts, serverStateOf, type Tally } from './stats.ts';
import { createNoTiers, createTiers } from './tiers.ts';

export interface CacheConfig {
  /**
   * The cache's own server (`allkeys-lru`). It stays the caller's to close, and so does `leases`. Null: the cache is off, and every
   * question is asked, but still once at a time in the fleet.
   */
  redis: Redis | null;
  /** The queue's server: it holds the leases of calls in flight. */
  leases: Redis;
  /** Cap of the tier in memory; 32 MB where nothing is said. */
  memoryBytes?: number;
  /** Lifetime of a hit in namespaces that name none; 300 s where nothing is said. */
  defaultSeconds?: number;
  /** How long the cache's server is waited for; 500 ms where nothing is said. */
  redisTimeoutMs?: number;
  /** What the death of a process that asks costs the others; 10 s where nothing is said. */
  leaseMs?: number;
  /** How long another process's call is waited for; 30 s where nothing is said. */
  waitMs?: number;
  /** Epoch ms; decides what is fresh. */
  now?: () => number;
  /** In [0, 1): spreads the ends of lifetimes. */
  random?: () => number;
}

export interface Namespace<T> {
  /** The fresh answer that a tier holds, if one does. Never asks. */
  get(resource: string, scope?: Scope): Promise<Answer<T> | undefined>;
  /**
   * The fresh answer, asked for where no tier holds it: once for all callers in all processes. An error is shared with the callers
   * that wait and then forgotten. Throws what `ask` throws, `answer-pending` when another process takes too long, `cache-ask-timeout` after
   * the namespace's `hardMs` (both `retry`), and `answer-malformed` when an answer does not fit the schema; but where a stale hit is held,
   * that is given instead.
   */
  getOrAsk(resource: string, ask: Ask<T>, scope?: Scope): Promise<Answer<T>>;
  /** Stores an answer that is known otherwise, and replaces one that is held. Throws `answer-malformed`. */
  put(resource: string, value: T, scope?: Scope): Promise<void>;
  /**
   * Forgets the answer in all processes: the copies of those that hear the cache's server within a second, those of others within the namespace's
   * `blindMs`. An answer that was asked for before is neither stored nor given to anyone who asks afterwards. Throws `cache-unreachable` (`retry`).
   */
  invalidate(resource: string, scope?: Scope): Promise<void>;
}

/** What can be forgotten at once, with the same guarantees as {@link Namespace.invalidate}, in one step however much it is. */
export interface Forgetful {
  /** All answers of the namespace, of all tenants and versions, that `tagsOf` gave this tag. */
  invalidateTag(tag: string): Promise<void>;
  /** All of the tenant's answers in the namespace: for when its permissions change. */
  invalidateTenant(tenant: string): Promise<void>;
  /** The whole namespace, of all tenants and versions. */
  invalidateAll(): Promise<void>;
}

export interface Cache {
  /** Resources are normalised by the caller. Throws `bad-namespace`. */
  namespace<T>(config: NamespaceConfig<T>): Namespace<T> & Forgetful;
  /** The namespaces of this process by name; undefined where it has none of that name. */
  named(name: string): (Pick<Namespace<unknown>, 'invalidate'> & Forgetful) | undefined;
  stats(): Promise<CacheStats>;
  /** By namespace, since the start of this process. */
  counts(): ReadonlyMap<string, NamespaceCounts>;
  stop(): Promise<void>;
}

/** Two tiers, and one question for the whole fleet. When the cache's server is away, calls go through. */
export function createCache(config: CacheConfig): Cache {
  const { redis, leases, defaultSeconds = 300, now = Date.now, random = Math.random } = config;
  const { memoryBytes = 32 * 1_024 * 1_024, redisTimeoutMs = 500, leaseMs = 10_000, waitMs = 30_000 } = config;
  const tiers = redis === null ? createNoTiers() : createTiers({ redis, memoryBytes, redisTimeoutMs, now });
  const flights = createFlights({ leases, leaseMs, waitMs });
  const tally = createTally();
  const namespaces = new Map<string, Pick<Namespace<unknown>, 'invalidate'> & Forgetful>();
  const server = async () => {
    const info = await tiers.info();
    return info === undefined ? undefined : serverStateOf(info);
  };
  const memory = () =>
    tiers.memory.namespaces().map((namespace) => ({ namespace, bytes: tiers.memory.held(namespace).bytes }));
  const unwatch = redis === null ? () => undefined : watchCache({ isUp: tiers.isUp, memory, server });

  return {
    namespace<T>(settings: NamespaceConfig<T>) {
      requireNamespace(settings);
      const onStored = (sizes: { rawBytes: number; storedBytes: number }) => tally.wrote(settings.name, sizes);
      const shelf = createShelf({ settings, tiers, defaultSeconds, now, random, onStored });
      const namespace = { ...createQuestions(settings, shelf, flights, tally), ...createAnswers(shelf) };
      namespaces.set(settings.name, namespace);
      return namespace;
    },

    named: (name) => namespaces.get(name),

    async stats() {
      const { bytes, entries, evictions } = tiers.memory;
      const held = { entries: entries(), bytes: bytes(), evictions: evictions() };
      // Asking tells whether it is up, also where nothing was asked before.
      const facts = (await server()) ?? null;
      return {
        v: 1,
        isEnabled: redis !== null,
        isUp: redis !== null && tiers.isUp(),
        memory: { ...held, maxBytes: redis === null ? 0 : memoryBytes },
        redis: facts,
        namespaces: tally.read(tiers.memory.held),
      };
    },

    counts: tally.counts,

    async stop() {
      unwatch();
      await tiers.stop();
    },
  };
}

function createQuestions<T>(
  { name, softMs, hardMs }: NamespaceConfig<T>,
  shelf: Shelf<T>,
  flights: Flights,
  tally: Tally,
): Pick<Namespace<T>, 'get' | 'getOrAsk'> {
  const asking = createAsking(shelf, flights, { softMs, hardMs });
  const tell = (startMs: number, { value, source, askedMs }: Asked<T>): Answer<T> => {
    tally.told(name, { source, isNegative: value === null, tookMs: performance.now() - startMs, askedMs });
    return { value, source };
  };

  return {
    async get(resource, scope) {
      const startMs = performance.now();
      const { found } = await shelf.read(shelf.placeOf(resource, scope));
      if (found?.isFresh === true) return tell(startMs, { ...found, askedMs: found.entry.askedMs });
      tally.miss(name);
      return undefined;
    },

    async getOrAsk(resource, ask, scope) {
      const startMs = performance.now();
      const place = shelf.placeOf(resource, scope);
      const looked = await shelf.read(place);
      const { found } = looked;
      if (found?.isFresh === true) return tell(startMs, { ...found, askedMs: found.entry.askedMs });
      tally.miss(name);
      return tell(startMs, await asking(place, ask, looked));
    },
  };
}

function createAnswers<T>(shelf: Shelf<T>): Pick<Namespace<T>, 'put' | 'invalidate'> & Forgetful {
  return {
    async put(resource, value, scope) {
      const place = shelf.placeOf(resource, scope);
      const { fate } = await shelf.write(await shelf.begin(place, 'put'), place, value, 0);
      // Something newer came between, which may not have been written in the end: nobody may see what was there before.
      if (fate === 'overtaken') await shelf.forget(place).catch(ignoreUnreachable);
    },
    invalidate: async (resource, scope) => shelf.forget(shelf.placeOf(resource, scope)),
    invalidateTag: (tag) => shelf.forgetTag(tag),
    invalidateTenant: async (tenant) => shelf.forgetTenant(tenant),
    invalidateAll: () => shelf.forgetAll(),
  };
}

function ignoreUnreachable(error: unknown): void {
  if (!(error instanceof SluiceError && error.code === 'cache-unreachable')) throw error;
}
