import { describe, expect, test } from '@jest/globals';
import type { JobSnapshot, TaskView } from '@sluice/fleet/jobs';
import { openTasks, redriveAt, STILL_MS, standsStill } from './judge.ts';

describe('a job', () => {
  test('stands still when nothing has happened to it for 15 seconds', () => {
    expect(standsStill({ nowMs: 114_999 }, 100_000, STILL_MS)).toBe(false);
    expect(standsStill({ nowMs: 115_000 }, 100_000, STILL_MS)).toBe(true);
  });

  test('is held by the queues for each of its open tasks, also those being done', () => {
    const view = (id: string, isOpen: boolean, running: TaskView['running'], isParked = false): [string, TaskView] => {
      const record = { id, name: 'n', stage: 's', payload: {}, required: true, wakes: false };
      return [id, { record, generation: 1, outcome: null, running, isOpen, isParked }];
    };
    const doing = { worker: 'w', sinceMs: 1, crashes: 0 };
    const tasks = new Map([
      view('waits', true, null),
      view('runs', true, doing),
      view('settled', false, null),
      view('parked', true, null, true),
    ]);
    const waiting = openTasks({ tasks } as unknown as JobSnapshot);
    expect(waiting.map(({ record }) => record.id)).toEqual(['waits', 'runs']);
  });
});

describe('a failed task', () => {
  const policy = { baseMs: 60_000, most: 3 };
  const failed = (disposition: 'retry' | 'retry-at' | 'give-up', generation = 1, retryAtMs?: number) => ({
    error: { code: 'c', message: 'm', disposition, ...(retryAtMs === undefined ? {} : { retryAtMs }) },
    status: 'failed' as const,
    settledMs: 1_000,
    generation,
  });

  test('is tried again after 60, 120 and 240 seconds, and then not any more', () => {
    const pauses = [1, 2, 3, 4].map((generation) => redriveAt(failed('retry', generation), policy));
    expect(pauses).toEqual([61_000, 121_000, 241_000, null]);
  });

  test('is tried when the error says, however often', () => {
    expect(redriveAt(failed('retry-at', 9, 5_000_000), policy)).toBe(5_000_000);
    expect(redriveAt(failed('retry-at'), policy)).toBe(61_000);
  });

  test('that stands in a line is taken for lost ten minutes after its moment', () => {
    const deferred = { ...failed('retry-at', 1, 5_000_000), status: 'deferred' as const };
    expect(redriveAt(deferred, policy)).toBe(5_600_000);
  });

  test('is not tried when no repetition helps', () => {
    expect(redriveAt(failed('give-up'), policy)).toBeNull();
    expect(redriveAt({ ...failed('retry'), error: undefined }, policy)).toBeNull();
  });
});
