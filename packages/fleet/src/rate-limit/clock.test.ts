import { describe, expect, test } from '@jest/globals';
import { createClockWatch } from './clock.ts';

/** Jumps that are seen when Redis shows `redisMs` between the two moments of ours, in turn. */
function jumpsOf(...seen: [redisMs: number, sentMs: number, receivedMs: number][]): number {
  const watch = createClockWatch();
  for (const each of seen) watch.observe(...each);
  return watch.jumps();
}

describe('a watch over the clock of Redis', () => {
  test('sees steps above two seconds, in both directions', () => {
    expect(jumpsOf([50_000, 0, 10], [52_600, 500, 510])).toBe(1);
    expect(jumpsOf([50_000, 0, 10], [48_400, 500, 510])).toBe(1);
    expect(jumpsOf([50_000, 0, 10], [51_900, 500, 510], [52_900, 1_500, 1_510])).toBe(0);
  });

  test('takes no slow answer for a step', () => {
    expect(jumpsOf([50_000, 0, 10], [80_000, 500, 30_100])).toBe(0);
    expect(jumpsOf([50_000, 0, 30_000], [50_900, 30_100, 30_110])).toBe(0);
  });

  test('takes no clock that is being set right slowly for a step', () => {
    expect(jumpsOf([0, 0, 0], [3_600_000 + 3_000, 3_600_000, 3_600_000])).toBe(0);
  });
});
