import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cache, type CacheConfig, createCache, type NamespaceConfig, openCache } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { register } from 'prom-client';
import { z } from 'zod';

let cacheServer: TestRedis;
let queueServer: TestRedis;
let leases: Redis;
let direct: Redis;
const opened: { cache: Cache; redis: Redis }[] = [];

beforeAll(async () => {
  [cacheServer, queueServer] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startRedis()]);
  leases = connectRedis(queueServer.url, { name: 'leases' });
  direct = connectRedis(cacheServer.url, { name: 'direct' });
});
afterEach(async () => {
  for (const { cache, redis } of opened.splice(0)) {
    await cache.stop();
    redis.disconnect();
  }
});
afterAll(async () => {
  await Promise.all([closeRedis(leases), closeRedis(direct)]);
  await Promise.all([cacheServer.stop(), queueServer.stop()]);
});

function open(options: Partial<CacheConfig> = {}): Cache {
  const redis = connectRedis(cacheServer.url, { name: 'cache' });
  const cache = createCache({ redis, leases, redisTimeoutMs: 500, ...options });
  opened.push({ cache, redis });
  return cache;
}

const lifetimes = { version: 1, hitSeconds: 60, notFoundSeconds: 5, staleSeconds: 600, schema: z.string() };
const named = (name: string, more: Partial<NamespaceConfig<string>> = {}) => ({ ...lifetimes, name, ...more });

describe('when asking takes long', () => {
  test('a stale hit is given after the soft limit, the asking goes on, and its answer is there for the next one', async () => {
    let nowMs = Date.now();
    const [one, two] = [1, 2].map(() => open({ now: () => nowMs }).namespace(named('soft', { softMs: 20 })));
    await one?.getOrAsk('x', async () => 'old');
    nowMs += 70_000;
    const gate = Promise.withResolvers<string>();
    let calls = 0;
    const ask = () => {
      calls += 1;
      return gate.promise;
    };
    expect(await one?.getOrAsk('x', ask)).toEqual({ value: 'old', source: 'stale' });
    expect(await one?.getOrAsk('x', ask)).toEqual({ value: 'old', source: 'stale' });
    expect(await two?.getOrAsk('x', ask)).toEqual({ value: 'old', source: 'stale' });
    gate.resolve('new');
    await eventually(async () => expect(await two?.get('x')).toMatchObject({ value: 'new' }));
    expect(await one?.get('x')).toMatchObject({ value: 'new' });
    expect(calls).toBe(1);
  });

  test('an unseen resource, and one that was not known, are waited for beyond the soft limit', async () => {
    let nowMs = Date.now();
    const namespace = open({ now: () => nowMs }).namespace(named('soft-unseen', { softMs: 1 }));
    const slowly = (value: string) => () => new Promise<string>((resolve) => setTimeout(() => resolve(value), 30));
    expect(await namespace.getOrAsk('x', slowly('first'))).toMatchObject({ value: 'first', source: 'fresh' });
    await namespace.getOrAsk('y', async () => null);
    nowMs += 7_000;
    expect(await namespace.getOrAsk('y', slowly('known'))).toMatchObject({ value: 'known', source: 'fresh' });
  });

  test('it is given up after the hard limit for all who wait, with an error that may heal; what comes later is kept', async () => {
    const [one, two] = [open(), open()].map((cache) => cache.namespace(named('hard', { hardMs: 300 })));
    if (one === undefined || two === undefined) throw new TypeError('no namespace');
    const gate = Promise.withResolvers<string>();
    const signals: AbortSignal[] = [];
    const ask = (signal: AbortSignal) => {
      signals.push(signal);
      return gate.promise;
    };
    const asking = [one, one, two].map((namespace) => namespace.getOrAsk('x', ask));
    for (const outcome of await Promise.allSettled(asking)) {
      expect(outcome).toMatchObject({ reason: { code: 'cache-ask-timeout', disposition: 'retry' } });
    }
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    gate.resolve('late');
    await eventually(async () => expect(await two.get('x')).toMatchObject({ value: 'late' }));
  });

  test('a stale hit stands in at the hard limit', async () => {
    let nowMs = Date.now();
    const namespace = open({ now: () => nowMs }).namespace(named('hard-stale', { hardMs: 20 }));
    await namespace.getOrAsk('x', async () => 'old');
    nowMs += 70_000;
    const never = () => new Promise<string>(() => undefined);
    expect(await namespace.getOrAsk('x', never)).toEqual({ value: 'old', source: 'stale' });
  });
});

describe('an entry', () => {
  test('lives a tenth longer or shorter, as chance has it', async () => {
    let nowMs = Date.now();
    const at = (random: number) => open({ now: () => nowMs, random: () => random }).namespace(named('jitter'));
    const [short, long] = [at(0), at(0.999_999)];
    await short.getOrAsk('short', async () => 'x');
    await long.getOrAsk('long', async () => 'x');
    nowMs += 53_999;
    expect(await short.get('short')).toBeDefined();
    nowMs += 2;
    expect(await short.get('short')).toBeUndefined();
    nowMs += 11_990;
    expect(await long.get('long')).toBeDefined();
    nowMs += 100;
    expect(await long.get('long')).toBeUndefined();
  });

  test('that is large is compressed in Redis and whole elsewhere', async () => {
    const text = 'a verdict with evidence '.repeat(1_000);
    const cache = open();
    await cache.namespace(named('packed')).getOrAsk('x', async () => text);
    await cache.namespace(named('plain', { compressAboveBytes: 1e9 })).getOrAsk('x', async () => text);
    expect(await direct.strlen('cache:packed:1::x')).toBeLessThan(2_000);
    expect(await direct.strlen('cache:plain:1::x')).toBeGreaterThan(text.length);
    expect(await open().namespace(named('packed')).get('x')).toEqual({ value: text, source: 'redis' });
    const { packed } = (await cache.stats()).namespaces;
    expect(packed?.rawBytes).toBeGreaterThan(text.length);
    expect(packed?.storedBytes).toBeLessThan(2_000);
  });

  test('that somebody else wrote badly is none', async () => {
    const namespace = open().namespace(named('bad'));
    await namespace.getOrAsk('x', async () => 'good');
    const held = await direct.get('cache:bad:1::x');
    for (const text of ['', 'nonsense', `${held?.split('\n')[0]}\nbnonsense`, `${held?.split('\n')[0]}\nj{}`]) {
      await direct.set('cache:bad:1::x', text, 'EX', 60);
      expect(await open().namespace(named('bad')).get('x')).toBeUndefined();
    }
  });

  test('and all that belongs to it expires in Redis', async () => {
    const namespace = open().namespace(named('expiring', { tagsOf: () => ['t'] }));
    await namespace.getOrAsk('x', async () => 'x', { tenant: 'acme' });
    await namespace.put('y', 'y');
    await namespace.invalidateTag('t');
    await namespace.invalidate('x', { tenant: 'acme' });
    await namespace.getOrAsk('z', () => Promise.reject(new Error('no'))).catch(() => undefined);
    const keys = await direct.keys('*expiring*');
    expect(keys.length).toBeGreaterThanOrEqual(2);
    for (const key of keys) expect(await direct.pttl(key)).toBeGreaterThan(0);
  });

  test('makes room in memory by bytes', async () => {
    const cache = open({ memoryBytes: 200_000 });
    const namespace = cache.namespace(named('room'));
    for (let at = 0; at < 50; at += 1) await namespace.getOrAsk(`x${at}`, async () => 'a'.repeat(10_000));
    const { memory, namespaces } = await cache.stats();
    expect(memory.bytes).toBeLessThanOrEqual(200_000);
    expect(memory).toMatchObject({ entries: 18, evictions: 32, maxBytes: 200_000 });
    expect(namespaces['room']).toMatchObject({ memoryEntries: 18, memoryBytes: memory.bytes });
    expect(await namespace.get('x49')).toMatchObject({ source: 'memory' });
    expect(await namespace.get('x0')).toMatchObject({ source: 'redis' });
  });
});

describe('statistics', () => {
  test('count hits by tier, misses, stale, joined, not-known ones, and what hits saved', async () => {
    let nowMs = Date.now();
    const cache = open({ now: () => nowMs, random: () => 0.5 });
    const namespace = cache.namespace(named('counted'));
    const gate = Promise.withResolvers<string>();
    const asking = [1, 2, 3].map(() => namespace.getOrAsk('x', () => gate.promise));
    await eventually(async () => (await leases.exists('flight:{counted:1::x}')) === 1);
    const pausedMs = 40;
    await new Promise((resolve) => setTimeout(resolve, pausedMs));
    gate.resolve('x');
    await Promise.all(asking);
    for (let hit = 0; hit < 4; hit += 1) await namespace.get('x');
    await namespace.getOrAsk('unknown', async () => null);
    await namespace.get('unknown');
    nowMs += 61_000;
    await namespace.getOrAsk('x', () => Promise.reject(new Error('down')));
    const elsewhere = open({ now: () => nowMs - 61_000 });
    await elsewhere.namespace(named('counted')).get('x');

    const { namespaces, ...state } = await cache.stats();
    const { counted } = namespaces;
    const counts = { memory: 5, redis: 0, fresh: 2, joined: 2, stale: 1, misses: 5, negative: 1 };
    expect(counted).toMatchObject({ ...counts, savedCalls: 7, hitShare: 0.5, memoryEntries: 2 });
    expect(counted?.savedMs).toBeGreaterThanOrEqual(4 * (pausedMs - 1));
    expect(counted?.meanHitMs).toBeGreaterThan(0);
    expect(state).toMatchObject({ v: 1, isEnabled: true, isUp: true, redis: { evictedKeys: 0, maxBytes: 0 } });
    expect(state.redis?.usedBytes).toBeGreaterThan(100_000);
    const other = (await elsewhere.stats()).namespaces['counted'];
    expect(other).toMatchObject({ redis: 1, memory: 0, savedCalls: 1 });
    expect(other?.savedMs).toBeGreaterThanOrEqual(pausedMs - 1);
  });

  test('are told to Prometheus, with evictions of the server', async () => {
    const namespace = open().namespace(named('scraped'));
    await namespace.getOrAsk('x', async () => null);
    await namespace.get('x');
    expect(await register.metrics()).toMatch(/^sluice_cache_memory_bytes\{namespace="scraped"\} [1-9]\d*$/m);
    await direct.config('SET', 'maxmemory', String((await usedBytes()) + 2_000_000));
    for (let at = 0; at < 400; at += 1) await namespace.put(`y${at}`, noise());
    const text = await register.metrics();
    await direct.config('SET', 'maxmemory', '0');
    expect(text).toContain('sluice_cache_answers_total{namespace="scraped",source="memory"} 1');
    expect(text).toContain('sluice_cache_misses_total{namespace="scraped"} 1');
    expect(text).toContain('sluice_cache_negative_total{namespace="scraped"} 1');
    expect(text).toContain('sluice_cache_saved_calls_total{namespace="scraped"} 1');
    expect(text).toContain('sluice_cache_answer_duration_seconds_count{namespace="scraped",source="memory"} 1');
    expect(text).toMatch(/^sluice_cache_up 1$/m);
    expect(text).toMatch(/^sluice_cache_redis_evicted_keys [1-9]\d*$/m);
    expect(text).toMatch(/^sluice_cache_redis_bytes\{what="max"\} [1-9]\d*$/m);
  });
});

describe('a namespace that names no lifetime', () => {
  test('has the one of CACHE_DEFAULT_TTL, a quarter of it for what is not known, and nothing stale', async () => {
    const settings = { CACHE_ENABLED: true, CACHE_MEMORY_MB: 1, CACHE_DEFAULT_TTL: 80 };
    const cache = await openCache({ url: cacheServer.url, leases, name: 'plain', onError: () => undefined, settings });
    try {
      const plain = cache.namespace({ name: 'plain', version: 1, jitterShare: 0, schema: z.string() });
      await plain.getOrAsk('known', async () => 'x');
      await plain.getOrAsk('unknown', async () => null);
      const lives = ['known', 'unknown'].map((key) => direct.pttl(`cache:plain:1::${key}`));
      const [known = 0, unknown = 0] = await Promise.all(lives);
      expect(known).toBeLessThanOrEqual(80_000);
      expect(known).toBeGreaterThan(unknown);
      expect(unknown).toBeLessThanOrEqual(20_000);
      expect(unknown).toBeGreaterThan(0);
    } finally {
      await cache.stop();
    }
  });

  test('lives as long as the cache says where it is made without settings', async () => {
    let nowMs = Date.now();
    const cache = open({ defaultSeconds: 10, now: () => nowMs });
    const plain = cache.namespace({ name: 'plain-10', version: 1, jitterShare: 0, schema: z.string() });
    await plain.put('x', 'held');
    nowMs += 9_999;
    expect(await plain.get('x')).toMatchObject({ value: 'held' });
    nowMs += 1;
    expect(await plain.get('x')).toBeUndefined();
  });
});

describe('a cache that is off', () => {
  const settings = { CACHE_ENABLED: false, CACHE_MEMORY_MB: 32, CACHE_DEFAULT_TTL: 300 };

  test('asks every time, but still once at a time in the fleet', async () => {
    const caches = await Promise.all(
      [1, 2].map(() => openCache({ url: undefined, leases, name: 'off', onError: () => undefined, settings })),
    );
    const namespaces = caches.map((cache) => cache.namespace(named('off')));
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    // Larger than what is passed on where the cache has it.
    const ask = () => gate.promise.then(() => `${++calls}`.padStart(100_000));
    const asking = namespaces.flatMap((namespace) => [1, 2, 3].map(() => namespace.getOrAsk('x', ask)));
    await eventually(async () => (await leases.exists('flight:{off:1::x}')) === 1);
    const runs = await scriptRuns();
    await eventually(async () => (await scriptRuns()) > runs);
    gate.resolve();
    expect((await Promise.all(asking)).map(({ value }) => value?.trim())).toEqual(Array(6).fill('1'));
    expect(await namespaces[0]?.getOrAsk('x', ask)).toMatchObject({ source: 'fresh' });
    expect(calls).toBe(2);
    await namespaces[0]?.put('x', 'put');
    expect(await namespaces[0]?.get('x')).toBeUndefined();
    await namespaces[0]?.invalidateAll();
    expect(await caches[0]?.stats()).toMatchObject({ isEnabled: false, redis: null });
    await Promise.all(caches.map((cache) => cache.stop()));
  });
});

async function usedBytes(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await direct.info('memory'))?.[1] ?? 0);
}

async function scriptRuns(): Promise<number> {
  const stats = await leases.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** 20 kB that no compression makes small. */
function noise(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(15_000))).toString('base64');
}
