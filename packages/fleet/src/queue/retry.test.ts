import { describe, expect, test } from '@jest/globals';
import { FAST_RETRIES, nextRetry } from './retry.ts';

const policy = { attempts: 4, ...FAST_RETRIES };
const heals = { disposition: 'retry' } as const;

describe('fast retries', () => {
  test('come after 2, 4 and 8 seconds, and then no more', () => {
    const waits = [1, 2, 3, 4].map((attempt) => nextRetry(policy, attempt, heals, 0, () => 0));
    expect(waits).toEqual([2_000, 4_000, 8_000, null]);
  });

  test('never come earlier than the plain backoff, and at most a fifth later', () => {
    expect(nextRetry(policy, 1, heals, 1_000, () => 1)).toBe(3_400);
  });

  test('do not follow an error that no repetition heals', () => {
    expect(nextRetry(policy, 1, { disposition: 'give-up' }, 0, () => 0)).toBeNull();
  });

  test('wait for the moment that the error names, and leave a far one to the failure desk', () => {
    expect(nextRetry(policy, 1, { disposition: 'retry-at', retryAtMs: 9_000 }, 1_000, () => 0)).toBe(9_000);
    expect(nextRetry(policy, 1, { disposition: 'retry-at', retryAtMs: 90_000 }, 1_000, () => 0)).toBeNull();
  });
});
