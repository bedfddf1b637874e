import { describe, expect, test } from '@jest/globals';
import type { Redis } from '@sluice/fleet/redis';
import { createPressure } from './pressure.ts';

function setUp(change: Partial<{ memoryBytes: number | null; maxBytes: number }> = {}) {
  const state = { nowMs: 0, usedBytes: 10, entries: 0, queueMs: 0, readings: 0 };
  const { memoryBytes = null, maxBytes = 0 } = change;
  const redis = {
    info: async () => {
      state.readings += 1;
      return `# Memory\r\nused_memory:${state.usedBytes}\r\nmaxmemory:${maxBytes}\r\n`;
    },
  };
  const counts = { waiting: 1, active: 0, delayed: 0, failed: 0 };
  const pressure = createPressure({
    redis: redis as unknown as Redis,
    producer: { counts: async () => ({ analysis: { ...counts, oldestWaitingMs: state.queueMs } }) },
    journal: { lag: async () => ({ entries: state.entries, oldestMs: null }) },
    limits: { queueAgeMs: 60_000, journalEntries: 100, memoryBytes, memoryShare: 0.85 },
    now: () => state.nowMs,
  });
  return { state, pressure };
}

describe('pressure', () => {
  test.each([
    ['memory-full', { maxBytes: 100 }, { usedBytes: 86 }],
    ['memory-full', { memoryBytes: 50 }, { usedBytes: 51 }],
    ['record-behind', {}, { entries: 101 }],
    ['queue-behind', {}, { queueMs: 60_001 }],
  ])('refuses with %s above the mark, and not at it', async (code, limits, above) => {
    const { state, pressure } = setUp(limits);
    await pressure.check();
    const at = Object.fromEntries(Object.entries(above).map(([name, value]) => [name, value - 1]));
    Object.assign(state, at, { nowMs: 2_000 });
    await pressure.check();
    Object.assign(state, above, { nowMs: 4_000 });
    await expect(pressure.check()).rejects.toMatchObject({ code, httpStatus: 503, retryAtMs: 34_000 });
  });

  test('says when it will be over by the pace at which it falls', async () => {
    const { state, pressure } = setUp();
    state.entries = 300;
    await expect(pressure.check()).rejects.toMatchObject({ retryAtMs: 30_000 });
    Object.assign(state, { entries: 200, nowMs: 2_000 });
    await expect(pressure.check()).rejects.toMatchObject({ retryAtMs: 4_000 });
  });

  test('is measured once a second, and once for all who ask meanwhile', async () => {
    const { state, pressure } = setUp();
    await Promise.all([pressure.check(), pressure.check(), pressure.check()]);
    state.nowMs = 1_000;
    await pressure.check();
    expect(state.readings).toBe(1);
    state.nowMs = 1_001;
    await pressure.check();
    expect(state.readings).toBe(2);
  });
});
