import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createQuotas, type QuotaUse, withQuota } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';

const WINDOWS = [
  { kind: 'sliding' as const, seconds: 0.3, limit: 5 },
  { kind: 'sliding' as const, seconds: 1, limit: 12 },
];
const RUN_MS = 3_500;
const TIMEOUT_MS = 60;
const MARGIN_MS = 100;

let server: TestRedis;
let connections: Redis[];

beforeAll(async () => {
  server = await startRedis();
  connections = ['one', 'two'].map((name) => connectRedis(server.url, { name }));
});
afterAll(async () => {
  await Promise.all(connections.map(closeRedis));
  await server.stop();
});

/** Counts calls when they arrive, up to 90 ms after they were sent: some only when their caller has given up. */
function createProvider() {
  const arrivals: number[] = [];
  const onTheWay: Promise<void>[] = [];
  return {
    arrivals,
    settled: () => Promise.all(onTheWay),
    call(): Promise<void> {
      const arrival = wait(90 * Math.random()).then(() => void arrivals.push(performance.now()));
      onTheWay.push(arrival);
      return arrival.then(() => wait(20 * Math.random()));
    },
  };
}

/** Calls whenever there is a slot; waits as long as a refusal says. */
async function caller(use: QuotaUse, call: () => Promise<void>, endMs: number): Promise<void> {
  while (performance.now() < endMs) {
    await withQuota(use, call).catch(async (error: unknown) => {
      if (!(error instanceof SluiceError)) throw error;
      if (error.code === 'quota-exhausted') await wait(Math.max((error.retryAtMs ?? 0) - Date.now(), 1));
    });
  }
}

test('the provider never sees more than the limit in any stretch of a window, from two processes, late and given up', async () => {
  const provider = createProvider();
  const quotas = connections.map((redis) =>
    createQuotas({ redis, quotas: [{ name: 'door', windows: WINDOWS, marginMs: MARGIN_MS }] }),
  );
  const endMs = performance.now() + RUN_MS;
  const uses = quotas.map((own) => own.use('door', { timeoutMs: TIMEOUT_MS }));
  await Promise.all(uses.flatMap((use) => Array.from({ length: 6 }, () => caller(use, provider.call, endMs))));
  await provider.settled();

  const arrivals = provider.arrivals.toSorted((a, b) => a - b);
  for (const { seconds, limit } of WINDOWS) {
    const spans = arrivals.slice(limit).map((last, first) => last - (arrivals[first] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(seconds * 1_000);
  }
  // Not by standing still: at least two thirds of what the longest window allows were used.
  expect(arrivals.length).toBeGreaterThanOrEqual((12 * RUN_MS) / 1_000 / 1.5);
});
