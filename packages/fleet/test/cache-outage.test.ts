import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Cache, createCache } from '@sluice/fleet/cache';
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

function openNamespace() {
  const redis = connectRedis(cacheServer.url, { name: 'cache' });
  const cache = createCache({ redis, leases, redisTimeoutMs: 100 });
  opened.push({ cache, redis });
  const lifetimes = { version: 1, hitSeconds: 60, notFoundSeconds: 5, staleSeconds: 0 };
  return cache.namespace({ ...lifetimes, name: 'outage', schema: z.number() });
}

test("calls go through while the cache's server is away, once for two processes, and it heals by itself", async () => {
  const [one, two] = [openNamespace(), openNamespace()];
  let calls = 0;
  const ask = async () => ++calls;
  expect(await one.getOrAsk('before', ask)).toMatchObject({ source: 'fresh' });
  await cacheServer.crash();

  const gate = Promise.withResolvers<void>();
  const slow = () => gate.promise.then(ask);
  const both = [one, two].map((namespace) => namespace.getOrAsk('during', slow));
  await eventually(async () => (await leases.exists('flight:{outage:1::during}')) === 1);
  // The one that asks has boarded; scripts that still run are of the one that waits.
  const boarded = await scriptRuns();
  await eventually(async () => (await scriptRuns()) > boarded);
  gate.resolve();
  expect((await Promise.all(both)).map(({ source }) => source).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'fresh',
    'joined',
  ]);
  expect(calls).toBe(2);
  expect(await one.getOrAsk('before', ask)).toMatchObject({ source: 'memory' });
  await expect(one.invalidate('before')).rejects.toMatchObject({ code: 'cache-unreachable', disposition: 'retry' });
  expect(await errorsOf('get')).toBeGreaterThan(0);

  await cacheServer.restart();
  await eventually(async () => {
    const resource = `after-${calls}`;
    await one.getOrAsk(resource, ask);
    expect(await two.getOrAsk(resource, ask)).toMatchObject({ source: 'redis' });
  });
});

test('a cache opened while its server is away works, and shares answers when it comes', async () => {
  await cacheServer.crash();
  const [one, two] = [openNamespace(), openNamespace()];
  expect(await one.getOrAsk('early', async () => 1)).toEqual({ value: 1, source: 'fresh' });
  await cacheServer.restart();
  await eventually(async () => {
    const resource = `late-${performance.now()}`;
    await one.getOrAsk(resource, async () => 1);
    expect(await two.getOrAsk(resource, async () => 2)).toEqual({ value: 1, source: 'redis' });
  });
});

async function scriptRuns(): Promise<number> {
  const stats = await leases.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

async function errorsOf(operation: string): Promise<number> {
  const metric = await register.getSingleMetric('sluice_cache_errors_total')?.get();
  return metric?.values.find(({ labels }) => labels['operation'] === operation)?.value ?? 0;
}
