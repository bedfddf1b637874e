import { expect, test } from '@jest/globals';
import { createLimiter } from './limiter.ts';

const remaining = (limiter: ReturnType<typeof createLimiter>, times: number[], action = 'x') =>
  times.map((atMs) => limiter.take(action, atMs)?.remaining);

test('a sliding window holds in any stretch, and what is too much does not count', () => {
  const limiter = createLimiter([{ requests: 2, seconds: 1, kind: 'sliding' }]);
  expect(remaining(limiter, [100, 900, 1_099, 1_100, 1_899, 1_900])).toEqual([1, 0, -1, 0, -1, 0]);
});

test('a fixed window begins anew at every multiple of its length', () => {
  const limiter = createLimiter([{ requests: 2, seconds: 1, kind: 'fixed' }]);
  expect(remaining(limiter, [900, 950, 999, 1_000, 1_001, 1_002])).toEqual([1, 0, -1, 1, 0, -1]);
  expect(limiter.take('x', 1_400)?.resetAfterMs).toBe(600);
});

test('actions count apart, a limit of one action does not bind another, and the tightest is told', () => {
  const limiter = createLimiter([
    { requests: 9, seconds: 1, kind: 'fixed' },
    { requests: 1, seconds: 60, kind: 'fixed', action: 'scan' },
  ]);
  expect(remaining(limiter, [0, 1], 'scan')).toEqual([0, -1]);
  expect(remaining(limiter, [0, 1], 'search')).toEqual([8, 7]);
  expect(createLimiter([]).take('x', 0)).toBeNull();
});
