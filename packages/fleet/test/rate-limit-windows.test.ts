import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  collectQuotaMetrics,
  createQuotas,
  type Lease,
  listenToQuotas,
  type QuotaEvent,
  type QuotaInput,
  type Take,
} from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { register } from 'prom-client';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit-windows' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

type Input = Omit<QuotaInput, 'marginMs'> & { marginMs?: number };

/** A quota on a clock that the test moves. */
function quotaAt(startMs: number, input: Input) {
  let nowMs = startMs;
  const clock = { redisMs: () => nowMs, monotonicMs: () => nowMs - startMs + 1_000 };
  const quotas = createQuotas({ redis, quotas: [{ marginMs: 0, ...input }], now: () => nowMs, clock });
  const { name } = input;
  const take = (units = 1, timeoutMs = 1_000) => quotas.take(name, { units, timeoutMs });
  return {
    quotas,
    take,
    pass: (ms: number) => (nowMs += ms),
    toMs: (ms: number) => (nowMs = ms),
    nowMs: () => nowMs,
    state: () => quotas.state(name),
    used: async () => (await quotas.state(name)).windows.map((window) => window.used),
    /** Takes and ends at once. */
    async call(units = 1): Promise<boolean> {
      const taken = await take(units);
      if (taken.granted) await quotas.end(taken.lease);
      return taken.granted;
    },
  };
}

function leaseOf(take: Take): Lease {
  if (!take.granted) throw new Error('refused');
  return take.lease;
}

const T0 = Date.parse('2026-03-10T12:00:00Z');
const sliding = (seconds: number, limit: number, burst?: number) => ({
  kind: 'sliding' as const,
  seconds,
  limit,
  ...(burst === undefined ? {} : { burst }),
});

describe('exact windows', () => {
  test('share one log, which keeps what the longest of them counts', async () => {
    const quota = quotaAt(T0, { name: 'log', windows: [sliding(1, 2), sliding(10, 3), sliding(60, 4)] });
    expect([await quota.call(), await quota.call(), await quota.call()]).toEqual([true, true, false]);
    quota.pass(1_001);
    expect([await quota.call(), await quota.call()]).toEqual([true, false]);
    quota.pass(10_001);
    expect([await quota.call(), await quota.call()]).toEqual([true, false]);
    expect(await quota.used()).toEqual([1, 1, 4]);
    expect(await redis.zcard('quota:{log}:log')).toBe(4);
    quota.pass(60_001);
    expect(await quota.call()).toBe(true);
    expect(await redis.zcard('quota:{log}:log')).toBe(1);
  });

  test('name the moment from which a refused call fits', async () => {
    const quota = quotaAt(T0, { name: 'moment', windows: [sliding(10, 3)] });
    await quota.call(2);
    quota.pass(4_000);
    await quota.call();
    expect(await quota.take()).toMatchObject({ granted: false, retryAtMs: T0 + 10_001 });
    expect(await quota.take(3)).toMatchObject({ granted: false, retryAtMs: T0 + 14_001 });
    quota.toMs(T0 + 10_000);
    expect(await quota.call()).toBe(false);
    quota.pass(1);
    expect(await quota.call(2)).toBe(true);
  });
});

describe('a window with a large limit', () => {
  test('counts a unit for the window and at most a 64th longer', async () => {
    const quota = quotaAt(T0 + 17, { name: 'buckets', windows: [sliding(64, 5_000)] });
    await quota.call(3_000);
    quota.pass(500);
    await quota.call(2_000);
    expect(await quota.take()).toMatchObject({ granted: false });
    quota.toMs(T0 + 17 + 64_000);
    expect(await quota.used()).toEqual([5_000]);
    quota.pass(1_002);
    expect(await quota.used()).toEqual([0]);
    expect(await quota.call(5_000)).toBe(true);
  });

  test('holds at most 66 buckets, whatever is asked, and totals them right', async () => {
    const quota = quotaAt(T0, { name: 'bounded', windows: [sliding(6.4, 1_000_000)] });
    for (let n = 0; n < 400; n++) {
      await quota.call(1 + (n % 7));
      quota.pass(37);
    }
    await quota.call();
    expect(await redis.hlen('quota:{bounded}:buckets:6400')).toBeLessThanOrEqual(66);
    const held = await redis.hvals('quota:{bounded}:buckets:6400');
    expect(await quota.used()).toEqual([held.reduce((sum, units) => sum + Number(units), 0)]);
    expect((await quota.used())[0]).toBeGreaterThanOrEqual(Math.floor(6_400 / 37) * 4 - 12);
    quota.pass(100_000);
    expect(await quota.used()).toEqual([0]);
    await quota.call();
    expect(await quota.used()).toEqual([1]);
  });

  test('says when a refused call is worth another try, never too early by its own count', async () => {
    const quota = quotaAt(T0, { name: 'bucket-moment', windows: [sliding(64, 2_000)] });
    await quota.call(2_000);
    const refusal = await quota.take();
    if (refusal.granted) throw new Error('granted');
    quota.toMs(refusal.retryAtMs - 1);
    expect(await quota.call()).toBe(false);
    quota.pass(1);
    expect(await quota.call()).toBe(true);
  });

  test('moves a call that ended early, and gives back one that was never made', async () => {
    const quota = quotaAt(T0, { name: 'moves', windows: [sliding(6.4, 2_000)] });
    const early = leaseOf(await quota.take(7, 60_000));
    const never = leaseOf(await quota.take(5, 60_000));
    expect(await quota.used()).toEqual([12]);
    await quota.quotas.release(never);
    await quota.quotas.release(never);
    expect(await quota.used()).toEqual([7]);
    await quota.quotas.end(early);
    quota.pass(6_600);
    expect(await quota.used()).toEqual([0]);
  });
});

describe('a calendar window', () => {
  const day = (limit: number, zone = 'UTC') => ({ kind: 'calendar' as const, period: 'day' as const, zone, limit });
  const MIDNIGHT = Date.parse('2026-03-11T00:00:00Z');

  test('begins anew with the period, and not before', async () => {
    const quota = quotaAt(T0, { name: 'day', windows: [day(2)] });
    expect([await quota.call(), await quota.call(), await quota.call()]).toEqual([true, true, false]);
    expect(await quota.take()).toMatchObject({ retryAtMs: MIDNIGHT });
    quota.toMs(MIDNIGHT - 1);
    expect(await quota.call()).toBe(false);
    quota.pass(1);
    expect(await quota.call()).toBe(true);
    expect(await quota.used()).toEqual([1]);
  });

  test('counts a call in every period that it may touch, and gives back those that it did not', async () => {
    const quota = quotaAt(MIDNIGHT - 600, { name: 'touch', windows: [day(1)] });
    const lease = leaseOf(await quota.take(1, 1_000));
    quota.pass(1_000);
    expect(await quota.call()).toBe(false);
    const early = quotaAt(MIDNIGHT - 600, { name: 'early', windows: [day(1)] });
    await early.quotas.end(leaseOf(await early.take(1, 1_000)));
    early.pass(1_000);
    expect(await early.call()).toBe(true);
    await quota.quotas.end(lease);
    expect(await quota.call()).toBe(false);
  });

  test('counts a call near a boundary on both sides, as far as the clocks may differ', async () => {
    const quota = quotaAt(MIDNIGHT + 300, { name: 'skew', windows: [day(1)], marginMs: 500 });
    expect(await quota.call()).toBe(true);
    quota.toMs(MIDNIGHT - 400);
    expect(await quota.call()).toBe(false);
  });

  test('is of its zone', async () => {
    const quota = quotaAt(T0, { name: 'zone', windows: [day(1, 'America/Los_Angeles')] });
    expect(await quota.call()).toBe(true);
    quota.toMs(Date.parse('2026-03-11T06:59:59Z'));
    expect(await quota.call()).toBe(false);
    quota.toMs(Date.parse('2026-03-11T07:00:00Z'));
    expect(await quota.call()).toBe(true);
  });

  test('gives back what was never used', async () => {
    const quota = quotaAt(MIDNIGHT - 600, { name: 'back', windows: [day(2)] });
    await quota.quotas.release(leaseOf(await quota.take(2, 1_000)));
    expect(await quota.used()).toEqual([0]);
    quota.pass(1_000);
    expect(await quota.used()).toEqual([0]);
  });
});

describe('a burst', () => {
  test('paces the window without lowering it', async () => {
    const quota = quotaAt(T0, { name: 'burst', windows: [sliding(100, 10, 2)] });
    let granted = 0;
    for (let second = 0; second < 100; second++) {
      while (await quota.call()) granted++;
      if (second === 0) expect(granted).toBe(2);
      quota.pass(1_000);
    }
    expect(granted).toBe(10);
  });

  test('is never above its window', () => {
    const parse = () => quotaAt(T0, { name: 'above', windows: [sliding(10, 2, 3)] });
    expect(parse).toThrow(/burst is above the limit/);
  });
});

test('a quota in shadow refuses nothing, counts everything, and says what it would have refused', async () => {
  const quota = quotaAt(T0, { name: 'shadow', windows: [sliding(10, 1)], shadow: true });
  expect(await quota.take()).not.toHaveProperty('wouldRefuse');
  const taken = await quota.quotas.take('shadow', { timeoutMs: 1_000, tenant: 'acme' });
  expect(taken).toMatchObject({ granted: true, wouldRefuse: { why: 'window', window: { seconds: 10 } } });
  expect(await quota.state()).toMatchObject({
    windows: [{ used: 2, remaining: 0 }],
    refusals: [{ by: '10s', tenant: 'acme', refused: 0, wouldRefuse: 1 }],
  });
  const metrics = await register.metrics();
  expect(metrics).toContain('sluice_quota_refusals_total{quota="shadow",window="10s",mode="shadow"} 1\n');
  expect(metrics).not.toContain('{quota="shadow",window="10s",mode="enforced"}');
});

describe('what the provider reports', () => {
  test('that remains is all that may be used until the reset', async () => {
    const quota = quotaAt(T0, { name: 'remaining', windows: [sliding(60, 100)] });
    await quota.call(10);
    await quota.quotas.report('remaining', { remaining: 2, resetAtMs: T0 + 30_000 });
    await quota.quotas.report('remaining', { remaining: 50, resetAtMs: T0 + 30_000 });
    expect([await quota.call(), await quota.call(), await quota.call()]).toEqual([true, true, false]);
    expect(await quota.take()).toMatchObject({ retryAtMs: T0 + 30_000 });
    quota.toMs(T0 + 30_000);
    expect(await quota.call()).toBe(true);
  });

  test('counts calls in flight as not counted yet, but for the one that was answered', async () => {
    const quota = quotaAt(T0, { name: 'flying', windows: [sliding(60, 100)] });
    const [answered] = [leaseOf(await quota.take()), leaseOf(await quota.take())];
    await quota.quotas.report('flying', { remaining: 2, resetAtMs: T0 + 30_000, ...(answered && { lease: answered }) });
    expect([await quota.call(), await quota.call()]).toEqual([true, false]);
  });

  test('as a limit holds where it is lower, until another word or for a day', async () => {
    const quota = quotaAt(T0, { name: 'limit', windows: [sliding(10, 5), sliding(60, 50)] });
    const report = (limit: number) => quota.quotas.report('limit', { limit, window: { seconds: 10 } });
    await report(2);
    expect([await quota.call(), await quota.call(), await quota.call()]).toEqual([true, true, false]);
    expect((await quota.state()).windows[0]).toMatchObject({ limit: 2, used: 2, remaining: 0 });
    await report(900);
    expect([await quota.call(3), await quota.call()]).toEqual([true, false]);
    await report(1);
    quota.pass(24 * 3_600_000 + 1);
    expect(await quota.call(5)).toBe(true);
  });

  test('means nothing where it does not say which of several windows', async () => {
    const quota = quotaAt(T0, { name: 'which', windows: [sliding(10, 5), sliding(60, 50)] });
    expect(await quota.quotas.report('which', { remaining: 0 })).toBe(false);
    expect(await quota.call(5)).toBe(true);
  });
});

test('a quota tells once that it is nearly used and once that it is', async () => {
  const events: QuotaEvent[] = [];
  const listener = await listenToQuotas(
    redis,
    (event) => events.push(event),
    () => undefined,
  );
  const quota = quotaAt(T0, { name: 'events', windows: [sliding(60, 10)] });
  for (let n = 0; n < 12; n++) await quota.call();
  quota.pass(60_001);
  for (let n = 0; n < 8; n++) await quota.call();
  const own = () => events.filter(({ quota: name }) => name === 'events');
  await eventually(() => own().length >= 3);
  listener.stop();
  const window = 'sliding:60000';
  expect(own()).toEqual([
    { v: 1, kind: 'near', quota: 'events', window, used: 8, limit: 10, atMs: T0 },
    { v: 1, kind: 'exhausted', quota: 'events', window, used: 10, limit: 10, atMs: T0 },
    { v: 1, kind: 'near', quota: 'events', window, used: 8, limit: 10, atMs: T0 + 60_001 },
  ]);
});

test('a calendar window is told anew in each period', async () => {
  const events: QuotaEvent[] = [];
  const listener = await listenToQuotas(
    redis,
    (event) => events.push(event),
    () => undefined,
  );
  const quota = quotaAt(T0, { name: 'told', windows: [{ kind: 'calendar', period: 'day', zone: 'UTC', limit: 5 }] });
  for (let n = 0; n < 4; n++) await quota.call();
  quota.toMs(Date.parse('2026-03-11T03:00:00Z'));
  for (let n = 0; n < 4; n++) await quota.call();
  await eventually(() => events.filter(({ quota: name }) => name === 'told').length === 2);
  listener.stop();
});

test('the metrics show what is used, by the configured names only', async () => {
  const quota = quotaAt(T0, {
    name: 'metrics',
    windows: [sliding(60, 2), { kind: 'calendar', period: 'day', zone: 'UTC', limit: 9 }],
  });
  for (let n = 0; n < 3; n++) await quota.call();
  await collectQuotaMetrics({ quotas: quota.quotas });
  const lines = (await register.metrics()).split('\n').filter((line) => line.includes('quota="metrics"'));
  expect(lines.toSorted()).toEqual([
    'sluice_breaker_state{quota="metrics"} 0',
    'sluice_quota_closed{quota="metrics"} 0',
    'sluice_quota_limit{quota="metrics",window="60s"} 2',
    'sluice_quota_limit{quota="metrics",window="day UTC"} 9',
    'sluice_quota_refusals_total{quota="metrics",window="60s",mode="enforced"} 1',
    'sluice_quota_used{quota="metrics",window="60s"} 2',
    'sluice_quota_used{quota="metrics",window="day UTC"} 2',
  ]);
});

test('refusals are counted by tenant, those of too many tenants together', async () => {
  const quota = quotaAt(T0, { name: 'refusals', windows: [sliding(60, 1)] });
  await quota.call();
  const takes = Array.from({ length: 1_005 }, (_, n) =>
    quota.quotas.take('refusals', { timeoutMs: 9, tenant: `t ${n}` }),
  );
  await Promise.all(takes);
  const { refusals } = await quota.state();
  expect(refusals.find(({ tenant }) => tenant === 't 7')).toEqual({
    by: '60s',
    tenant: 't 7',
    refused: 1,
    wouldRefuse: 0,
  });
  expect(refusals.find(({ tenant }) => tenant === '*')?.refused).toBeGreaterThanOrEqual(4);
  expect(refusals.reduce((sum, { refused }) => sum + refused, 0)).toBe(1_005);
  expect(refusals.length).toBeLessThanOrEqual(1_001);
});
