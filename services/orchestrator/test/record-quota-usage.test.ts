import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { announceQuotas, createQuotas, type QuotaInput } from '@sluice/fleet/rate-limit';
import { createQuotaUsage } from '../src/record/quota-usage.ts';
import { createWorld, type World } from './record-world.ts';

const DAY_SECONDS = 86_400;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());
beforeEach(() => world.redis.flushall());

const quotaOf = (name: string): QuotaInput => ({
  name,
  windows: [
    { kind: 'sliding', seconds: 60, limit: 20 },
    { kind: 'sliding', seconds: DAY_SECONDS, limit: 500 },
  ],
  marginMs: 0,
});

/** Announces a quota and uses some of it. */
async function use(quota: QuotaInput, calls: number): Promise<void> {
  await announceQuotas(world.redis, [{ action: 'test', quota }]);
  const quotas = createQuotas({ redis: world.redis, quotas: [quota] });
  for (let call = 0; call < calls; call += 1) {
    const taken = await quotas.take(quota.name, { timeoutMs: 1_000 });
    if (!taken.granted) throw new Error('the quota is used up');
    await quotas.end(taken.lease);
  }
}

const told = async (name: string): Promise<{ atMs: number; used: Record<string, number> } | null> =>
  JSON.parse((await world.redis.hget('quota-usage', name)) ?? 'null');

describe('the usage of quotas', () => {
  const usage = () => createQuotaUsage({ redis: world.redis, table: world.records.quotaUsage });

  test('is noted in the record by hour, and what is recorded does not shrink within the hour', async () => {
    await use(quotaOf('first'), 3);
    await usage()();
    await use(quotaOf('first'), 2);
    await usage()();
    const rows = await world.records.quotaUsage.since(0, 'first');
    const most = (window: string) => Math.max(...rows.filter((row) => row.window === window).map(({ units }) => units));
    expect([most('60s'), most(`${DAY_SECONDS}s`)]).toEqual([5, 5]);
  });

  test('is told by the record when Redis has lost it, also where the quotas are not announced yet', async () => {
    await use(quotaOf('second'), 7);
    const step = usage();
    await step();
    const before = await told('second');
    await world.redis.flushall();
    expect(await told('second')).toBeNull();
    await step();
    expect((await told('second'))?.used).toEqual({ '60s': 7, [`${DAY_SECONDS}s`]: 7 });
    // No later than the last look, so that whoever recalls reckons with what came after it.
    expect((await told('second'))?.atMs).toBeLessThanOrEqual(before?.atMs ?? 0);
    expect(await world.redis.hexists('quota-usage', ':at')).toBe(1);
    expect(await world.redis.ttl('quota-usage')).toBeGreaterThan(0);
  });

  test('is not taken from counters that nobody has begun anew: they would say that nothing was used', async () => {
    const quota = quotaOf('third');
    await use(quota, 7);
    const step = usage();
    await step();
    await world.redis.flushall();
    await announceQuotas(world.redis, [{ action: 'test', quota }]);
    await step();
    expect((await told('third'))?.used['60s']).toBe(7);
  });

  test('is not taken from counters of before a jump of the clock, until they are begun anew', async () => {
    const quota = quotaOf('fourth');
    let aheadMs = 0;
    const step = createQuotaUsage({
      redis: world.redis,
      table: world.records.quotaUsage,
      monotonicMs: () => performance.now() + aheadMs,
    });
    await use(quota, 2);
    await step();
    await use(quota, 2);
    // The clock of Redis goes on as it does, ours by a minute more.
    aheadMs = 60_000;
    await step();
    expect((await told('fourth'))?.used['60s']).toBe(2);
    await world.redis.hset(`quota:{${quota.name}}:state`, 'born', 'another');
    await step();
    expect((await told('fourth'))?.used['60s']).toBe(4);
  });

  test('says that the record was asked only when it was', async () => {
    const away = { ...world.records.quotaUsage, since: () => Promise.reject(new Error('away')) };
    await expect(createQuotaUsage({ redis: world.redis, table: away })()).rejects.toThrow('away');
    expect(await world.redis.exists('quota-usage')).toBe(0);
  });
});
