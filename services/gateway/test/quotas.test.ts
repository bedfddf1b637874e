import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { QuotaList } from '@sluice/contracts';
import { announceQuotas, createLine, createQuotas, type QuotaInput } from '@sluice/fleet/rate-limit';
import { expectNoSecret, startGateway, type TestGateway } from './gateways.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.redis.flushall());
afterAll(() => gateway.clear());

const VIRUSTOTAL: QuotaInput = {
  name: 'virustotal.0123abcd',
  windows: [
    { kind: 'sliding', seconds: 60, limit: 4 },
    { kind: 'calendar', period: 'month', zone: 'UTC', limit: 500, burst: 100 },
  ],
  marginMs: 0,
  breaker: {},
};
const SHODAN: QuotaInput = {
  name: 'shodan.89abcdef',
  windows: [{ kind: 'sliding', seconds: 1, limit: 1 }],
  marginMs: 0,
  shadow: true,
};

const announce = (...quotas: QuotaInput[]) => {
  return announceQuotas(
    gateway.redis,
    quotas.map((quota) => ({ action: quota.name.replace(/\..*/, ''), quota })),
  );
};

async function list(): Promise<QuotaList['quotas']> {
  const response = await gateway.call('/api/quotas');
  const text = await response.text();
  expectNoSecret(text, gateway);
  expect(text).not.toMatch(/0123abcd|89abcdef|acme|globex/);
  return QuotaList.parse(JSON.parse(text)).quotas;
}

/** As the worker that asks the provider. */
function createWorker() {
  const quotas = createQuotas({ redis: gateway.redis, quotas: [VIRUSTOTAL] });
  const line = createLine({
    redis: gateway.redis,
    quotas,
    process: 'test',
    onGranted: async () => undefined,
    onError: () => undefined,
  });
  const take = (tenant: string) => quotas.take(VIRUSTOTAL.name, { timeoutMs: 1_000, tenant });
  const park = (id: string, tenant: string, priority: 'high' | 'normal') =>
    line.park({ quota: VIRUSTOTAL.name, id, tenant, priority, decides: 1, timeoutMs: 1_000, token: id });
  return { quotas, take, park };
}

test('nobody has told of a quota: there is none', async () => {
  expect(await list()).toEqual([]);
});

test('a quota that nobody has used is whole, and looking at it leaves nothing behind', async () => {
  await announce(VIRUSTOTAL, SHODAN);
  await list();
  const [shodan, virustotal] = await list();
  expect(shodan).toMatchObject({ action: 'shodan', name: 'shodan', isShadow: true, breaker: { state: 'none' } });
  expect(virustotal).toMatchObject({
    action: 'virustotal',
    isShadow: false,
    nextFreeAt: null,
    closedUntil: null,
    breaker: { state: 'closed', retryAt: null },
    windows: [
      {
        name: '60s',
        text: '4/min',
        limit: 4,
        configuredLimit: 4,
        burst: null,
        used: 0,
        remaining: 4,
        nextFreeAt: null,
      },
      { name: 'month UTC', text: '500/month UTC', limit: 500, burst: 100, used: 0, remaining: 500 },
    ],
    waiting: { total: 0, reserved: 0, oldestMs: null, own: 0, otherTenants: 0 },
    refused: [],
  });
  expect(await gateway.redis.keys('quota*')).toEqual(['quotas']);
});

test('what is used, refused and lowered is shown, and who waits without naming other tenants', async () => {
  await announce(VIRUSTOTAL);
  const { quotas, take, park } = createWorker();
  const beforeMs = Date.now();
  for (let calls = 0; calls < 4; calls += 1) expect(await take('default')).toMatchObject({ granted: true });
  for (const tenant of ['default', 'acme', 'acme']) expect(await take(tenant)).toMatchObject({ granted: false });
  await quotas.report(VIRUSTOTAL.name, { limit: 3, window: { seconds: 60 } });
  await quotas.block(VIRUSTOTAL.name, beforeMs + 3_600_000);
  await park('a', 'default', 'normal');
  await park('b', 'default', 'high');
  await park('c', 'acme', 'normal');
  await park('d', 'globex', 'normal');
  const [quota] = await list();
  expect(quota).toMatchObject({
    windows: [
      { name: '60s', limit: 3, configuredLimit: 4, used: 4, remaining: 0 },
      { name: 'month UTC', limit: 500, used: 4, remaining: 496, nextFreeAt: null },
    ],
    waiting: { total: 4, reserved: 0, byPriority: { urgent: 0, high: 1, normal: 3, low: 0 }, own: 2, otherTenants: 2 },
    refused: [{ by: '60s', refused: 3, wouldRefuse: 0, own: 1 }],
  });
  expect(Date.parse(quota?.windows[0]?.nextFreeAt ?? '')).toBeGreaterThan(beforeMs + 50_000);
  expect(Date.parse(quota?.closedUntil ?? '')).toBeGreaterThan(beforeMs + 3_500_000);
  expect(quota?.nextFreeAt).toBe(quota?.closedUntil);
});

test('the quota of a tenant’s own key is shown to that tenant alone, and never in the place of the fleet’s', async () => {
  await announce(VIRUSTOTAL);
  const own = { ...VIRUSTOTAL, name: 'virustotal.fedcba98' };
  await announceQuotas(gateway.redis, [{ action: 'virustotal', quota: own, tenant: 'acme' }]);
  expect((await list()).map(({ name }) => name)).toEqual(['virustotal']);
  const response = await gateway.call('/api/quotas?tenant=acme');
  const { quotas } = QuotaList.parse(await response.json());
  expect(quotas.map(({ name }) => name).toSorted()).toEqual(['virustotal', 'virustotal@acme']);
});

test('a quota in shadow says what it would have refused', async () => {
  await announce(SHODAN);
  const quotas = createQuotas({ redis: gateway.redis, quotas: [SHODAN] });
  for (let calls = 0; calls < 3; calls += 1) {
    expect(await quotas.take(SHODAN.name, { timeoutMs: 1_000, tenant: 'default' })).toMatchObject({ granted: true });
  }
  const [shodan] = await list();
  expect(shodan).toMatchObject({ isShadow: true, refused: [{ by: '1s', refused: 0, wouldRefuse: 2 }] });
});

test('the breaker of a provider that fails is shown open, with the moment of the next try', async () => {
  const fragile: QuotaInput = { ...VIRUSTOTAL, name: 'abuseipdb.0123abcd', breaker: { failures: 1 } };
  await announce(fragile);
  const quotas = createQuotas({ redis: gateway.redis, quotas: [fragile] });
  const taken = await quotas.take(fragile.name, { timeoutMs: 1_000, tenant: 'default' });
  if (!taken.granted) throw new Error('the first call is granted');
  await quotas.end(taken.lease, { failed: true });
  const [quota] = await list();
  expect(quota?.breaker.state).toBe('open');
  expect(quota?.breaker.retryAt).toBe(quota?.nextFreeAt);
  expect(quotas.names).toEqual([fragile.name]);
});

test('a limit that was changed is shown changed at the next look', async () => {
  await announce(VIRUSTOTAL);
  expect((await list())[0]?.windows[0]?.configuredLimit).toBe(4);
  await announce({ ...VIRUSTOTAL, windows: [{ kind: 'sliding', seconds: 60, limit: 8 }] });
  const [quota] = await list();
  expect(quota?.windows.map(({ limit, configuredLimit }) => [limit, configuredLimit])).toEqual([[8, 8]]);
});
