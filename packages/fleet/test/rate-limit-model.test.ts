import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createQuotas, type Lease } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';
import fc from 'fast-check';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit-model' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

type Step = { do: 'take'; units: number } | { do: 'end' } | { do: 'refuse' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('take' as const), units: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.constant({ do: 'end' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'refuse' as const }) },
);

/** The rule itself, without time: windows are so long that nothing lapses within a history. */
function createModel(limits: number[]) {
  let used = 0;
  let closed = false;
  return {
    take(units: number): boolean {
      const granted = !closed && limits.every((limit) => used + units <= limit);
      if (granted) used += units;
      return granted;
    },
    close: () => (closed = true),
    state: () => ({ closed, used: limits.map(() => used), remaining: limits.map((limit) => limit - used) }),
  };
}

let runs = 0;

async function agrees(limits: number[], steps: Step[]): Promise<void> {
  const name = `model-${runs++}`;
  const windows = limits.map((limit, index) => ({ kind: 'sliding' as const, seconds: 1_000 * (index + 1), limit }));
  const quotas = createQuotas({ redis, quotas: [{ name, windows, marginMs: 10 }] });
  const model = createModel(limits);
  const open: Lease[] = [];
  for (const next of steps) {
    if (next.do === 'take') {
      const take = await quotas.take(name, { units: next.units, timeoutMs: 1_000 });
      expect(take.granted).toBe(model.take(next.units));
      if (take.granted) open.push(take.lease);
      continue;
    }
    const lease = open.shift();
    if (lease === undefined) continue;
    await quotas.end(lease, next.do === 'refuse' ? { refused: {} } : {});
    if (next.do === 'refuse') model.close();
  }
  const { closedUntilMs, windows: seen } = await quotas.state(name);
  expect({
    closed: closedUntilMs !== null,
    used: seen.map((window) => window.used),
    remaining: seen.map((window) => window.remaining),
  }).toEqual(model.state());
}

test('the script grants and counts as the model does on random histories', async () => {
  const limits = fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 1, maxLength: 3 });
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000);
  const property = fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), agrees);
  await fc.assert(property, { seed, numRuns: 150 });
});
