import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { AuditPage, type DeadLetter, DeadLetterOrdered, DeadLetterPage, TenantPage } from '@sluice/contracts';
import { createFailureList } from '@sluice/fleet/jobs';
import { createSettings, parseDataKey, unseal } from '@sluice/fleet/settings';
import { eventually, startTestPostgres } from '@sluice/testkit';
import { problemOf, silentLog, startGateway, type TestGateway } from './gateways.ts';
import { letterOf } from './letters.ts';

const DATA_KEY = Buffer.alloc(32, 7).toString('base64url');
const log = silentLog();
const lines = (['info', 'warn', 'error'] as const).map((level) => jest.spyOn(log, level));
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway(undefined, { env: { DATA_KEY }, log });
});
afterAll(() => gateway.clear());

const send = (method: string, path: string, body?: unknown, key = gateway.key, at = gateway) =>
  at.call(`/api/admin/${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const ordersIn = async (at = gateway) => {
  const all = await Promise.all(
    (await at.redis.keys('failed:*')).map((name) => at.redis.zrangebyscore(name, '-inf', '+inf', 'WITHSCORES')),
  );
  const flat = all.flat();
  return Array.from({ length: flat.length / 2 }, (_, each) => ({
    ...(JSON.parse(flat[2 * each] ?? '') as { action: string; jobId: string; by: string }),
    dueMs: Number(flat[2 * each + 1]),
  })).toSorted((a, b) => a.dueMs - b.dueMs);
};

describe("a tenant's own key at a provider", () => {
  const SECRET = 'shodan-secret-of-acme';

  test('is stored sealed, told to the workers so, and shown to nobody: not in an answer, the audit or the log', async () => {
    const made = await send('POST', 'tenants', { tenant: 'acme', name: 'Acme', providerKeys: { shodan: SECRET } });
    expect(made.status).toBe(201);
    const policy = await gateway.records.tenants.find('acme');
    expect(unseal(parseDataKey(DATA_KEY), policy?.keys.shodan ?? '')).toBe(SECRET);
    const settings = createSettings({ redis: gateway.redis, onError: () => undefined });
    expect((await settings.tenant('acme')).keys).toEqual(policy?.keys);
    settings.stop();
    const answers = [made, await send('GET', 'tenants'), await send('GET', 'tenants/acme'), await send('GET', 'audit')];
    for (const answer of answers) {
      const text = await answer.text();
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(policy?.keys.shodan);
    }
    expect(JSON.stringify(lines.flatMap(({ mock }) => mock.calls))).not.toContain(SECRET);
    expect(JSON.stringify(await gateway.redis.hgetall('settings:tenants'))).not.toContain(SECRET);
  });

  test('stays when the tenant is changed without it, and goes when it is null', async () => {
    const before = (await gateway.records.tenants.find('acme'))?.keys.shodan;
    expect((await send('PUT', 'tenants/acme', { name: 'Acme 2' })).status).toBe(200);
    expect((await gateway.records.tenants.find('acme'))?.keys.shodan).toBe(before);
    expect((await send('PUT', 'tenants/acme', { name: 'Acme 2', providerKeys: { shodan: null } })).status).toBe(200);
    expect((await gateway.records.tenants.find('acme'))?.keys).toEqual({});
  });

  test('is refused where nothing could seal it', async () => {
    const bare = await startGateway();
    try {
      const body = { tenant: 'acme', name: 'Acme', providerKeys: { shodan: SECRET } };
      const refused = await send('POST', 'tenants', body, bare.key, bare);
      expect(await problemOf(refused, bare)).toMatchObject({ status: 409, code: 'no-data-key' });
      expect(await bare.records.tenants.find('acme')).toBeNull();
    } finally {
      await bare.clear();
    }
  });
});

describe('at its start a gateway', () => {
  const published = async ({ redis }: TestGateway) =>
    (await redis.hkeys('settings:tenants')).filter((field) => field !== 'settings:epoch').toSorted();

  test('tells all services what the record holds, and makes the tenant of the operators', async () => {
    await gateway.redis.del('settings:tenants');
    const postgres = await startTestPostgres();
    const first = await startGateway(undefined, { databaseUrl: postgres.url });
    try {
      expect(await published(first)).toEqual(['default']);
      expect((await send('POST', 'tenants', { tenant: 'acme', name: 'A' }, first.key, first)).status).toBe(201);
      await first.redis.del('settings:tenants');
      const second = await startGateway(undefined, { databaseUrl: postgres.url, server: first.server });
      expect(await published(first)).toEqual(['acme', 'default']);
      await second.clear();
    } finally {
      await first.clear();
      await postgres.stop();
    }
  });

  test('does not need PostgreSQL; when it comes, its schema is made and the first key is in it', async () => {
    const postgres = await startTestPostgres();
    await postgres.crash();
    const early = await startGateway(undefined, { databaseUrl: postgres.url });
    try {
      expect((await early.call('/api/quotas')).status).toBe(200);
      await postgres.restart();
      await eventually(async () => (await early.records.keys.find('admin'))?.role === 'admin');
      const { items } = TenantPage.parse(await (await send('GET', 'tenants', undefined, early.key, early)).json());
      expect(items.map(({ tenant }) => tenant)).toEqual(['default']);
    } finally {
      await early.clear();
      await postgres.stop();
    }
  });
});

test('a quota is set for all workers, refused where it is none, and reset', async () => {
  const held = async () => {
    const { 'settings:epoch': _epoch, ...texts } = await gateway.redis.hgetall('settings:quotas');
    return texts;
  };
  expect((await send('PUT', 'quotas/shodan', { text: '1/s, 1000/month UTC' })).status).toBe(200);
  expect((await send('PUT', 'quotas/shodan@acme', { text: '5/s' })).status).toBe(200);
  expect(await held()).toEqual({ shodan: '1/s, 1000/month UTC', 'shodan@acme': '5/s' });
  const refused = await send('PUT', 'quotas/shodan', { text: '1 a second' });
  expect(await problemOf(refused, gateway)).toMatchObject({ status: 400, code: 'bad-quotas' });
  expect((await send('DELETE', 'quotas/shodan')).status).toBe(204);
  expect(await held()).toEqual({ 'shodan@acme': '5/s' });
});

describe('dead letters', () => {
  let letters: DeadLetter[];
  beforeAll(async () => {
    letters = [
      ...Array.from({ length: 5 }, () => letterOf()),
      letterOf({ state: 'resolved', reason: 'healed' }),
      letterOf({ state: 'discarded', reason: 'person' }),
      letterOf({ tenant: 'acme', error: { code: 'other', message: 'x', disposition: 'retry' } }),
    ];
    for (const [at, letter] of letters.entries()) {
      await gateway.records.deadLetters.save({ ...letter, firstFailedMs: 1_000 + at });
    }
  });

  test('are listed page by page as the filter says, each once', async () => {
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const query: string = next === null ? '' : `&cursor=${encodeURIComponent(next)}`;
      const page = DeadLetterPage.parse(await (await send('GET', `dead-letters?limit=2&state=parked${query}`)).json());
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    } while (next !== null);
    const parked = letters.filter(({ state }) => state === 'parked').map(({ id }) => id);
    expect(seen).toEqual(parked.toReversed());
    const other = DeadLetterPage.parse(await (await send('GET', 'dead-letters?code=other')).json());
    expect(other.items.map(({ tenant }) => tenant)).toEqual(['acme']);
  });

  test('are exported as JSON lines, and the export is in the audit', async () => {
    const response = await send('GET', 'dead-letters/export?tenant=default');
    const exported = (await response.text()).trimEnd().split('\n');
    expect(exported).toHaveLength(7);
    expect(exported.map((line) => (JSON.parse(line) as DeadLetter).tenant)).toEqual(Array(7).fill('default'));
    const { items } = AuditPage.parse(await (await send('GET', 'audit?action=dead-letter.export')).json());
    expect(items).toMatchObject([{ actor: 'admin', tenant: 'default' }]);
  });

  test('are not touched by a dry run', async () => {
    const response = await send('POST', 'dead-letters/requeue', { filter: {}, dryRun: true });
    expect(DeadLetterOrdered.parse(await response.json())).toMatchObject({ matched: 7, ordered: 0, lastDueMs: null });
    expect(await ordersIn()).toEqual([]);
  });

  test('are requeued spread in time, but for those that healed; the desk hears who asked', async () => {
    const beforeMs = Date.now();
    const body = { filter: { tenant: 'default', state: 'parked' }, ratePerSecond: 2 };
    const ordered = DeadLetterOrdered.parse(await (await send('POST', 'dead-letters/requeue', body)).json());
    expect(ordered).toMatchObject({ matched: 5, ordered: 5 });
    const orders = await ordersIn();
    expect(orders.every(({ action, by }) => action === 'requeue' && by === 'admin')).toBe(true);
    const firstMs = orders[0]?.dueMs ?? 0;
    expect(firstMs).toBeGreaterThanOrEqual(beforeMs);
    expect(orders.map(({ dueMs }) => dueMs - firstMs)).toEqual([0, 500, 1_000, 1_500, 2_000]);
    expect(ordered.lastDueMs).toBe(firstMs + 2_000);
    const claimed = await createFailureList(gateway.redis).claim('b00', 100, 1_000);
    for (const each of claimed) expect(each.kind).toBe('order');
  });

  test('of another tenant are neither ordered nor counted by its admin', async () => {
    await gateway.redis.del(...(await gateway.redis.keys('failed:*')));
    const key = await gateway.addKey('acme', 'admin');
    const all = await send('POST', 'dead-letters/discard', { filter: {} }, key);
    expect(DeadLetterOrdered.parse(await all.json())).toMatchObject({ matched: 1, ordered: 1 });
    const orders = await ordersIn();
    expect(orders).toMatchObject([{ action: 'discard', jobId: letters.at(-1)?.jobId, by: key.split('_')[1] }]);
    const named = await send('POST', 'dead-letters/discard', { filter: { tenant: 'default' } }, key);
    expect(await problemOf(named, gateway)).toMatchObject({ status: 403, code: 'foreign-tenant' });
    const ids = { ids: letters.map(({ id }) => id) };
    const byId = await send('POST', 'dead-letters/requeue', { filter: ids, dryRun: true }, key);
    expect(DeadLetterOrdered.parse(await byId.json())).toMatchObject({ matched: 1 });
    const statistics = await send('GET', 'dead-letters/stats', undefined, key);
    expect(await problemOf(statistics, gateway)).toMatchObject({ status: 403, code: 'forbidden' });
  });
});
