import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AuditPage, CacheStats } from '@sluice/contracts';
import { type Cache, createCache, openCache } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { hostTag, resourceId } from '@sluice/fleet/resources';
import { eventually, freePort, startRedis, type TestRedis } from '@sluice/testkit';
import { z } from 'zod';
import { openFleetCache } from '../src/cache/open.ts';
import { parse } from '../src/config.ts';
import { expectNoSecret, MAIL, problemOf, silentLog, startGateway, type TestGateway } from './gateways.ts';

const log = silentLog();
const info = jest.spyOn(log, 'info');
const warn = jest.spyOn(log, 'warn');
let server: TestRedis;
let gateway: TestGateway;
let redis: Redis;
let worker: Cache;
beforeAll(async () => {
  server = await startRedis({ policy: 'allkeys-lru' });
  gateway = await startGateway(undefined, { env: { CACHE_REDIS_URL: server.url }, log });
  redis = connectRedis(server.url, { name: 'worker' });
  worker = createCache({ redis, leases: gateway.redis });
});
afterEach(() => {
  info.mockClear();
  warn.mockClear();
});
afterAll(async () => {
  await worker.stop();
  await closeRedis(redis);
  await gateway.clear();
  await server.stop();
});

/** What the lines of the log that begin so say, besides their text. */
function said(spy: { mock: { calls: unknown[] } }, text: string): Record<string, unknown>[] {
  const lines = spy.mock.calls as [string, Record<string, unknown>][];
  return lines.filter(([line]) => line.startsWith(text)).map(([, what]) => what);
}

/** A part of the cache as a worker has it. */
const partOf = (name: string) => {
  const lives = { hitSeconds: 600, notFoundSeconds: 600, staleSeconds: 600 };
  return worker.namespace({ name, version: 1, ...lives, schema: z.string() });
};

const forget = (name: string, ...rest: string[]) => {
  const path = [name, ...rest.map(encodeURIComponent)].join('/');
  return gateway.call(`/api/admin/cache/${path}`, { method: 'DELETE' });
};

describe('an answer', () => {
  test.each([
    ['domain:evil.example', 'domain:evil.example'],
    ['domain:evil.example', 'domain:Evil[.]Example'],
    ['url:https://evil.example/a/b?c=d&e=%2Ff', 'url:https://evil.example/a/b?c=d&e=%2Ff'],
    ['url:https://evil.example/%41', 'url:https://evil.example/%41'],
    ['ip:2001:db8::1', 'ip:2001:DB8::0:1'],
  ])('is forgotten by the workers too, and no other one: %s, named %s', async (held, key) => {
    const answers = partOf('virustotal');
    await answers.put(held, 'old');
    await answers.put('domain:other.example', 'kept');
    expect((await forget('virustotal', key)).status).toBe(204);
    await eventually(async () => (await answers.get(held)) === undefined);
    expect(await answers.get('domain:other.example')).toMatchObject({ value: 'kept' });
  });

  test('of a tenant is forgotten for that tenant alone: the own one, or the one that is named', async () => {
    const visits = partOf('visits');
    const key = 'https://evil.example/x';
    const held = async () => Promise.all(['default', 'acme'].map(async (tenant) => visits.get(key, { tenant })));
    for (const tenant of ['default', 'acme']) await visits.put(key, tenant, { tenant });
    expect((await forget('visits', key)).status).toBe(204);
    await eventually(async () => (await held())[0] === undefined);
    expect((await held())[1]).toMatchObject({ value: 'acme' });
    const path = `/api/admin/cache/visits/${encodeURIComponent(key)}?tenant=acme`;
    expect((await gateway.call(path, { method: 'DELETE' })).status).toBe(204);
    await eventually(async () => (await held())[1] === undefined);
  });

  test('and what it belongs to can be forgotten at once', async () => {
    const [shodan, abuseipdb] = [partOf('shodan'), partOf('abuseipdb')];
    for (const part of [shodan, abuseipdb]) await part.put('ip:192.0.2.1', 'held');
    expect((await forget('shodan')).status).toBe(204);
    await eventually(async () => (await shodan.get('ip:192.0.2.1')) === undefined);
    expect(await abuseipdb.get('ip:192.0.2.1')).toMatchObject({ value: 'held' });
  });

  test.each([
    ['evil.example', 'host:Evil[.]Example'],
    ['[2001:db8::1]', 'host:[2001:DB8::0:1]'],
  ])('goes with all that is about its host, by the tag: %s', async (host, tag) => {
    const lives = { hitSeconds: 600, schema: z.string() };
    const tagsOf = (_value: unknown, key: string) => [hostTag({ kind: 'url', value: key.slice('url:'.length) }) ?? ''];
    const answers = worker.namespace({ name: 'virustotal', version: 1, ...lives, tagsOf });
    const [one, two, other] = [`url:http://${host}/1`, `url:https://${host}/2`, 'url:http://else.example/'];
    for (const key of [one, two, other]) await answers.put(key ?? '', 'held');
    expect((await forget('virustotal', 'tags', tag)).status).toBe(204);
    await eventually(async () => (await answers.get(one ?? '')) === undefined);
    expect(await answers.get(two ?? '')).toBeUndefined();
    expect(await answers.get(other ?? '')).toMatchObject({ value: 'held' });
    const value = host.replaceAll(/[[\]]/g, '');
    const id = resourceId(value === host ? 'domain' : 'ip', value);
    expect(said(info, 'cache forgotten')).toMatchObject([{ by: 'admin', namespace: 'virustotal', tag: id }]);
    const noted = AuditPage.parse(await (await gateway.call('/api/admin/audit')).json());
    expect(noted.items[0]).toMatchObject({ action: 'cache.forget', target: 'virustotal', detail: { tag: id } });
  });

  test('that is forgotten leaves a line in the log: who and what, but no content', async () => {
    await forget('virustotal', 'url:https://evil.example/?to=victim@receiver.example');
    await forget('visits', 'https://evil.example/?to=victim@receiver.example');
    await forget('shodan');
    const digest = createHash('sha256').update('https://evil.example/?to=victim@receiver.example').digest('hex');
    expect(said(info, 'cache forgotten')).toEqual([
      {
        by: 'admin',
        requestId: expect.any(String),
        namespace: 'virustotal',
        key: resourceId('url', 'https://evil.example/?to=victim@receiver.example'),
      },
      {
        by: 'admin',
        requestId: expect.any(String),
        namespace: 'visits',
        key: digest.slice(0, 16),
        tenant: 'default',
      },
      { by: 'admin', requestId: expect.any(String), namespace: 'shodan' },
    ]);
    expect(JSON.stringify(info.mock.calls)).not.toContain('victim');
  });
});

describe('is refused', () => {
  test.each([
    ['a name that there is not', 'nothing', 404, 'no-such-namespace'],
    ['a key below such a name', '__proto__/x', 404, 'no-such-namespace'],
    ['a key that names no resource', 'virustotal/evil.example', 422, 'bad-cache-key'],
    ['a resource that is none', 'virustotal/ip:192.0.2.256', 422, 'bad-observable'],
    ['a key whose query was not encoded', 'virustotal/url:https:%2F%2Fa.example%2F?q=1', 400, 'bad-request'],
    ['a whole part with a query', 'virustotal?tenant=acme', 400, 'bad-request'],
    ['a tenant where there are none', 'virustotal/ip:192.0.2.1?tenant=acme', 400, 'bad-request'],
    ['no tenant', 'visits/x?tenant=A%20B', 400, 'bad-request'],
    ['a key that was not encoded', 'visits/https://a.example/', 404, 'no-such-route'],
    ['a tag that names no host', 'virustotal/tags/evil.example', 422, 'bad-cache-key'],
    ['a host that is none', 'virustotal/tags/host:evil', 422, 'bad-observable'],
    ['a tag of a tenant', 'virustotal/tags/host:evil.example?tenant=acme', 400, 'bad-request'],
  ])('%s', async (_name, path, status, code) => {
    const response = await gateway.call(`/api/admin/cache/${path}`, { method: 'DELETE' });
    expect(await problemOf(response, gateway)).toMatchObject({ status, code });
    expect(said(info, 'cache forgotten')).toEqual([]);
  });
});

async function statsOf(asked: TestGateway): Promise<CacheStats> {
  const text = await (await asked.call('/api/cache/stats')).text();
  expectNoSecret(text, asked);
  return CacheStats.parse(JSON.parse(text));
}

test('the statistics say how the server is, and whose counts they are', async () => {
  await redis.config('SET', 'maxmemory', '64mb');
  const { redis: seen, ...stats } = await statsOf(gateway);
  expect(stats).toMatchObject({ worker: 'gateway-test', isEnabled: true, isUp: true, memory: { entries: 0 } });
  expect(stats.memory.maxBytes).toBe(32 * 1_024 * 1_024);
  expect(seen).toMatchObject({ maxBytes: 64 * 1_024 * 1_024 });
  expect(seen?.usedBytes).toBeGreaterThan(1_000);
});

test('the statistics say what the caches of the whole fleet did', async () => {
  const { url } = server;
  const other = await openCache({ url, leases: gateway.redis, name: 'other', onError: () => undefined });
  const visits = other.namespace({ name: 'visits', version: 1, schema: z.string() });
  for (const resource of ['x', 'x', 'y']) await visits.getOrAsk(resource, async () => Promise.resolve('seen'));
  await other.stop();
  const { days } = await statsOf(gateway);
  expect(days?.[0]).toMatchObject({ namespaces: { visits: { fresh: 2, memory: 1, misses: 2, hitShare: 1 / 3 } } });
});

test("without the cache's server forgetting is 503 and logged as not done, all else goes on, and it heals", async () => {
  await server.crash();
  for (const response of [await forget('shodan'), await forget('shodan', 'ip:192.0.2.1')]) {
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response, gateway)).toMatchObject({ status: 503, code: 'cache-unreachable' });
  }
  expect(said(warn, 'cache not forgotten')).toMatchObject([
    { by: 'admin', namespace: 'shodan' },
    { by: 'admin', namespace: 'shodan', key: resourceId('ip', '192.0.2.1') },
  ]);
  expect(said(info, 'cache forgotten')).toEqual([]);
  expect(await statsOf(gateway)).toMatchObject({ isEnabled: true, isUp: false, redis: null });
  const mail = { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: MAIL };
  expect((await gateway.job('', mail)).status).toBe(202);
  expect((await gateway.call('/api/quotas')).status).toBe(200);
  await server.restart();
  await eventually(async () => (await forget('shodan')).status === 204);
  await eventually(async () => (await statsOf(gateway)).isUp);
});

describe('a gateway starts', () => {
  test.each([
    ['without a cache server, and warns', {}, 1],
    ['with its cache off', { CACHE_ENABLED: 'false' }, 0],
  ])('%s; then there is nothing to forget', async (_name, env: Record<string, string>, warnings) => {
    const bare = await startGateway(undefined, { env, log });
    try {
      expect(said(warn, 'CACHE_REDIS_URL names no server')).toHaveLength(warnings);
      expect(await statsOf(bare)).toMatchObject({ isEnabled: false, isUp: false, redis: null });
      const response = await bare.call('/api/admin/cache/shodan', { method: 'DELETE' });
      expect(await problemOf(response, bare)).toMatchObject({ status: 409, code: 'cache-off' });
    } finally {
      await bare.clear();
    }
  });

  test('while its cache server is away, and warns', async () => {
    const env = { CACHE_REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    const lonely = await startGateway(undefined, { env, log });
    try {
      expect(said(warn, "trouble with the cache's server")).not.toEqual([]);
      expect(await statsOf(lonely)).toMatchObject({ isEnabled: true, isUp: false, redis: null });
    } finally {
      await lonely.clear();
    }
  });

  test('on no server that would refuse writes when it is full', async () => {
    const config = parse({ CACHE_REDIS_URL: gateway.server.url, DATABASE_URL: 'postgres://127.0.0.1/none' });
    const opened = openFleetCache(config, { redis: gateway.redis, worker: 'test', log });
    await expect(opened).rejects.toMatchObject({ code: 'redis-policy' });
  });
});
