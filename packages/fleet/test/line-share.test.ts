import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLine, createQuotas, type Line, type QuotaInput } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { chooseSeed, eventually, seededRandom, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'line-share' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

const T0 = Date.parse('2026-03-10T12:00:30Z');
type Window = QuotaInput['windows'][number];
const sliding = (limit: number, seconds = 60): Window => ({ kind: 'sliding', seconds, limit });

/** A quota on a clock that the test moves, and its line; what is granted is redeemed, ended and noted. */
function lineOf(name: string, ...windows: Window[]) {
  let nowMs = T0;
  const clock = { redisMs: () => nowMs, monotonicMs: () => nowMs - T0 + 1_000 };
  const quotas = createQuotas({ redis, quotas: [{ name, windows, marginMs: 0 }], now: () => nowMs, clock });
  const order: string[] = [];
  const line: Line = createLine({
    redis,
    quotas,
    process: 'test',
    onError: (error) => {
      throw error;
    },
    async onGranted({ id, tenant }) {
      order.push(tenant);
      const lease = await line.redeem(name, id);
      if (lease !== null) await quotas.end(lease);
    },
  });
  let parked = 0;
  const park = async (tenant: string, times: number, share?: number) => {
    for (let n = 0; n < times; n++) {
      const id = `${tenant}-${++parked}`;
      const question = {
        quota: name,
        id,
        tenant,
        priority: 'normal' as const,
        decides: 0,
        timeoutMs: 1_000,
        token: id,
      };
      await line.park(share === undefined ? question : { ...question, share });
    }
  };
  const count = (tenant: string) => order.filter((each) => each === tenant).length;
  return { quotas, line, order, park, count, pass: (ms: number) => (nowMs += ms) };
}

describe('a tenant with a share', () => {
  test('gets no more than that of each window while another waits', async () => {
    const { line, order, park, count } = lineOf('share', sliding(20));
    await park('big', 60, 0.3);
    await park('small', 60);
    await line.start();
    await eventually(() => order.length === 20);
    await line.stop();
    expect([count('big'), count('small')]).toEqual([6, 14]);
  });

  test('is lent what nobody else wants', async () => {
    const { line, order, park, count } = lineOf('lent', sliding(20));
    await park('big', 60, 0.3);
    await park('small', 5);
    await line.start();
    await eventually(() => order.length === 20);
    await line.stop();
    expect([count('big'), count('small')]).toEqual([15, 5]);
  });

  test('has used of it what it took while nobody waited, in each kind of window, until that has left', async () => {
    for (const [name, window] of Object.entries<Window>({
      exact: sliding(20),
      large: sliding(2_000),
      calendar: { kind: 'calendar', period: 'minute', limit: 20 },
    })) {
      const { quotas, line, order, park, count, pass } = lineOf(`used-${name}`, window);
      const share = window.limit === 20 ? 0.3 : 0.003;
      for (let n = 0; n < 6; n++) {
        const taken = await quotas.take(`used-${name}`, { timeoutMs: 1_000, tenant: 'big', share });
        if (taken.granted) await quotas.end(taken.lease);
      }
      await park('small', 4);
      await park('big', 4, share);
      await line.start();
      await eventually(() => order.length === 8);
      await line.stop();
      expect([name, ...order]).toEqual([name, ...Array<string>(4).fill('small'), ...Array<string>(4).fill('big')]);

      pass(63_000);
      await park('big', 3, share);
      await park('small', 3);
      const again = createLine({
        redis,
        quotas,
        process: 'again',
        onError: () => undefined,
        onGranted: async ({ tenant }) => void order.push(tenant),
      });
      await again.start();
      await eventually(() => order.length === 14);
      await again.stop();
      expect(order.slice(8, 10).toSorted()).toEqual(['big', 'small']);
      expect(count('big')).toBe(7);
    }
  });

  test('has its part back when a call was never made', async () => {
    const { quotas, line, order, park } = lineOf('back', sliding(10));
    const taken = await quotas.take('back', { timeoutMs: 1_000, tenant: 'big', share: 0.1 });
    if (taken.granted) await quotas.release(taken.lease);
    await park('big', 1, 0.1);
    await park('small', 9);
    await line.start();
    await eventually(() => order.length === 10);
    await line.stop();
    expect(order.slice(0, 2)).toContain('big');
  });

  test('that is none is refused', async () => {
    const { park } = lineOf('none', sliding(10));
    await expect(park('big', 1, 0)).rejects.toThrow(RangeError);
    await expect(park('big', 1, 1.1)).rejects.toThrow(RangeError);
  });
});

test('whoever waits with whatever shares: nobody gets above its own while one waits that has not had its part', async () => {
  const random = seededRandom(chooseSeed('line shares'));
  const pick = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  for (let history = 0; history < 12; history++) {
    const limit = pick(5, 25);
    const { line, order, park } = lineOf(`random-${history}`, sliding(limit), sliding(limit * 2, 600));
    const tenants = Array.from({ length: pick(2, 4) }, (_, n) => ({
      name: `t${n}`,
      share: random() < 0.3 ? 1 : pick(1, 9) / 10,
      left: pick(1, limit),
      had: 0,
    }));
    for (const { name, share, left } of tenants) await park(name, left, share);
    const all = Math.min(
      limit,
      tenants.reduce((sum, { left }) => sum + left, 0),
    );
    await line.start();
    await eventually(() => order.length === all);
    await line.stop();
    const partOf = (share: number) => (share === 1 ? limit : Math.max(Math.floor(share * limit), 1));
    for (const name of order) {
      const chosen = tenants.find((tenant) => tenant.name === name);
      if (chosen === undefined) throw new Error('never');
      const isAbove = chosen.had + 1 > partOf(chosen.share);
      const poorer = tenants.find(
        (other) => other !== chosen && other.left > 0 && other.had + 1 <= partOf(other.share),
      );
      if (isAbove && poorer !== undefined) {
        throw new Error(`history ${history}: ${JSON.stringify([limit, chosen, poorer])} in ${order.join(' ')}`);
      }
      chosen.had++;
      chosen.left--;
    }
  }
}, 120_000);
