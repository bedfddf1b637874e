import { describe, expect, test } from '@jest/globals';
import { countDeaths, restartDelayMs } from './backoff.ts';

describe('restarts', () => {
  test('the pause doubles from a quarter of a second to ten seconds and stays there', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 10_000].map(restartDelayMs);
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  });

  test('deaths add up while the process was ready for less than thirty seconds', () => {
    expect(countDeaths(0, 0)).toBe(1);
    expect(countDeaths(4, 29_999)).toBe(5);
  });

  test('thirty seconds of readiness wipe out earlier deaths', () => {
    expect(countDeaths(7, 30_000)).toBe(1);
  });
});
