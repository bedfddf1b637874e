import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { createQuotas, providerRefused, withQuota } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit-breaker' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

const T0 = Date.parse('2026-03-10T12:00:00Z');

/** A provider with a breaker of 3 failures in 10 s and a pause of 5 s, asked by two processes, on a clock that the test moves. */
function providerOf(name: string) {
  let nowMs = T0;
  const clock = { redisMs: () => nowMs, monotonicMs: () => nowMs - T0 + 1_000 };
  const breaker = { failures: 3, withinSeconds: 10, pauseSeconds: 5 };
  const windows = [{ kind: 'sliding' as const, seconds: 1, limit: 100 }];
  const [one, two] = [0, 1].map(() =>
    createQuotas({ redis, quotas: [{ name, windows, marginMs: 0, breaker }], now: () => nowMs, clock }).use(name, {
      timeoutMs: 1_000,
    }),
  );
  if (one === undefined || two === undefined) throw new Error('never');
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => 'answered',
      (error: unknown) => (error instanceof SluiceError ? error.code : 'other'),
    );
  const unreachable = () => new SluiceError('provider-unreachable', 'It is away.', { disposition: 'retry' });
  return {
    one,
    two,
    pass: (ms: number) => (nowMs += ms),
    fails: (use = one) => codeOf(withQuota(use, () => Promise.reject(unreachable()))),
    throws: (fault: unknown) => codeOf(withQuota(one, () => Promise.reject(fault))),
    works: (use = one) => codeOf(withQuota(use, async () => 1)),
  };
}

describe('a breaker', () => {
  test('opens for the whole fleet after its failures, and names the moment of the next try', async () => {
    const provider = providerOf('opens');
    for (let n = 0; n < 3; n++) expect(await provider.fails()).toBe('provider-unreachable');
    const refused = withQuota(provider.two, async () => 1);
    await expect(refused).rejects.toMatchObject({
      code: 'provider-down',
      disposition: 'retry-at',
      retryAtMs: T0 + 5_000,
    });
  });

  test('does not count refusals, other errors, or failures that are long ago', async () => {
    const provider = providerOf('counts');
    await provider.fails();
    await provider.fails();
    provider.pass(10_000);
    await provider.fails();
    await provider.throws(new Error('a bug of ours'));
    await provider.throws(new SluiceError('provider-malformed', 'Unreadable.', { disposition: 'retry' }));
    expect(await provider.throws(providerRefused(T0 + 10_001))).toBe('provider-refused');
    provider.pass(1);
    expect(await provider.works()).toBe('answered');
  });

  test('lets one call try after the pause; its success closes it', async () => {
    const provider = providerOf('closes');
    for (let n = 0; n < 3; n++) await provider.fails();
    provider.pass(5_000);
    let finish: () => void = () => undefined;
    const trial = withQuota(provider.one, () => new Promise<void>((resolve) => (finish = resolve)));
    await provider.one.take().catch(() => undefined);
    expect(await provider.works(provider.two)).toBe('provider-down');
    finish();
    await trial;
    expect(await provider.works(provider.two)).toBe('answered');
  });

  test('stays open for another pause when the try fails', async () => {
    const provider = providerOf('stays');
    for (let n = 0; n < 3; n++) await provider.fails();
    provider.pass(5_000);
    expect(await provider.fails()).toBe('provider-unreachable');
    expect(await provider.works()).toBe('provider-down');
    provider.pass(5_000);
    expect(await provider.works()).toBe('answered');
  });

  test('lets another call try when the first was given up, or its worker died', async () => {
    const provider = providerOf('given-up');
    for (let n = 0; n < 3; n++) await provider.fails();
    provider.pass(5_000);
    expect(await provider.throws(new Error('cancelled'))).toBe('other');
    expect(await provider.one.take()).toMatchObject({ granted: true });
    expect(await provider.works()).toBe('provider-down');
    provider.pass(1_002);
    expect(await provider.works()).toBe('answered');
  });
});
