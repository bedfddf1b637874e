import { describe, expect, test } from '@jest/globals';
import { LONGEST_WAIT_MS, type StageProgress, type TaskView } from '@sluice/fleet/jobs';
import { openTasks, overdueMs, STILL_MS, standsStill, wantsPlan } from './diagnose.ts';

function view(id: string, isOpen: boolean, running: TaskView['running'] = null, isParked = false): [string, TaskView] {
  const record = { id, name: 'n', stage: 's', payload: {}, required: true, wakes: false };
  return [id, { record, generation: 1, outcome: null, running, isOpen, isParked, attempts: [] }];
}
const stage = (status: StageProgress['status'], open: number): [string, StageProgress] => [
  's',
  { status, startedMs: 1, endedMs: null, open },
];

describe('a job', () => {
  test('stands still when nothing has happened to it for 15 seconds', () => {
    expect(standsStill({ nowMs: 114_999 }, 100_000, STILL_MS)).toBe(false);
    expect(standsStill({ nowMs: 115_000 }, 100_000, STILL_MS)).toBe(true);
  });

  test('is held by the queues for each of its open tasks, also those being done', () => {
    const doing = { worker: 'w', sinceMs: 1, crashes: 0 };
    const tasks = new Map([
      view('waits', true),
      view('runs', true, doing),
      view('settled', false),
      view('parked', true, null, true),
    ]);
    expect(openTasks({ tasks }).map(({ record }) => record.id)).toEqual(['waits', 'runs']);
  });

  test('wants a plan when nothing is being waited for, or a stage has nothing left to do', () => {
    const open = new Map([view('waits', true)]);
    expect(wantsPlan({ tasks: new Map([view('settled', false)]), stages: new Map() })).toBe(true);
    expect(wantsPlan({ tasks: open, stages: new Map([stage('active', 0)]) })).toBe(true);
    expect(wantsPlan({ tasks: open, stages: new Map([stage('active', 1)]) })).toBe(false);
    expect(wantsPlan({ tasks: open, stages: new Map([stage('complete', 0)]) })).toBe(false);
  });

  test('has from the begin of its first task the time that it was given, and 24 hours to be begun', () => {
    const job = { state: 'checks', nowMs: 100_000, sinceMs: 10_000, startedMs: 20_000, meta: { timeoutMs: 60_000 } };
    expect(overdueMs(job)).toBe(20_000);
    expect(overdueMs({ ...job, startedMs: null })).toBe(90_000 - LONGEST_WAIT_MS);
    expect(overdueMs({ ...job, state: 'completed' })).toBeNull();
  });
});
