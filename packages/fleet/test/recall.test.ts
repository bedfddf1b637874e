import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRecall } from '@sluice/fleet/rate-limit';
import { connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis } from '@sluice/testkit';

const QUOTA = 'shodan.k1';
const MONTH = { kind: 'sliding', seconds: 2_678_400, limit: 1_000 } as const;
const quotas = [{ name: QUOTA, marginMs: 0, windows: [{ kind: 'sliding', seconds: 1, limit: 1 } as const, MONTH] }];

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'recall' });
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const nowMs = async () => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};

async function note(used: number, agoMs: number): Promise<void> {
  const atMs = (await nowMs()) - agoMs;
  await redis.hset('quota-usage', ':at', String(atMs));
  await redis.hset('quota-usage', QUOTA, JSON.stringify({ v: 1, atMs, used: { '2678400s': used } }));
}

describe('what the record says of a window after a loss', () => {
  const recall = () => createRecall({ redis, quotas, waitMs: 0 })(QUOTA, MONTH);

  test('is what had been noted, and as much as the windows allowed since: never less than was used', async () => {
    await note(120, 60_000);
    const used = await recall();
    expect(used).toBeGreaterThanOrEqual(180);
    expect(used).toBeLessThan(200);
  });

  test('is never more than the limit', async () => {
    await note(990, 3_600_000);
    expect(await recall()).toBe(1_000);
  });

  test('is nothing where the record was asked and does not know the quota', async () => {
    await redis.hset('quota-usage', ':at', String(await nowMs()));
    expect(await recall()).toBeNull();
  });

  test('is refused, to be asked again, while nobody has asked the record', async () => {
    await expect(recall()).rejects.toMatchObject({ code: 'quota-unrecalled', disposition: 'retry' });
  });
});
