import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { announceQuotas, createQuotas, type QuotaInput } from '@sluice/fleet/rate-limit';
import { eventually } from '@sluice/testkit';
import { createProviderGate, providerOf } from '../src/desk/providers.ts';
import { BLOB, retryWorld } from './world.ts';

const world = retryWorld();
const QUOTA: QuotaInput = {
  name: 'shodan.0000',
  windows: [{ kind: 'sliding', seconds: 60, limit: 1_000 }],
  marginMs: 0,
  breaker: { failures: 1, withinSeconds: 60, pauseSeconds: 3_600 },
};

/** A provider whose breaker a failed call has opened. */
async function openBreaker(pauseSeconds = 3_600) {
  const quota = { ...QUOTA, breaker: { failures: 1, withinSeconds: 60, pauseSeconds } };
  await announceQuotas(world.redis(), [{ action: 'shodan', quota }]);
  const quotas = createQuotas({ redis: world.redis(), quotas: [quota] });
  const call = async (failed: boolean) => {
    const take = await quotas.take(quota.name, { timeoutMs: 1_000 });
    if (!take.granted) throw new Error('refused');
    await quotas.end(take.lease, { failed, unanswered: failed });
  };
  await call(true);
  return { reached: () => call(false) };
}

/** Looks at the breakers anew with every question. */
const freshGate = (changes: object = {}) => createProviderGate({ redis: world.redis(), ...changes }).gate;

test('a task names its provider in its payload; an opinion is of Gemini, all else asks nobody', () => {
  expect(providerOf({ name: 'provider.lookup', payload: { provider: 'shodan' } })).toBe('shodan');
  expect(providerOf({ name: 'mail.opinion', payload: {} })).toBe('gemini');
  expect(providerOf({ name: 'provider.lookup', payload: { provider: 'nobody' } })).toBeNull();
  expect(providerOf({ name: 'mail.parse', payload: null })).toBeNull();
});

describe('redrives of a provider', () => {
  test('go when nothing is known against it', async () => {
    await announceQuotas(world.redis(), [{ action: 'shodan', quota: QUOTA }]);
    expect(await freshGate()('shodan')).toBeNull();
  });

  test('wait while its breaker is open, and those of others do not', async () => {
    await openBreaker();
    expect(await freshGate()('shodan')).toMatchObject({ why: 'open' });
    expect(await freshGate()('virustotal')).toBeNull();
  });

  test('trickle when it has closed, of all desks together, and then go', async () => {
    const breaker = await openBreaker(0.05);
    const pace = { trickleMs: 60_000, tricklePauseMs: 60_000, random: () => 0 };
    expect(await freshGate(pace)('shodan')).toMatchObject({ why: 'open' });
    await eventually(() => breaker.reached());
    expect(await freshGate(pace)('shodan')).toBeNull();
    expect(await freshGate(pace)('shodan')).toMatchObject({ why: 'trickle' });
    await world.redis().del('{desk}:trickle:shodan');
    expect(await freshGate(pace)('shodan')).toBeNull();
    expect(await freshGate(pace)('shodan')).toMatchObject({ why: 'trickle' });
    await world.redis().del('{desk}:down:shodan');
    for (let n = 0; n < 5; n++) expect(await freshGate(pace)('shodan')).toBeNull();
  });

  test('are held at the desk with the reason, and tried when the provider is well', async () => {
    await openBreaker();
    const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });
    const counter = world.startPool(down);
    const { gate } = createProviderGate({ redis: world.redis(), trickleMs: 50, tricklePauseMs: 10 });
    world.startDesk({ gate });
    const payload = { resources: BLOB, id: '0123456789abcdef', provider: 'shodan' };
    const task = await world.queued({ name: 'provider.lookup', payload });
    await world.letter(task, 'scheduled', 'breaker');
    expect(counter.calls).toBe(1);
    await world.redis().del(await world.redis().keys('quota:{shodan.0000}:*'));
    await eventually(async () => {
      await world.hurry(task.message.jobId);
      expect(counter.calls).toBe(2);
    });
    await world.done(task);
  });

  test('leave nothing in Redis that stays', async () => {
    await openBreaker();
    await freshGate()('shodan');
    const keys = await world.redis().keys('{desk}:*');
    expect(keys).toEqual(['{desk}:down:shodan']);
    for (const key of keys) expect(await world.redis().pttl(key)).toBeGreaterThan(0);
  });
});
