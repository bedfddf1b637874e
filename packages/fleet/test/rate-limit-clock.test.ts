import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createQuotas, type QuotaUse, withQuota } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { chooseSeed, seededRandom, startRedis, type TestRedis } from '@sluice/testkit';

const WINDOW = { kind: 'sliding' as const, seconds: 0.5, limit: 5 };
const TIMEOUT_MS = 100;
const JUMPS_MS = [3_600_000, -7_200_000, 2_500, -90_000, 86_400_000, 0];
const BETWEEN_MS = 1_200;

let server: TestRedis;
let connections: Redis[];

beforeAll(async () => {
  server = await startRedis({ hasClock: true });
  connections = ['one', 'two'].map((name) => connectRedis(server.url, { name }));
});
afterAll(async () => {
  await Promise.all(connections.map(closeRedis));
  await server.stop();
});

/** Calls whenever there is a slot; a refusal is not waited for longer than a moment, because its clock may be wrong. */
async function keepCalling(use: QuotaUse, call: () => Promise<void>, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await withQuota(use, call).catch(async (error: unknown) => {
      if (!(error instanceof SluiceError)) throw error;
      await wait(10);
    });
  }
}

test("jumps of the server's real clock, forward and back, never let a call too many through", async () => {
  const random = seededRandom(chooseSeed('clock jumps'));
  const arrivals: number[] = [];
  const call = async () => {
    await wait(30 * random());
    arrivals.push(performance.now());
  };
  let over = false;
  const uses = connections.map((redis) =>
    createQuotas({ redis, quotas: [{ name: 'clock', windows: [WINDOW], marginMs: 50 }] }).use('clock', {
      timeoutMs: TIMEOUT_MS,
    }),
  );
  const callers = uses.flatMap((use) => Array.from({ length: 4 }, () => keepCalling(use, call, () => over)));
  const afterJump: number[] = [];
  for (const aheadMs of JUMPS_MS) {
    await wait(BETWEEN_MS);
    await server.setClock(aheadMs);
    const [seconds] = (await connections[0]?.time()) ?? [];
    // The server's clock has really moved.
    expect(Math.abs(Number(seconds) * 1_000 - Date.now() - aheadMs)).toBeLessThan(3_000);
    afterJump.push(arrivals.length);
  }
  await wait(2 * BETWEEN_MS);
  over = true;
  await Promise.all(callers);

  const times = arrivals.toSorted((a, b) => a - b);
  const spans = times.slice(WINDOW.limit).map((last, first) => last - (times[first] ?? 0));
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(WINDOW.seconds * 1_000);
  // And it goes on after each of them.
  expect(arrivals.length).toBeGreaterThan(afterJump.at(-1) ?? 0);
  expect(afterJump[0]).toBeGreaterThan(0);
}, 30_000);
