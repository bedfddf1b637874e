import { expect, test } from '@jest/globals';
import type { CacheStats, QuotaList } from '@sluice/contracts';
import { createClient } from './client.ts';

const QUOTAS: QuotaList = { v: 1, quotas: [] };
const CACHE: CacheStats = {
  v: 1,
  worker: 'gateway-1',
  isEnabled: false,
  isUp: false,
  memory: { entries: 0, bytes: 0, maxBytes: 0, evictions: 0 },
  redis: null,
  namespaces: {},
};

/** A fleet whose every path answers with this. */
function clientOf(answer: unknown) {
  const asked: string[] = [];
  const answering: typeof fetch = async (input, init) => {
    asked.push(`${init?.method} ${input instanceof URL ? input.href : '?'}`);
    return Response.json(answer);
  };
  return {
    asked,
    client: createClient({ url: 'http://fleet.test/base', apiKey: 'k', fetch: answering, patienceMs: 0 }),
  };
}

test('quotas are asked for below the address of the fleet, and read by their contract', async () => {
  const { client, asked } = clientOf(QUOTAS);
  expect(await client.quotas()).toEqual(QUOTAS);
  expect(asked).toEqual(['GET http://fleet.test/base/api/quotas']);
  await expect(clientOf({ v: 2, quotas: [] }).client.quotas()).rejects.toMatchObject({ code: 'bad-answer' });
});

test('statistics of the cache are asked for below the address of the fleet, and read by their contract', async () => {
  const { client, asked } = clientOf(CACHE);
  expect(await client.cacheStats()).toEqual(CACHE);
  expect(asked).toEqual(['GET http://fleet.test/base/api/cache/stats']);
  await expect(clientOf(QUOTAS).client.cacheStats()).rejects.toMatchObject({ code: 'bad-answer' });
});
