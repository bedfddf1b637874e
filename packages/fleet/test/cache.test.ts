import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { type Cache, type CacheConfig, cached, createCache } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { register } from 'prom-client';
import { z } from 'zod';

let cacheServer: TestRedis;
let queueServer: TestRedis;
let leases: Redis;
const opened: { cache: Cache; redis: Redis }[] = [];

beforeAll(async () => {
  [cacheServer, queueServer] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startRedis()]);
  leases = connectRedis(queueServer.url, { name: 'leases' });
});
afterEach(async () => {
  for (const { cache, redis } of opened.splice(0)) {
    await cache.stop();
    redis.disconnect();
  }
});
afterAll(async () => {
  await closeRedis(leases);
  await Promise.all([cacheServer.stop(), queueServer.stop()]);
});

const schema = z.object({ score: z.number() });
const lifetimes = { version: 1, hitSeconds: 60, notFoundSeconds: 5, staleSeconds: 600, schema };

/** A cache as another process would have it: own memory, own connection. */
function openCache(options: Partial<CacheConfig> = {}): Cache {
  const redis = connectRedis(cacheServer.url, { name: 'cache' });
  const cache = createCache({ redis, leases, redisTimeoutMs: 200, random: () => 0.5, ...options });
  opened.push({ cache, redis });
  return cache;
}

/** A provider that counts its calls and answers when it is told to. */
function createProvider(answers: ({ score: number } | null | Error)[]) {
  let calls = 0;
  const gate = Promise.withResolvers<void>();
  return {
    calls: () => calls,
    open: () => gate.resolve(),
    gated: () => gate.promise.then(() => answer()),
    ask: () => answer(),
  };

  async function answer(): Promise<{ score: number } | null> {
    const next = answers[Math.min(calls++, answers.length - 1)];
    if (next instanceof Error) throw next;
    return next ?? null;
  }
}

const started = (key: string) => eventually(async () => (await leases.exists(`flight:{${key}}`)) === 1);

/** Resolves when one process asks and another waits: the one that asks has boarded, scripts that still run are of the other. */
async function startedAndAwaited(key: string): Promise<void> {
  await started(key);
  const boarded = await scriptRuns();
  await eventually(async () => (await scriptRuns()) > boarded);
}

async function scriptRuns(): Promise<number> {
  const stats = await leases.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe('an answer', () => {
  test('comes from the provider, then from memory, and in another process from Redis, then from its memory', async () => {
    const name = 'tiers';
    const [one, two] = [openCache(), openCache()].map((cache) => cache.namespace({ ...lifetimes, name }));
    const { ask, calls } = createProvider([{ score: 7 }]);
    const sources = [];
    for (const namespace of [one, one, two, two]) sources.push((await namespace?.getOrAsk('x', ask))?.source);
    expect(sources).toEqual(['fresh', 'memory', 'redis', 'memory']);
    expect(calls()).toBe(1);
    expect(await two?.get('x')).toEqual({ value: { score: 7 }, source: 'memory' });
    expect(await two?.get('y')).toBeUndefined();
    expect(await register.getSingleMetricAsString('sluice_cache_answers_total')).toContain(
      'sluice_cache_answers_total{namespace="tiers",source="redis"} 1',
    );
  });

  test('is asked for once by many callers in two processes', async () => {
    const name = 'once';
    const namespaces = [openCache(), openCache()].map((cache) => cache.namespace({ ...lifetimes, name }));
    const provider = createProvider([{ score: 1 }]);
    const asking = namespaces.flatMap((namespace) =>
      Array.from({ length: 20 }, () => namespace.getOrAsk('x', provider.gated)),
    );
    await startedAndAwaited('once:1::x');
    provider.open();
    const answers = await Promise.all(asking);
    expect(provider.calls()).toBe(1);
    expect(answers.filter(({ source }) => source === 'fresh')).toHaveLength(1);
    expect(answers.filter(({ source }) => source === 'joined')).toHaveLength(39);
    expect(new Set(answers.map(({ value }) => value?.score))).toEqual(new Set([1]));
  });

  test('costs many callers of one process one lease', async () => {
    const namespace = openCache().namespace({ ...lifetimes, name: 'together' });
    const provider = createProvider([{ score: 1 }]);
    const before = await scriptRuns();
    const asking = Array.from({ length: 20 }, () => namespace.getOrAsk('x', provider.gated));
    await started('together:1::x');
    provider.open();
    await Promise.all(asking);
    const boardedAndLanded = 2;
    expect((await scriptRuns()) - before).toBe(boardedAndLanded);
  });

  test('too large to be passed on is read from the cache by those who waited', async () => {
    const large = z.object({ text: z.string() });
    const namespaces = [openCache(), openCache()].map((cache) =>
      cache.namespace({ ...lifetimes, name: 'large', schema: large }),
    );
    let calls = 0;
    const gate = Promise.withResolvers<void>();
    const ask = () => gate.promise.then(() => ({ text: 'a'.repeat(100_000 + calls++) }));
    const asking = namespaces.map((namespace) => namespace.getOrAsk('x', ask));
    await startedAndAwaited('large:1::x');
    gate.resolve();
    expect((await Promise.all(asking)).map(({ source }) => source).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'fresh',
      'joined',
    ]);
    expect(calls).toBe(1);
  });

  test('of one tenant is not given to another, nor that of another version', async () => {
    const name = 'tenants';
    const cache = openCache();
    const namespace = cache.namespace({ ...lifetimes, name });
    const { ask } = createProvider([{ score: 1 }, { score: 2 }, { score: 3 }, { score: 4 }]);
    const answers = [
      await namespace.getOrAsk('x', ask, { tenant: 'acme' }),
      await namespace.getOrAsk('x', ask, { tenant: 'globex' }),
      await namespace.getOrAsk('x', ask),
      await cache.namespace({ ...lifetimes, name, version: 2 }).getOrAsk('x', ask),
      await namespace.getOrAsk('x', ask, { tenant: 'acme' }),
    ];
    expect(answers.map(({ value }) => value?.score)).toEqual([1, 2, 3, 4, 1]);
  });

  test('that is invalidated is asked for again in every process', async () => {
    const namespaces = [openCache(), openCache()].map((cache) => cache.namespace({ ...lifetimes, name: 'gone' }));
    const { ask } = createProvider([{ score: 1 }, { score: 2 }]);
    for (const namespace of namespaces) await namespace.getOrAsk('x', ask);
    expect(await namespaces[1]?.get('x')).toMatchObject({ source: 'memory' });
    await eventually(async () => (await cacheSubscribers()) >= 2);
    await namespaces[0]?.invalidate('x');
    await eventually(async () => (await namespaces[1]?.get('x')) === undefined);
    expect(await namespaces[1]?.getOrAsk('x', ask)).toEqual({ value: { score: 2 }, source: 'fresh' });
  });

  test('"not found" lives shorter, and never stands in when asking fails', async () => {
    let nowMs = Date.now();
    const cache = openCache({ now: () => nowMs });
    const namespace = cache.namespace({ ...lifetimes, name: 'unknown' });
    const { ask, calls } = createProvider([null, new Error('down')]);
    expect(await namespace.getOrAsk('x', ask)).toEqual({ value: null, source: 'fresh' });
    nowMs += 4_999;
    expect(await namespace.getOrAsk('x', ask)).toEqual({ value: null, source: 'memory' });
    nowMs += 1;
    await expect(namespace.getOrAsk('x', ask)).rejects.toThrow('down');
    expect(calls()).toBe(2);
  });

  test('that does not fit the schema is refused and not kept', async () => {
    const namespace = openCache().namespace({ ...lifetimes, name: 'wrong' });
    const wrong = async () => ({ score: 'high' }) as unknown as { score: number };
    await expect(namespace.getOrAsk('x', wrong)).rejects.toMatchObject({ code: 'answer-malformed' });
    expect(await namespace.get('x')).toBeUndefined();
    const dates = openCache().namespace({ ...lifetimes, name: 'dates', schema: z.date() });
    await expect(dates.getOrAsk('x', async () => new Date())).rejects.toMatchObject({ code: 'answer-malformed' });
  });
});

describe('when asking fails', () => {
  const refusal = new SluiceError('quota-exhausted', 'used up', { disposition: 'retry-at', retryAtMs: 42 });

  test('the error is shared with those who wait, in both processes, and is not cached', async () => {
    const namespaces = [openCache(), openCache()].map((cache) => cache.namespace({ ...lifetimes, name: 'errors' }));
    const provider = createProvider([refusal, { score: 5 }]);
    const asking = namespaces.flatMap((namespace) => [1, 2].map(() => namespace.getOrAsk('x', provider.gated)));
    await startedAndAwaited('errors:1::x');
    provider.open();
    const outcomes = await Promise.allSettled(asking);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'quota-exhausted', disposition: 'retry-at', retryAtMs: 42 } });
    }
    expect(provider.calls()).toBe(1);
    expect(await namespaces[1]?.getOrAsk('x', provider.ask)).toEqual({ value: { score: 5 }, source: 'fresh' });
  });

  test('the last hit is served and marked as stale, in every process, until it is too old', async () => {
    let nowMs = Date.now();
    const options = { ...lifetimes, name: 'stale' };
    const [one, two] = [openCache({ now: () => nowMs }), openCache({ now: () => nowMs })];
    const { ask, calls } = createProvider([{ score: 3 }, refusal, refusal, { score: 4 }]);
    await one.namespace(options).getOrAsk('x', ask);
    nowMs += 60_000;
    expect(await one.namespace(options).getOrAsk('x', ask)).toEqual({ value: { score: 3 }, source: 'stale' });
    expect(await two.namespace(options).getOrAsk('x', ask)).toEqual({ value: { score: 3 }, source: 'stale' });
    expect(await one.namespace(options).getOrAsk('x', ask)).toEqual({ value: { score: 4 }, source: 'fresh' });
    expect(calls()).toBe(4);
    expect(await cachePttl('stale:1::x')).toBeGreaterThan(60_000);
    expect(await cachePttl('stale:1::x')).toBeLessThanOrEqual(660_000);
  });
});

describe('a call in flight', () => {
  test('of a process that died is taken over after one lease', async () => {
    const doomed = connectRedis(queueServer.url, { name: 'doomed' });
    const provider = createProvider([{ score: 9 }]);
    const dead = openCache({ leases: doomed, leaseMs: 300 }).namespace({ ...lifetimes, name: 'dead' });
    const lost = dead.getOrAsk('x', provider.gated);
    await started('dead:1::x');
    doomed.disconnect();
    const survivor = openCache({ leaseMs: 300 }).namespace({ ...lifetimes, name: 'dead' });
    expect(await survivor.getOrAsk('x', provider.ask)).toEqual({ value: { score: 9 }, source: 'fresh' });
    expect(provider.calls()).toBe(1);
    provider.open();
    await lost;
  });

  test('longer than its lease keeps it, and is waited for no longer than allowed', async () => {
    const provider = createProvider([{ score: 9 }]);
    const options = { ...lifetimes, name: 'slow' };
    const asking = openCache({ leaseMs: 100 }).namespace(options).getOrAsk('x', provider.gated);
    await started('slow:1::x');
    const other = openCache({ waitMs: 400 }).namespace(options);
    await expect(other.getOrAsk('x', provider.ask)).rejects.toMatchObject({
      code: 'answer-pending',
      disposition: 'retry',
    });
    provider.open();
    expect(await asking).toMatchObject({ source: 'fresh' });
    expect(provider.calls()).toBe(1);
  });

  test('leaves no lease, and no outcome that does not expire', async () => {
    const namespace = openCache().namespace({ ...lifetimes, name: 'tidy' });
    await namespace.getOrAsk('x', createProvider([{ score: 1 }]).ask);
    expect(await leases.exists('flight:{tidy:1::x}')).toBe(0);
    const lifeMs = await leases.pttl('flight:{tidy:1::x}:last');
    expect(lifeMs).toBeGreaterThan(0);
    expect(lifeMs).toBeLessThanOrEqual(5_000);
  });
});

test('a cached function asks once and knows whose answer it is', async () => {
  const namespace = openCache().namespace({ ...lifetimes, name: 'function' });
  const lookup = cached(namespace, async (resource, { tenant }) => ({
    score: resource.length + (tenant ?? '').length,
  }));
  expect(await lookup('abc')).toEqual({ value: { score: 3 }, source: 'fresh' });
  expect(await lookup('abc')).toEqual({ value: { score: 3 }, source: 'memory' });
  expect(await lookup('abc', { tenant: 'acme' })).toEqual({ value: { score: 7 }, source: 'fresh' });
});

async function cacheSubscribers(): Promise<number> {
  const [, count] = await withCacheServer((redis) => redis.pubsub('NUMSUB', 'cache:notices'));
  return Number(count);
}

const cachePttl = (key: string) => withCacheServer((redis) => redis.pttl(`cache:${key}`));

function withCacheServer<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = connectRedis(cacheServer.url, { name: 'look' });
  return use(redis).finally(() => redis.disconnect());
}
