import { describe, expect, test } from '@jest/globals';
import type { JobSnapshot, TaskView } from '@sluice/fleet/jobs';
import { STILL_MS, standsStill, openTasks } from './judge.ts';

describe('a job', () => {
  test('stands still when nothing has happened to it for 15 seconds', () => {
    expect(standsStill({ nowMs: 114_999 }, 100_000, STILL_MS)).toBe(false);
    expect(standsStill({ nowMs: 115_000 }, 100_000, STILL_MS)).toBe(true);
  });

  test('is held by the queues for each of its open tasks, also those being done', () => {
    const view = (id: string, isOpen: boolean, running: TaskView['running']): [string, TaskView] => {
      const record = { id, name: 'n', stage: 's', payload: {}, required: true, wakes: false };
      return [id, { record, generation: 1, outcome: null, running, isOpen }];
    };
    const doing = { worker: 'w', sinceMs: 1, crashes: 0 };
    const tasks = new Map([view('waits', true, null), view('runs', true, doing), view('settled', false, null)]);
    const waiting = openTasks({ tasks } as unknown as JobSnapshot);
    expect(waiting.map(({ record }) => record.id)).toEqual(['waits', 'runs']);
  });
});
