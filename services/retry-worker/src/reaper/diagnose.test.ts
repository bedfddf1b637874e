import { describe, expect, test } from '@jest/globals';
import { LONGEST_WAIT_MS, type StageProgress, type TaskView } from '@sluice/fleet/jobs';
import { deadlineOf, mayBeOverdue, openTasks, STILL_MS, standsStill, wantsPlan } from './diagnose.ts';

function view(id: string, isOpen: boolean, running: TaskView['running'] = null, isParked = false): [string, TaskView] {
  const record = { id, name: 'n', stage: 's', payload: {}, required: true, wakes: false };
  return [id, { record, generation: 1, outcome: null, running, isOpen, isParked, attempts: [] }];
}
const stage = (status: StageProgress['status'], open: number, name = 's'): [string, StageProgress] => [
  name,
  { status, startedMs: 1, endedMs: null, open },
];

describe('a job', () => {
  test('stands still when nothing has happened to it for 15 seconds', () => {
    expect(standsStill({ nowMs: 114_999, lastMs: 100_000 }, STILL_MS)).toBe(false);
    expect(standsStill({ nowMs: 115_000, lastMs: 100_000 }, STILL_MS)).toBe(true);
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

  test('wants none while a stage waits for what another finds', () => {
    const tasks = new Map([view('parked', true, null, true)]);
    const readers = [stage('active', 0, 'submissions'), stage('complete', 0, 'checks')];
    expect(wantsPlan({ tasks, stages: new Map([stage('active', 1, 'lookups'), ...readers]) })).toBe(false);
    expect(wantsPlan({ tasks, stages: new Map([stage('active', 0, 'lookups'), ...readers]) })).toBe(true);
  });

  test('has from the begin of its first task the time that it was given, and 24 hours to be begun', () => {
    const job = { state: 'checks', sinceMs: 10_000, startedMs: 20_000, meta: { timeoutMs: 60_000 } };
    expect(deadlineOf(job)).toBe(80_000);
    expect(deadlineOf({ ...job, startedMs: null })).toBe(10_000 + LONGEST_WAIT_MS);
    expect(deadlineOf({ ...job, state: 'completed' })).toBeNull();
  });

  test('may be past its deadline when its next look is due, also while somebody has just taken it up', () => {
    expect(mayBeOverdue({ nowMs: 100_000, dueMs: 90_000 })).toBe(true);
    expect(mayBeOverdue({ nowMs: 100_000, dueMs: 110_000 })).toBe(true);
    expect(mayBeOverdue({ nowMs: 100_000, dueMs: 110_001 })).toBe(false);
  });
});
