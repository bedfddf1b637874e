import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chooseSeed, startRedis, type TestRedis } from '@sluice/testkit';
import fc from 'fast-check';
import { createJob, startGateway, type TestGateway } from './gateways.ts';
import { letterOf } from './letters.ts';

let cache: TestRedis;
let gateway: TestGateway;
let operations: { method: string; path: string }[];
let known: string[];
beforeAll(async () => {
  cache = await startRedis({ policy: 'allkeys-lru' });
  const env = { CACHE_REDIS_URL: cache.url, DATA_KEY: 'k'.repeat(43), INGEST_ENABLED: 'true' };
  gateway = await startGateway(undefined, { env });
  const document = (await (await fetch(`${gateway.url}/api/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
  const letter = letterOf();
  await gateway.records.deadLetters.save(letter);
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const hook = JSON.stringify({ url: 'https://a.example/', events: ['verdict'] });
  const made = (await (await gateway.call('/api/webhooks', { ...json, body: hook })).json()) as {
    view: { id: string };
  };
  const observables = JSON.stringify({ observables: [{ type: 'ip', value: '192.0.2.1' }] });
  const taken = await gateway.call('/api/pipeline/requests', { ...json, body: observables });
  const { requestId } = (await taken.json()) as { requestId: string };
  const things = [await createJob(gateway.jobs), letter.id, made.view.id, requestId];
  known = [...things, 'default', 'shodan', 'visits', 'admin', 'ann@a.example', '@a.example'];
});
afterAll(async () => {
  await gateway.clear();
  await cache.stop();
});

/** Texts that have a meaning somewhere, and any others. */
const word = () =>
  fc.oneof(
    fc.constantFrom(...known, '', '0', '-1', '1e999', '__proto__', 'null', '..', '%00', '\u0000', '😀', "'; --"),
    fc.string({ maxLength: 40, unit: 'binary' }),
  );
const names = ['tenant', 'limit', 'cursor', 'state', 'sinceMs', 'text', 'hash', 'after', 'name', 'key', 'filter', 'ip'];
const dictionary = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 10 })), value, { maxKeys: 5 });

const TYPES = [
  'application/json',
  'application/json',
  'message/rfc822',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/zip',
  'application/mbox',
];

const asked = () =>
  fc.record({
    values: fc.array(word(), { minLength: 3, maxLength: 3 }),
    query: dictionary(word()),
    body: fc.option(fc.oneof(dictionary(fc.jsonValue()), fc.jsonValue(), fc.string({ unit: 'binary' }))),
    type: fc.constantFrom(...TYPES),
    priority: fc.option(fc.string({ maxLength: 8, unit: 'grapheme-ascii' })),
  });

test('no request of any route ends in a 500, whatever it holds', async () => {
  const seed = Math.floor(chooseSeed('routes'));
  let turn = 0;
  const property = fc.asyncProperty(asked(), async ({ values, query, body, type, priority }) => {
    // Each in its turn, so that none is left out.
    const operation = operations[turn++ % operations.length] ?? { method: 'GET', path: '/' };
    let at = 0;
    const path = operation.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent((values[at++] ?? 'x').toWellFormed()));
    const search = Object.entries(query).map(
      ([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
    );
    const init: RequestInit = { method: operation.method, headers: { 'content-type': type } };
    if (body !== null && operation.method !== 'GET') {
      init.body = typeof body === 'string' ? body.toWellFormed() : JSON.stringify(body);
    }
    if (priority !== null) search.push(`priority=${encodeURIComponent(priority)}`);
    // Nobody scans here: a mail that is taken in would be waited for.
    if (operation.path.endsWith('/scan')) search.push('deadline=1');
    const response = await gateway.call(`${path}?${search.join('&')}`, init);
    const text = await response.text();
    expect([operation, response.status >= 500 ? text : response.status]).toEqual([operation, response.status]);
  });
  await fc.assert(property, { seed, numRuns: 10 * operations.length, endOnFailure: true });
});

test('what a database cannot hold is no 500 either', async () => {
  const NUL = 'a\u0000b';
  const post = (path: string, body: unknown, method = 'POST') =>
    gateway.call(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const answers = await Promise.all([
    ...['sender', 'domain', 'hash', 'text', 'ip', 'cursor'].map((name) => gateway.job(`?${name}=a%00b`)),
    ...['name', 'code', 'fingerprint', 'cursor'].map((name) => gateway.call(`/api/admin/dead-letters?${name}=a%00`)),
    ...['actor', 'action', 'target', 'cursor'].map((name) => gateway.call(`/api/admin/audit?${name}=a%00`)),
    gateway.job('?sinceMs=1e300&untilMs=-1e300'),
    gateway.call('/api/admin/dead-letters?sinceMs=1e300'),
    gateway.call('/api/admin/audit?sinceMs=NaN'),
    gateway.call('/api/admin/dead-letters/a%00b'),
    post('/api/admin/keys', { name: NUL, role: 'analyst' }),
    post('/api/admin/tenants', { tenant: 'nul', name: NUL }),
    post('/api/admin/tenants', { tenant: 'own', name: 'own', providerKeys: { shodan: NUL } }),
    post('/api/admin/dead-letters/requeue', { filter: { name: NUL, ids: [NUL], sinceMs: 1e300 } }),
    post('/api/admin/quotas/shodan', { text: NUL }, 'PUT'),
  ]);
  for (const answer of answers)
    expect([answer.url, answer.status, answer.status < 500]).toEqual([answer.url, answer.status, true]);
});
