import { describe, expect, test } from '@jest/globals';
import { remember, waitFor } from './trend.ts';

const readings = (...values: number[]) => values.map((value, at) => ({ atMs: at * 1_000, value }));

describe('how long until it is over', () => {
  test.each([
    ['is what is left at the pace that it fell', readings(200, 190, 180), 100, 8_000],
    ['is a second where it is over', readings(200, 90), 100, 1_000],
    ['is half a minute where it rises', readings(180, 200), 100, 30_000],
    ['is half a minute where nobody knows', readings(200), 100, 30_000],
    ['is five minutes at most', readings(100_001, 100_000), 100, 300_000],
    ['is a second at least', readings(1_000, 101), 100, 1_000],
    ['is a second without a reading', [], 100, 1_000],
  ])('%s', (_what, given, limit, ms) => {
    expect(waitFor(given, limit)).toBe(ms);
  });

  test('is judged by the last half minute', () => {
    const old = [{ atMs: 0, value: 1_000 }];
    expect(remember(old, { atMs: 29_999, value: 1 })).toHaveLength(2);
    expect(remember(old, { atMs: 30_000, value: 1 })).toEqual([{ atMs: 30_000, value: 1 }]);
  });
});
