import { describe, expect, test } from '@jest/globals';
import type { QuotaState } from '../types.ts';
import { estimateMs, waitingOf } from './waiting.ts';

const NOW = 1_000_000;

function stateOf(remaining: number, nextFreeMs: number): QuotaState {
  const window = { kind: 'sliding' as const, seconds: 60, limit: 4 };
  return {
    name: 'x',
    closedUntilMs: null,
    windows: [{ window, used: 4 - remaining, remaining, nextFreeMs, limit: 4 }],
    breaker: { state: 'none', retryAtMs: null },
    nextFreeMs,
    refusals: [],
    waiting: 0,
  };
}

describe('the time that a place in the line takes', () => {
  test('is nothing while the window has room', () => {
    expect(estimateMs(stateOf(2, NOW), 2, NOW)).toBe(0);
  });

  test('is the next free slot, and a window more for each limit before it', () => {
    const full = stateOf(0, NOW + 5_000);
    expect([1, 4, 5, 9].map((place) => estimateMs(full, place, NOW))).toEqual([5_000, 5_000, 65_000, 125_000]);
  });
});

test('who waits is counted by priority and tenant', () => {
  const waiting = waitingOf([7, 1, 2, 'a', 3, 4, 'a', 5, 4, 'b', 1], stateOf(0, NOW), NOW);
  expect(waiting).toMatchObject({
    total: 9,
    reserved: 1,
    oldestMs: 7,
    byPriority: { urgent: 0, high: 3, normal: 0, low: 6 },
    byTenant: [
      { tenant: 'a', waiting: 8 },
      { tenant: 'b', waiting: 1 },
    ],
  });
});
