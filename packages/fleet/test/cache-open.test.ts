import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCache } from '@sluice/fleet/cache';
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
