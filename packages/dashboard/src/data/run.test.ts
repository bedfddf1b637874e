import { describe, expect, test } from '@jest/globals';
import type { JobEvent, JobStatus } from '@sluice/contracts';
import { applyEvents, startRun } from './run.ts';

const JOB = '01890000-0000-7000-8000-00000000000a';
const stage = (name: string, share: number) => ({
  name,
  state: name,
  status: 'pending' as const,
  share,
  startedMs: null,
  endedMs: null,
  tasks: { total: 0, done: 0, failed: 0, deferred: 0 },
});
const STATUS: JobStatus = {
  v: 1,
  jobId: JOB,
  pipeline: 'email-scan',
  state: 'queued',
  priority: 'normal',
  percent: 0,
  seq: 0,
  revision: 0,
  createdMs: 0,
  startedMs: null,
  deadlineMs: null,
  endedMs: null,
  estimatedCompletionMs: null,
  stages: [stage('parsing', 40), stage('scoring', 60)],
  error: null,
  summary: null,
};

/** Events from number 1 on, a second apart. */
function events(...bodies: object[]): JobEvent[] {
  return bodies.map((body, at) => ({ jobId: JOB, seq: at + 1, atMs: (at + 1) * 1_000, ...body }) as JobEvent);
}
const of = { task: 'parsing.mail', stage: 'parsing', name: 'mail.parse', generation: 1 };
const WAY = events(
  { type: 'stage.started', stage: 'parsing' },
  { type: 'task.planned', ...of },
  { type: 'task.started', ...of, worker: 'w1' },
  {
    type: 'task.released',
    ...of,
    retryAtMs: 9_000,
    error: { code: 'quota', message: 'Wait.', disposition: 'retry-at' },
  },
  { type: 'task.started', ...of, worker: 'w2' },
  { type: 'task.settled', ...of, status: 'done' },
  { type: 'stage.completed', stage: 'parsing' },
  { type: 'job.ended', state: 'completed', result: { summary: { verdict: 'clean' } } },
);

describe('a run', () => {
  test('tells of each try of a task, and until when it waits between them', () => {
    const waiting = applyEvents(startRun(STATUS), WAY.slice(0, 4)).tasks.get(of.task);
    expect(waiting).toMatchObject({ state: 'waiting', retryAtMs: 9_000, error: { code: 'quota' } });
    const { tasks, log } = applyEvents(startRun(STATUS), WAY);
    expect(tasks.get(of.task)).toMatchObject({ state: 'done', settledMs: 6_000, retryAtMs: null, error: null });
    expect(tasks.get(of.task)?.tries).toMatchObject([
      { worker: 'w1', startedMs: 3_000, endedMs: 4_000, end: 'released' },
      { worker: 'w2', startedMs: 5_000, endedMs: 6_000, end: 'done' },
    ]);
    expect(log).toHaveLength(WAY.length);
  });

  test('is the same however its events are cut up, and whichever come twice', () => {
    const whole = applyEvents(startRun(STATUS), WAY);
    let run = startRun(STATUS);
    for (let at = 0; at < WAY.length; at += 1) run = applyEvents(run, WAY.slice(Math.max(0, at - 2), at + 1));
    expect(run).toEqual(whole);
  });

  test('has the percent of what is done, never less than before, and 100 at its end', () => {
    let run = startRun(STATUS);
    const percents = WAY.map((event) => {
      run = applyEvents(run, [event]);
      return run.status.percent;
    });
    expect(percents).toEqual([0, 0, 0, 0, 0, 40, 40, 100]);
    expect(run.status).toMatchObject({ state: 'completed', endedMs: 8_000, summary: { verdict: 'clean' } });
  });

  test('goes on from a status that knew the first events already', () => {
    const later = { ...STATUS, seq: 7, percent: 40, state: 'parsing' };
    const { status, tasks } = applyEvents(startRun(later), WAY);
    expect(status).toMatchObject({ seq: 8, state: 'completed' });
    expect(tasks.get(of.task)?.state).toBe('done');
  });
});
