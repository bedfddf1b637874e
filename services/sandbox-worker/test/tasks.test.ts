import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type CutReason,
  type ObservableKind,
  ResourceSet,
  TenantPolicy,
  type Tlp,
  TLPS,
  VisitFacts,
} from '@sluice/contracts';
import { type BlobStore, createFolderBlobStore, getDocument, putDocument } from '@sluice/fleet/blobs';
import { type Cache, createCache } from '@sluice/fleet/cache';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { resourceOf } from '@sluice/fleet/resources';
import { createLogger } from '@sluice/fleet/service';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { createHandlers } from '../src/tasks.ts';
import type { AnyVisitor } from '../src/visitor.ts';

const LURE = 'https://lure.example/x';
const LAND = 'https://land.example/in';
/** One tenant wants nothing to leave; one changes its mind. */
const withheld = new Set(['silent']);
const rules = {
  tenant: async (tenant: string) =>
    TenantPolicy.parse({
      v: 1,
      tenant,
      name: tenant,
      ...(withheld.has(tenant) ? { release: Object.fromEntries(TLPS.map((tlp) => [tlp, []])) } : {}),
    }),
};
const PICTURE = new Uint8Array([1, 2, 3]);

let cacheServer: TestRedis;
let queueServer: TestRedis;
let redis: Redis;
let leases: Redis;
beforeAll(async () => {
  [cacheServer, queueServer] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startRedis()]);
  redis = connectRedis(cacheServer.url, { name: 'cache' });
  leases = connectRedis(queueServer.url, { name: 'leases' });
});
afterAll(async () => {
  await Promise.all([closeRedis(redis), closeRedis(leases)]);
  await Promise.all([cacheServer.stop(), queueServer.stop()]);
});

describe('sandbox.visit', () => {
  let folder: string;
  let blobs: BlobStore;
  let caches: Cache[] = [];
  let nowMs = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-sandbox-'));
    blobs = createFolderBlobStore(folder);
    nowMs = Date.now();
    await redis.flushall();
  });
  afterEach(async () => {
    await Promise.all(caches.map((cache) => cache.stop()));
    caches = [];
    await rm(folder, { recursive: true, force: true });
  });

  const context = (tenant = 'acme') => ({
    jobId: '01890000-0000-7000-8000-000000000001',
    tenant,
    priority: 'normal' as const,
    token: 'job task 1',
    signal: new AbortController().signal,
    log: createLogger('test', 'test', 'error'),
  });

  /** A visitor that redirects from the lure to the landing page, and counts. */
  function countingVisitor(reason?: CutReason) {
    const visited: string[] = [];
    const visitor: AnyVisitor = {
      stop: async () => {},
      async visit(url) {
        visited.push(url);
        const hop = { status: 200, address: '8.8.8.8', port: 443, tookMs: 1, bytes: 1 };
        const chain = [
          { ...hop, url, kind: 'http' as const },
          { ...hop, url: LAND, kind: null },
        ];
        const cuts = reason ? [{ reason, url, message: '' }] : [];
        const facts: VisitFacts = {
          v: 1,
          by: 'browser',
          url,
          finalUrl: LAND,
          chain,
          landing: null,
          download: null,
          cuts,
          guard: [],
          screenshot: null,
          tookMs: visited.length,
        };
        return { facts, screenshot: PICTURE };
      },
    };
    return { visited, visitor };
  }

  /** A worker as another process would be: its own memory. */
  function workerWith(visitor: AnyVisitor, isCached = true) {
    const cache = createCache({ redis: isCached ? redis : null, leases, now: () => nowMs });
    caches.push(cache);
    const visit = createHandlers({ blobs, visitor, rules, cache, cacheSeconds: 3_600 })['sandbox.visit'];
    return async (kind: ObservableKind, value: string, tenant = 'acme', tlp?: Tlp) => {
      const resource = resourceOf(kind, value);
      const resources = await putDocument(blobs, tenant, ResourceSet, { v: 1, resources: [resource] });
      return visit({ resources, id: resource.id }, { ...context(tenant), ...(tlp === undefined ? {} : { tlp }) });
    };
  }

  test('opens nothing that may not leave, also where the visit is kept already, and decides so each time', async () => {
    const { visited, visitor } = countingVisitor();
    const run = workerWith(visitor);
    const refused = { code: 'not-released', disposition: 'give-up' };
    await expect(run('url', LURE, 'silent')).rejects.toMatchObject(refused);
    await expect(run('url', LURE, 'acme', 'red')).rejects.toMatchObject(refused);
    expect(visited).toEqual([]);
    await run('url', LURE, 'wavering');
    withheld.add('wavering');
    await expect(run('url', LURE, 'wavering')).rejects.toMatchObject(refused);
    await run('url', LURE, 'acme', 'amber+strict');
    expect(visited).toHaveLength(2);
  });

  test('stores what was seen and its picture, and names what was discovered', async () => {
    const run = workerWith(countingVisitor().visitor);
    const result = await run('url', LURE);
    expect(result.source).toBe('fresh');
    const facts = await getDocument(blobs, VisitFacts, result.visit);
    expect(facts).toMatchObject({ url: LURE, finalUrl: LAND });
    expect(Buffer.from(await blobs.get(facts.screenshot ?? ''))).toEqual(Buffer.from(PICTURE));
    const { resources } = await getDocument(blobs, ResourceSet, result.resources);
    expect(resources.map(({ value }) => value)).toEqual([LAND, 'land.example', '8.8.8.8']);
    expect(result.lookups).toEqual(resources.map(({ id, kind }) => ({ id, kind })));
  });

  test('one URL is visited once by all workers of the fleet, also when they ask at the same time, whatever the fragment', async () => {
    const { visited, visitor } = countingVisitor();
    const workers = [workerWith(visitor), workerWith(visitor)];
    const results = await Promise.all(
      [`${LURE}#a`, `${LURE}#b`, LURE].flatMap((url) => workers.map((run) => run('url', url))),
    );
    expect(visited).toHaveLength(1);
    expect(new Set(results.map(({ visit }) => visit)).size).toBe(1);
    expect(results.filter(({ source }) => source === 'fresh')).toHaveLength(1);
  });

  test('another tenant’s visit is its own', async () => {
    const { visited, visitor } = countingVisitor();
    const run = workerWith(visitor);
    await run('url', LURE, 'acme');
    expect(await run('url', LURE, 'globex')).toMatchObject({ source: 'fresh' });
    expect(visited).toHaveLength(2);
  });

  test('a later hop is answered with the rest of the chain, without a visit', async () => {
    const { visited, visitor } = countingVisitor();
    const run = workerWith(visitor);
    await run('url', LURE);
    const result = await run('url', LAND);
    expect(result.source).not.toBe('fresh');
    expect(visited).toEqual([LURE]);
    expect(await getDocument(blobs, VisitFacts, result.visit)).toMatchObject({ url: LAND, chain: [{ url: LAND }] });
  });

  test('a whole visit stands for an hour, a broken one for five minutes', async () => {
    for (const [reason, seconds] of [[undefined, 3_600] as const, ['time', 300] as const]) {
      await redis.flushall();
      const { visited, visitor } = countingVisitor(reason);
      const run = workerWith(visitor);
      await run('url', LURE);
      nowMs += (seconds / 2) * 1_000;
      await run('url', LURE);
      expect(visited).toHaveLength(1);
      nowMs += seconds * 1_000;
      await run('url', LURE);
      expect(visited).toHaveLength(2);
    }
  });

  test('a kept visit whose documents are gone is made anew', async () => {
    const { visited, visitor } = countingVisitor();
    const run = workerWith(visitor);
    const { visit } = await run('url', LURE);
    await rm(folder, { recursive: true });
    const again = await run('url', LURE);
    expect(visited).toHaveLength(2);
    expect(again).toMatchObject({ source: 'fresh' });
    expect(again.visit).not.toBe(visit);
  });

  test('with the cache off every task visits', async () => {
    const { visited, visitor } = countingVisitor();
    const run = workerWith(visitor, false);
    await run('url', LURE);
    expect(await run('url', LURE)).toMatchObject({ source: 'fresh' });
    expect(visited).toHaveLength(2);
  });

  test('a domain and an address are visited in the clear, a file is not, and what is not in the set is given up', async () => {
    const { visited, visitor } = countingVisitor();
    const run = workerWith(visitor, false);
    await run('domain', 'land.example');
    await run('ip', '2606:4700::1111');
    expect(visited).toEqual(['http://land.example/', 'http://[2606:4700::1111]/']);
    await expect(run('hash', 'a'.repeat(64))).rejects.toMatchObject({ code: 'not-visitable', disposition: 'give-up' });
    const cache = createCache({ redis: null, leases });
    caches.push(cache);
    const { 'sandbox.visit': visit } = createHandlers({ blobs, visitor, rules, cache, cacheSeconds: 1 });
    const resources = await putDocument(blobs, 'acme', ResourceSet, { v: 1, resources: [] });
    const missing = visit({ resources, id: '0123456789abcdef' }, context());
    await expect(missing).rejects.toMatchObject({ code: 'resource-missing', disposition: 'give-up' });
  });
});
