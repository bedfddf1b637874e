import { describe, expect, test } from '@jest/globals';
import { restMs } from './drainer.ts';
import { evenPart } from './shares.ts';

describe('the pause between two rounds', () => {
  const round = { jobs: 400, tookMs: 100, lagMs: 1_000, hasMore: false };

  test('is short when little changes, so that the record is hardly behind', () => {
    expect(restMs({ ...round, jobs: 3, tookMs: 900 }, 500)).toBe(500);
  });

  test('is long under load, so that most of the time is left to the jobs, and half of it where the record is behind', () => {
    expect(restMs(round, 500)).toBe(2_000);
    expect(restMs({ ...round, tookMs: 1_000, hasMore: true }, 500)).toBe(4_000);
    expect(restMs({ ...round, tookMs: 9_000, hasMore: true }, 500)).toBe(5_000);
    expect(restMs({ ...round, tookMs: 3_000, lagMs: 30_000, hasMore: true }, 500)).toBe(3_000);
  });

  test('is none where the record is far behind and there is more, as after it was away', () => {
    expect(restMs({ ...round, tookMs: 3_000, lagMs: 90_000, hasMore: true }, 500)).toBe(0);
    expect(restMs({ ...round, lagMs: 90_000 }, 500)).toBe(2_000);
  });
});

test('parts of the buckets leave none over, however many processes there are', () => {
  for (let processes = 1; processes <= 20; processes += 1) {
    expect(evenPart(16, processes) * processes).toBeGreaterThanOrEqual(16);
    expect(evenPart(16, processes)).toBeGreaterThanOrEqual(1);
  }
  expect(evenPart(16, 0)).toBe(16);
});
