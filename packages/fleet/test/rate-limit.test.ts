import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createQuotas, type Lease, providerRefused, type Take, withQuota } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

const LONG = 1_000;
const sliding = (seconds: number, limit: number) => ({ kind: 'sliding' as const, seconds, limit });
const quotasOf = (name: string, ...windows: ReturnType<typeof sliding>[]) =>
  createQuotas({ redis, quotas: [{ name, windows, marginMs: 50, cooldownSeconds: 500 }] });

function leaseOf(take: Take): Lease {
  if (!take.granted) throw new Error('refused');
  return take.lease;
}

describe('a quota', () => {
  test('gives 20 racing clients exactly its 10 slots', async () => {
    const quotas = quotasOf('race', sliding(LONG, 10));
    const takes = await Promise.all(Array.from({ length: 20 }, () => quotas.take('race', { timeoutMs: 1_000 })));
    expect(takes.filter((take) => take.granted)).toHaveLength(10);
    expect(new Set(takes.map((take) => take.granted && take.lease.id)).size).toBe(11);
  });

  test('books in all windows or in none: a refusal burns nothing', async () => {
    const quotas = quotasOf('both', sliding(LONG, 2), sliding(LONG * 10, 100));
    const takes = [];
    for (let n = 0; n < 10; n++) takes.push(await quotas.take('both', { timeoutMs: 1_000 }));
    expect(takes.map((take) => take.granted)).toEqual([true, true, ...Array<boolean>(8).fill(false)]);
    expect(takes[9]).toMatchObject({ window: { seconds: LONG } });
    const { windows } = await quotas.state('both');
    expect(windows.map(({ used, remaining }) => [used, remaining])).toEqual([
      [2, 0],
      [2, 98],
    ]);
  });

  test('books the units of a call together', async () => {
    const quotas = quotasOf('units', sliding(LONG, 10));
    expect(await quotas.take('units', { units: 7, timeoutMs: 1_000 })).toMatchObject({ granted: true });
    expect(await quotas.take('units', { units: 4, timeoutMs: 1_000 })).toMatchObject({ granted: false });
    expect(await quotas.take('units', { units: 3, timeoutMs: 1_000 })).toMatchObject({ granted: true });
    await expect(quotas.take('units', { units: 11, timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'quota-units' });
    await expect(quotas.take('units', { timeoutMs: 0 })).rejects.toThrow(RangeError);
    await expect(quotas.take('other', { timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'quota-unknown' });
  });

  test('counts an ended call for one window from its end, and names that moment', async () => {
    const quotas = quotasOf('ended', sliding(0.2, 1));
    const lease = leaseOf(await quotas.take('ended', { timeoutMs: 100_000 }));
    const endedMs = performance.now();
    await quotas.end(lease);
    const refusal = await quotas.take('ended', { timeoutMs: 1_000 });
    expect(refusal).toMatchObject({ granted: false });
    expect(!refusal.granted && refusal.retryAtMs - Date.now()).toBeLessThanOrEqual(202);
    await eventually(async () => (await quotas.take('ended', { timeoutMs: 1_000 })).granted);
    expect(performance.now() - endedMs).toBeGreaterThanOrEqual(200);
  });

  test('counts the slot of a dead caller until deadline, margin and window are over', async () => {
    const quotas = quotasOf('dead', sliding(0.2, 1));
    const bookedMs = performance.now();
    leaseOf(await quotas.take('dead', { timeoutMs: 150 }));
    await eventually(async () => (await quotas.take('dead', { timeoutMs: 1_000 })).granted);
    expect(performance.now() - bookedMs).toBeGreaterThanOrEqual(150 + 50 + 200);
  });

  test('counts a call without an answer for its margin longer', async () => {
    const quotas = quotasOf('unanswered', sliding(LONG, 1));
    const lease = leaseOf(await quotas.take('unanswered', { timeoutMs: 1_000 }));
    await quotas.end(lease);
    const answered = await lapsesAt('unanswered');
    await quotas.end(lease, { unanswered: true });
    expect((await lapsesAt('unanswered')) - answered).toBeGreaterThanOrEqual(50);
  });

  test('is closed by the refusal of its provider, until the moment named or for the cooldown', async () => {
    const quotas = quotasOf('closed', sliding(LONG, 100));
    const use = quotas.use('closed', { timeoutMs: 1_000 });
    const untilMs = Date.now() + 300_000;
    await expect(withQuota(use, () => Promise.reject(providerRefused(untilMs)))).rejects.toMatchObject({
      code: 'provider-refused',
    });
    const refusal = await quotas.take('closed', { timeoutMs: 1_000 });
    expect(refusal).toMatchObject({ granted: false, window: null });
    expect(Math.abs((refusal.granted ? 0 : refusal.retryAtMs) - untilMs)).toBeLessThan(2_000);
    await quotas.end({ id: 'x', quota: 'closed', units: 1, deadlineMs: 0 }, { refused: {} });
    const { closedUntilMs } = await quotas.state('closed');
    expect((closedUntilMs ?? 0) - Date.now()).toBeGreaterThan(490_000);
  });

  test('that is blocked opens at that moment, and an earlier block does not shorten it', async () => {
    const quotas = quotasOf('blocked', sliding(LONG, 100));
    const untilMs = Date.now() + 150;
    await quotas.block('blocked', untilMs);
    await quotas.block('blocked', untilMs - 140);
    expect(await quotas.take('blocked', { timeoutMs: 1_000 })).toMatchObject({ granted: false, window: null });
    await eventually(async () => (await quotas.take('blocked', { timeoutMs: 1_000 })).granted);
    expect(Date.now()).toBeGreaterThanOrEqual(untilMs - 20);
    expect(await quotas.state('blocked')).toMatchObject({ closedUntilMs: null });
  });

  test('leaves no key that does not expire', async () => {
    const quotas = quotasOf('life', sliding(LONG, 5), sliding(1, 5));
    const lease = leaseOf(await quotas.take('life', { timeoutMs: 1_000 }));
    await quotas.end(lease, { refused: {} });
    const keys = await redis.keys('quota:*');
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  });
});

async function lapsesAt(name: string): Promise<number> {
  const key = `quota:{${name}}:log`;
  const [slot = ''] = await redis.zrange(key, '0', '0');
  return Number(await redis.zscore(key, slot));
}
