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

function open() {
  const redis = connectRedis(cacheServer.url, { name: 'cache' });
  const cache = createCache({ redis, leases, redisTimeoutMs: 100 });
  opened.push({ cache, redis });
  return cache;
}

function openNamespace(cache = open()) {
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

test('the gauge to alert on falls to 0 and rises again, without traffic and with it; statistics tell the same', async () => {
  const [busy, idle] = [open(), open()];
  const namespace = openNamespace(busy);
  await namespace.getOrAsk('x', async () => 1);
  await eventually(async () => expect(await isUp()).toBe(1));
  await cacheServer.crash();
  await eventually(async () => expect(await isUp()).toBe(0));
  expect(await idle.stats()).toMatchObject({ isUp: false, redis: null });
  expect(await namespace.getOrAsk('y', async () => 2)).toEqual({ value: 2, source: 'fresh' });
  expect(await busy.stats()).toMatchObject({ isUp: false, redis: null });
  await cacheServer.restart();
  await eventually(async () => expect(await isUp()).toBe(1));
  expect((await idle.stats()).redis?.usedBytes).toBeGreaterThan(0);
});

test('many questions cost a server that hangs a few commands, and an answer is kept in this process meanwhile', async () => {
  const namespace = openNamespace();
  await namespace.getOrAsk('before', async () => 0);
  process.kill(cacheServer.pid(), 'SIGSTOP');
  const before = await errorsOf('get');
  const unshared = await unsharedAnswers();
  let calls = 0;
  const ask = async () => ++calls;
  try {
    // One after another: the first finds the server hanging, the others leave it alone for a second at a time.
    for (let at = 0; at < 200; at += 1) await namespace.getOrAsk(`y${at}`, ask);
    for (let at = 0; at < 200; at += 1) await namespace.getOrAsk(`y${at}`, ask);
  } finally {
    process.kill(cacheServer.pid(), 'SIGCONT');
  }
  expect(calls).toBe(200);
  expect((await unsharedAnswers()) - unshared).toBe(200);
  const failures = (await errorsOf('get')) - before;
  expect(failures).toBeGreaterThanOrEqual(1);
  expect(failures).toBeLessThan(100);
});

async function isUp(): Promise<number | undefined> {
  return (await register.getSingleMetric('sluice_cache_up')?.get())?.values[0]?.value;
}

async function scriptRuns(): Promise<number> {
  const stats = await leases.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

async function unsharedAnswers(): Promise<number> {
  const metric = await register.getSingleMetric('sluice_cache_unshared_total')?.get();
  return metric?.values.find(({ labels }) => labels['namespace'] === 'outage')?.value ?? 0;
}

async function errorsOf(operation: string): Promise<number> {
  const metric = await register.getSingleMetric('sluice_cache_errors_total')?.get();
  return metric?.values.find(({ labels }) => labels['operation'] === operation)?.value ?? 0;
}
