import { describe, expect, test } from '@jest/globals';
import { nextPauseMs, readRetryAfter } from './retry.ts';

const state = { failures: 1, elapsedMs: 0, patienceMs: 60_000, askedMs: null };

describe('the pause before the next attempt', () => {
  test('doubles from 250 ms and never passes 5 s', () => {
    const pauses = [1, 2, 3, 5, 6, 40].map((failures) => nextPauseMs({ ...state, failures }, 0));
    expect(pauses).toEqual([250, 500, 1_000, 4_000, 5_000, 5_000]);
  });

  test('is shortened by half at most', () => {
    expect(nextPauseMs(state, 0.999)).toBeGreaterThan(125);
  });

  test('is never shorter than the server asked', () => {
    expect(nextPauseMs({ ...state, askedMs: 7_000 }, 0.5)).toBe(7_000);
  });

  test('is none where the patience would end before it', () => {
    expect(nextPauseMs({ ...state, elapsedMs: 59_900 }, 0)).toBeNull();
    expect(nextPauseMs({ ...state, patienceMs: 0 }, 0)).toBeNull();
    expect(nextPauseMs({ ...state, askedMs: 61_000 }, 0)).toBeNull();
  });
});

test('Retry-After is read as seconds or as a date, and anything else is nothing', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  expect(readRetryAfter('3', nowMs)).toBe(3_000);
  expect(readRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', nowMs)).toBe(5_000);
  expect(readRetryAfter('Thu, 01 Jan 2025 00:00:05 GMT', nowMs)).toBe(0);
  expect(readRetryAfter('soon', nowMs)).toBeNull();
  expect(readRetryAfter(null, nowMs)).toBeNull();
});
