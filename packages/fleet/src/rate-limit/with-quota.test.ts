import { describe, expect, test } from '@jest/globals';
import type { EndOptions, QuotaUse, Take } from './types.ts';
import { cached } from '../cache/cached.ts';
import { providerRefused, withQuota } from './with-quota.ts';

/** A quota that always answers the same and remembers how calls ended. */
function fakeUse(options: { timeoutMs?: number; refusedUntilMs?: number; endFails?: boolean } = {}) {
  const ends: EndOptions[] = [];
  const use: QuotaUse = {
    name: 'fake',
    take: async (): Promise<Take> => {
      if (options.refusedUntilMs !== undefined) {
        return { granted: false, retryAtMs: options.refusedUntilMs, window: null };
      }
      const deadlineMs = performance.now() + (options.timeoutMs ?? 60_000);
      return { granted: true, lease: { id: 'l', quota: 'fake', units: 1, deadlineMs } };
    },
    end: async (_lease, end = {}) => {
      ends.push(end);
      if (options.endFails === true) throw new Error('redis is away');
    },
  };
  return { use, ends };
}

describe('a call with a quota', () => {
  test('gives its value and ends its slot, also where Redis fails then', async () => {
    const { use, ends } = fakeUse({ endFails: true });
    await expect(withQuota(use, async () => 'answer')).resolves.toBe('answer');
    expect(ends).toEqual([{}]);
  });

  test('is not made when no slot is free', async () => {
    const { use, ends } = fakeUse({ refusedUntilMs: 1_234 });
    let calls = 0;
    const asked = withQuota(use, async () => calls++);
    await expect(asked).rejects.toMatchObject({
      code: 'quota-exhausted',
      disposition: 'retry-at',
      retryAtMs: 1_234,
    });
    expect([calls, ends]).toEqual([0, []]);
  });

  test('that the provider refuses closes the quota', async () => {
    const { use, ends } = fakeUse();
    for (const error of [providerRefused(5_000), providerRefused()]) {
      await expect(withQuota(use, () => Promise.reject(error))).rejects.toBe(error);
    }
    expect(ends).toEqual([{ refused: { untilMs: 5_000 } }, { refused: {} }]);
  });

  test('that fails in another way may still arrive', async () => {
    const { use, ends } = fakeUse();
    await expect(withQuota(use, () => Promise.reject(new Error('reset')))).rejects.toThrow('reset');
    expect(ends).toEqual([{ unanswered: true }]);
  });

  test('is cut at its time limit though it does not listen', async () => {
    const { use, ends } = fakeUse({ timeoutMs: 20 });
    let seen: AbortSignal | undefined;
    const call = withQuota(use, ({ signal }) => {
      seen = signal;
      return new Promise(() => undefined);
    });
    await expect(call).rejects.toMatchObject({ code: 'call-timeout', disposition: 'retry' });
    expect(seen?.aborted).toBe(true);
    expect(ends).toEqual([{ unanswered: true, failed: true }]);
  });

  test('is not made when its time was used up by booking', async () => {
    const { use, ends } = fakeUse({ timeoutMs: -1 });
    let calls = 0;
    await expect(withQuota(use, async () => calls++)).rejects.toMatchObject({ code: 'call-timeout' });
    expect([calls, ends]).toEqual([0, [{ unanswered: true }]]);
  });

  test('ends when its caller gives up', async () => {
    const { use } = fakeUse();
    const caller = new AbortController();
    const call = withQuota(use, () => new Promise(() => undefined), { signal: caller.signal });
    caller.abort(new Error('cancelled'));
    await expect(call).rejects.toThrow('cancelled');
    await expect(withQuota(use, async () => 1, { signal: caller.signal })).rejects.toThrow('cancelled');
  });
});

test('the cache goes around the quota, not inside it', () => {
  const find = cached({ getOrAsk: async () => ({ value: 'answer', source: 'memory' as const }) }, async () => 'answer');
  // @ts-expect-error A slot would be spent on what the cache holds.
  const wrong = (use: QuotaUse) => withQuota(use, async () => find('resource'));
  const right = (use: QuotaUse) => cached({ getOrAsk: neverAsked }, async () => withQuota(use, async () => 'answer'));
  expect([wrong, right]).toHaveLength(2);
});

const neverAsked = () => Promise.reject(new Error('nobody asks'));
