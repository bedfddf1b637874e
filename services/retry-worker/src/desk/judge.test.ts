import { describe, expect, test } from '@jest/globals';
import type { ErrorInfo, TaskAttempt } from '@sluice/contracts';
import type { Failure, TaskView } from '@sluice/fleet/jobs';
import { judge } from './judge.ts';

const POLICY = { baseMs: 60_000, most: 3 };
const failure: Failure = { kind: 'failure', jobId: 'j', task: 't', generation: 1 };
const record = { id: 't', name: 'n', stage: 's', payload: {}, required: false, wakes: false };

const retry: ErrorInfo = { code: 'provider-unreachable', message: 'm', disposition: 'retry' };
const giveUp: ErrorInfo = { code: 'blob-missing', message: 'm', disposition: 'give-up' };
const until = (retryAtMs: number, code = 'quota-exhausted'): ErrorInfo => ({
  code,
  message: 'm',
  disposition: 'retry-at',
  retryAtMs,
});

interface Situation {
  error?: ErrorInfo;
  generation?: number;
  status?: 'failed' | 'deferred' | 'done';
  state?: string;
  required?: boolean;
  /** Codes with which the generations before this one ended. */
  before?: string[];
}

function settled({ generation = 1, status = 'failed', required = false, before = [], error = retry }: Situation) {
  const attempts = before.map((code, index): TaskAttempt => {
    return { generation: index + 1, number: 1, startedMs: 0, endedMs: 1, worker: 'w', code, message: 'm' };
  });
  const outcome = { generation, status, attempts: 1, settledMs: 1_000, ...(status === 'done' ? {} : { error }) };
  const view: TaskView = {
    record: { ...record, required },
    generation,
    outcome,
    running: null,
    isOpen: false,
    isParked: false,
    attempts,
  };
  return view;
}

const judged = (situation: Situation, of: Partial<Failure> = { generation: situation.generation ?? 1 }) =>
  judge({ ...failure, ...of }, { state: situation.state ?? 'completed', nowMs: 2_000 }, settled(situation), POLICY);

describe('a failure that time heals', () => {
  test('is tried again after 60, 120 and 240 seconds, and then waits for a person', () => {
    const verdicts = [1, 2, 3, 4].map((generation) =>
      judged({ generation, before: Array.from({ length: generation - 1 }, () => 'internal') }),
    );
    const dues = verdicts.map((verdict) => ('dueMs' in verdict ? verdict.dueMs : null));
    expect(dues).toEqual([61_000, 121_000, 241_000, null]);
    expect(verdicts[3]).toEqual({ kind: 'end', state: 'parked', reason: 'exhausted' });
  });

  test('counts what lies before its history in full', () => {
    expect(judged({ generation: 4 })).toMatchObject({ reason: 'exhausted' });
  });

  test('does not count redrives that only found a quota used up or a provider gone', () => {
    const before = ['quota-exhausted', 'provider-down', 'internal'];
    expect(judged({ generation: 4, before })).toMatchObject({ kind: 'redrive', dueMs: 121_000 });
  });

  test('of a required task is looked at soon: its job is about to end', () => {
    const verdict = judged({ required: true, state: 'checks' });
    expect(verdict).toMatchObject({ kind: 'redrive', dueMs: 61_000, lookMs: 7_000 });
  });
});

describe('a failure that names a moment', () => {
  test('waits for it, however often', () => {
    expect(judged({ error: until(5_000_000), generation: 9 })).toMatchObject({ reason: 'quota', dueMs: 5_000_000 });
  });

  test('is not believed for ever', () => {
    expect(judged({ error: until(5_000_000), generation: 51 })).toMatchObject({ reason: 'exhausted' });
  });

  test('waits for the breaker where the provider is down', () => {
    expect(judged({ error: until(9_000, 'provider-down') })).toMatchObject({ reason: 'breaker', dueMs: 9_000 });
  });

  test('and stands in a line may be lost a minute after it', () => {
    const verdict = judged({ error: until(5_000_000), status: 'deferred' });
    expect(verdict).toMatchObject({ reason: 'line', dueMs: 5_060_000 });
  });
});

describe('a failure that no repetition helps', () => {
  test.each([
    ['bad data', giveUp, 'bad-data'],
    ['poison', { ...giveUp, code: 'poison' }, 'poison'],
  ])('is parked at once: %s', (_what, error, reason) => {
    expect(judged({ error })).toEqual({ kind: 'end', state: 'parked', reason });
  });
});

test('a question to a provider that the operator has switched off is closed: nobody has to decide about it', () => {
  const error: ErrorInfo = { ...giveUp, code: 'provider-off' };
  expect(judged({ error })).toEqual({ kind: 'end', state: 'discarded', reason: 'order' });
});

describe('a task', () => {
  test('that is done is resolved, also in a job that is over', () => {
    for (const state of ['completed', 'checks', 'expired']) {
      expect(judged({ status: 'done', state })).toMatchObject({ state: 'resolved' });
    }
  });

  test('that failed again is judged by its later failure alone', () => {
    expect(judged({ generation: 2 }, { generation: 1 })).toEqual({ kind: 'forget' });
  });

  test('that was given up for now in a later generation is still waited for', () => {
    const verdict = judged({ generation: 2, status: 'deferred' }, { generation: 1 });
    expect(verdict).toMatchObject({ kind: 'watch', isQueued: false });
  });

  test.each([
    [false, true, 7_000],
    [true, false, 62_000],
  ])('that is open again is watched; parked: %s', (isParked, isQueued, lookMs) => {
    const open = { ...settled({}), generation: 2, isOpen: true, isParked };
    const job = { state: 'completed', nowMs: 2_000 };
    expect(judge(failure, job, open, POLICY)).toEqual({ kind: 'watch', lookMs, isQueued });
  });

  test.each(['cancelled', 'failed', 'expired'])('of a %s job is over with it', (state) => {
    expect(judged({ state })).toEqual({ kind: 'end', state: 'discarded', reason: 'job-over' });
  });

  test('that ended its job waits for a person, but not where a person cancelled it', () => {
    expect(judged({ state: 'failed', required: true })).toMatchObject({ state: 'parked', reason: 'exhausted' });
    expect(judged({ state: 'failed', required: true, error: giveUp })).toMatchObject({ reason: 'bad-data' });
    expect(judged({ state: 'cancelled', required: true })).toMatchObject({ state: 'discarded' });
  });
});
