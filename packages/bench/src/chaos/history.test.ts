import { describe, expect, test } from '@jest/globals';
import type { JobEvent, JobEventBody } from '@sluice/contracts';
import { failedAttempts, judgeLog, rerunsOf } from './history.ts';

const JOB = '019a0000-0000-7000-8000-000000000000';
const OF = { task: 'mail.parse', stage: 'parsing', name: 'mail.parse', generation: 1 };

const logOf = (...bodies: JobEventBody[]): JobEvent[] =>
  bodies.map((body, at) => ({ jobId: JOB, seq: at + 1, atMs: 1_000 * (at + 1), ...body }));

const queued: JobEventBody = { type: 'job.queued', pipeline: 'email-scan' };
const ended: JobEventBody = { type: 'job.ended', state: 'completed' };
const started = (worker: string): JobEventBody => ({ type: 'task.started', ...OF, worker });
const settled = (status: 'done' | 'failed' | 'deferred'): JobEventBody => ({ type: 'task.settled', ...OF, status });
const WHOLE = [queued, started('a'), settled('done'), ended];

describe('a log', () => {
  test('that is whole has no fault', () => {
    expect(judgeLog(logOf(...WHOLE), 4)).toEqual({ lost: [], doubled: [] });
    expect(judgeLog(logOf(queued, settled('deferred'), settled('done'), ended), 4).doubled).toEqual([]);
  });

  test('with a gap, without its last event, or without an end has lost something', () => {
    const log = logOf(...WHOLE);
    expect(judgeLog(log.toSpliced(1, 1), 4).lost).toHaveLength(1);
    expect(judgeLog(log, 5).lost).toHaveLength(1);
    expect(judgeLog(logOf(queued), 1).lost).toHaveLength(1);
    expect(judgeLog([], 0).lost).toHaveLength(2);
  });

  test('with two ends, two outcomes of one generation, or one revision twice has something doubled', () => {
    expect(judgeLog(logOf(...WHOLE, ended), 5).doubled).toHaveLength(1);
    expect(judgeLog(logOf(queued, settled('done'), settled('failed'), ended), 4).doubled).toHaveLength(1);
    const amended: JobEventBody = {
      type: 'report.amended',
      revision: 2,
      result: { summary: null, documents: {} } as never,
    };
    expect(judgeLog(logOf(...WHOLE, amended, amended), 6).doubled).toHaveLength(1);
  });

  test('shows who left a task and when it ran again; what was given back was not left', () => {
    const log = logOf(queued, started('dead'), started('alive'), settled('done'), ended);
    expect(rerunsOf(log)).toEqual([{ worker: 'dead', againMs: 3_000 }]);
    expect(rerunsOf(logOf(queued, started('a'), { type: 'task.released', ...OF }, started('b')))).toEqual([]);
  });

  test('tells attempts that failed from those that were given back', () => {
    const error = { code: 'x', message: 'x', disposition: 'retry' as const };
    const log = logOf(queued, { type: 'task.released', ...OF }, { type: 'task.released', ...OF, error });
    expect(failedAttempts(log, OF.task, 1)).toBe(1);
    expect(failedAttempts(log, OF.task, 2)).toBe(0);
  });
});
