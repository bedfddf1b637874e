import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCache, readFleetCounts } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { z } from 'zod';

let cacheServer: TestRedis;
let queueServer: TestRedis;
let leases: Redis;

beforeAll(async () => {
  [cacheServer, queueServer] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startRedis()]);
  leases = connectRedis(queueServer.url, { name: 'leases' });
});
afterAll(async () => {
  await closeRedis(leases);
  await Promise.all([cacheServer.stop(), queueServer.stop()]);
});

const lifetimes = { version: 1, hitSeconds: 60, notFoundSeconds: 5, staleSeconds: 0, schema: z.string() };
const open = (url: string | undefined, onError: (error: unknown) => void = () => undefined) =>
  openCache({ url, leases, name: 'test', onError });

describe('opening the cache', () => {
  test('is refused without a server of its own, and on one that refuses writes when it is full', async () => {
    await expect(open(undefined)).rejects.toMatchObject({ code: 'bad-config' });
    await expect(open(queueServer.url)).rejects.toMatchObject({ code: 'redis-policy' });
  });

  test('does not wait for a server that is away', async () => {
    const troubles: unknown[] = [];
    const cache = await open('redis://127.0.0.1:1', (error) => troubles.push(error));
    expect(troubles.length).toBeGreaterThan(0);
    const namespace = cache.namespace({ ...lifetimes, name: 'away' });
    expect(await namespace.getOrAsk('a', async () => 'asked')).toEqual({ value: 'asked', source: 'fresh' });
    await cache.stop();
  });

  test('serves what was put there, in another process too', async () => {
    const [one, two] = [await open(cacheServer.url), await open(cacheServer.url)];
    const [here, there] = [one, two].map((cache) => cache.namespace({ ...lifetimes, name: 'given' }));
    await here?.put('a', 'known', { tenant: 't' });
    expect(await there?.get('a', { tenant: 't' })).toEqual({ value: 'known', source: 'redis' });
    expect(await there?.get('a')).toBeUndefined();
    await Promise.all([one.stop(), two.stop()]);
  });

  test('a value can say that it lives shorter than the others of its namespace', async () => {
    const cache = await open(cacheServer.url);
    const secondsOf = (value: string) => (value === 'incomplete' ? 0.001 : undefined);
    const namespace = cache.namespace({ ...lifetimes, name: 'short', secondsOf });
    let asked = 0;
    const ask = (value: string) => async () => {
      asked += 1;
      return Promise.resolve(value);
    };
    await namespace.getOrAsk('a', ask('whole'));
    await namespace.getOrAsk('a', ask('whole'));
    expect(asked).toBe(1);
    await namespace.getOrAsk('b', ask('incomplete'));
    const wait = performance.now() + 2;
    while (performance.now() < wait);
    expect(await namespace.get('b')).toBeUndefined();
    await cache.stop();
  });
});

describe('what the caches of all processes did', () => {
  test('is added up by day, for a week, and one that is off counts as well', async () => {
    const DAY_MS = 86_400_000;
    const counted = async () =>
      (await readFleetCounts(leases, Date.now())).map(({ namespaces }) => namespaces['added']);
    const caches = [await open(cacheServer.url), await open(cacheServer.url)];
    for (const cache of caches) {
      const namespace = cache.namespace({ ...lifetimes, name: 'added' });
      for (const resource of ['a', 'b', 'a']) await namespace.getOrAsk(resource, async () => Promise.resolve('known'));
    }
    await Promise.all(caches.map((cache) => cache.stop()));
    const done = { fresh: 2, misses: 2, memory: 2, redis: 2, savedCalls: 4, stale: 0, joined: 0, negative: 0 };
    expect(await counted()).toMatchObject([{ ...done, hitShare: 4 / 6 }]);

    const settings = { CACHE_ENABLED: false, CACHE_MEMORY_MB: 1, CACHE_DEFAULT_TTL: 1 };
    const off = await openCache({ url: undefined, leases, name: 'off', onError: () => undefined, settings });
    await off.namespace({ ...lifetimes, name: 'added' }).getOrAsk('a', async () => Promise.resolve('known'));
    await off.stop();
    expect(await counted()).toMatchObject([{ ...done, fresh: 3, misses: 3 }]);

    const [key = ''] = await leases.keys('cache-counts:*');
    expect(await leases.pttl(key)).toBeGreaterThan(7 * DAY_MS);
    expect(await readFleetCounts(leases, Date.now() + 8 * DAY_MS)).toEqual([]);
  });

  test('keeps nobody waiting while the server that counts is away', async () => {
    const away = connectRedis('redis://127.0.0.1:1', { name: 'away' });
    const cache = await openCache({ url: cacheServer.url, leases: away, name: 'test', onError: () => undefined });
    await cache.namespace({ ...lifetimes, name: 'unadded' }).put('a', 'known');
    await cache.namespace({ ...lifetimes, name: 'unadded' }).get('a');
    await expect(readFleetCounts(away, Date.now())).rejects.toThrow('in time');
    await cache.stop();
    away.disconnect();
  });
});
