import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { PaperJob } from '../../test/paper-job.ts';
import { type CheckedPipeline, definePipeline, planFailure, planJob, type StageDefinition } from './index.ts';

type TestStage = Partial<StageDefinition<unknown>> & Pick<StageDefinition<unknown>, 'name' | 'tasks'>;

/** Stages of equal share that have all the time there is, where nothing else is said. */
function pipelineOf(...stages: TestStage[]): CheckedPipeline {
  const share = 100 / stages.length;
  return definePipeline({
    name: 'paper',
    input: z.unknown(),
    stages: stages.map((stage) => ({ share, timeLimitMs: 1_000_000, ...stage })),
    result: (job) => ({ summary: { settled: job.settled.length, revision: job.nextRevision } }),
  });
}

const wanted = (key: string, required = true) => ({ name: 'test.do', payload: {}, key, required });
const one = (name: string, key = 't'): TestStage => ({ name, tasks: () => [wanted(key)] });
const optional = (name: string, ...keys: string[]): TestStage => ({
  name,
  tasks: () => keys.map((key) => wanted(key, false)),
});
const conclusion = (name = 'sum'): TestStage => ({ ...one(name), concludes: true });

function looked(pipeline: CheckedPipeline, timeoutMs?: number): PaperJob {
  const job = new PaperJob(pipeline, {}, timeoutMs);
  job.look();
  return job;
}

/** A job of `optional work, then sum` that is completed, with the given work failed. */
function completedWithout(...failed: string[]): PaperJob {
  const job = looked(pipelineOf(optional('work', 'a', 'b'), conclusion()));
  job.begin();
  for (const id of ['work.a', 'work.b']) job.settle(id, failed.includes(id) ? 'failed' : 'done');
  job.look();
  job.finish('sum.t');
  expect(job.state).toBe('completed');
  return job;
}

function heal(job: PaperJob, id: string): void {
  job.redrive(id);
  job.settle(id, 'done');
}

describe('the order of states', () => {
  const pipeline = pipelineOf(one('first'), { ...one('second'), state: 'seen' }, conclusion());

  test('is queued, the states of the stages, completed', () => {
    expect(pipeline.states).toEqual(['queued', 'first', 'seen', 'sum', 'completed']);
    const job = looked(pipeline);
    for (const id of ['first.t', 'second.t', 'sum.t']) job.finish(id);
    expect(job.typesOf('job.state')).toMatchObject([{ state: 'first' }, { state: 'seen' }, { state: 'sum' }]);
    expect(job.events.at(-1)).toMatchObject({ type: 'job.ended', state: 'completed' });
    expect(job.revision).toBe(1);
  });

  test('takes no step backwards when an earlier stage goes on beside a later one', () => {
    const job = looked(
      pipelineOf(one('slow'), { ...one('quick'), after: [] }, { ...conclusion(), after: ['slow', 'quick'] }),
    );
    expect(job.state).toBe('quick');
    job.finish('quick.t');
    expect(job.state).toBe('quick');
    expect(job.stages.get('slow')?.status).toBe('active');
  });

  test('ends where the job ended: nothing is planned for a failed, expired or cancelled job', () => {
    for (const state of ['failed', 'expired', 'cancelled']) {
      const job = looked(pipeline);
      Object.assign(job, { state, stateIndex: 4 });
      expect(planJob(pipeline, job.snapshot)).toMatchObject({ changes: null, queue: [] });
      expect(planFailure(pipeline, job.snapshot)).toBeNull();
    }
  });
});

describe('a pipeline', () => {
  test.each([
    ['a stage that refers to a later one', () => pipelineOf({ ...one('a'), after: ['b'] }, one('b'))],
    ['a stage that reads itself', () => pipelineOf({ ...one('a'), reads: ['a'] })],
    ['a state that no event can carry', () => pipelineOf(one('stage_1'))],
    ['a state that means the end', () => pipelineOf(one('completed'))],
    ['shares that do not make 100', () => pipelineOf({ ...one('a'), share: 99 })],
  ])('with %s is refused', (_what, define) => {
    expect(define).toThrow(TypeError);
  });
});

describe('a plan', () => {
  test('of the same snapshot is the same plan, and there is nothing to plan after it was applied', () => {
    const pipeline = pipelineOf(optional('work', 'a', 'b'), conclusion());
    const job = new PaperJob(pipeline);
    const steps = [() => undefined, () => job.settle('work.a', 'failed'), () => job.settle('work.b', 'done')];
    for (const step of [...steps, () => job.settle('sum.t', 'done')]) {
      step();
      const plan = planJob(pipeline, job.snapshot);
      expect(planJob(pipeline, job.snapshot)).toEqual(plan);
      job.apply(plan);
      expect(planJob(pipeline, job.snapshot)).toMatchObject({ changes: null, queue: [] });
    }
    expect(job.state).toBe('completed');
  });

  test('completes stages without tasks at once, up to the report', () => {
    const empty = (name: string): TestStage => ({ name, tasks: () => [] });
    const job = looked(pipelineOf(empty('one'), empty('two'), { ...empty('sum'), concludes: true }));
    expect(job.state).toBe('completed');
    expect(job.typesOf('stage.completed')).toMatchObject([{ stage: 'one' }, { stage: 'two' }, { stage: 'sum' }]);
    expect(job.dueMs).toBeNull();
  });

  test('that a pipeline cannot make ends the job as failed', () => {
    const pipeline = pipelineOf({
      name: 'broken',
      tasks: () => {
        throw new TypeError('a bug');
      },
    });
    const { snapshot } = new PaperJob(pipeline);
    expect(() => planJob(pipeline, snapshot)).toThrow('a bug');
    expect(planFailure(pipeline, snapshot)).toMatchObject({ state: 'failed', ended: true, dueMs: null });
  });

  test.each([
    ['more than 1,000 tasks', () => Array.from({ length: 1_001 }, (_, n) => wanted(`t-${n}`))],
    ['a task whose id is malformed', () => [wanted('Not An Id')]],
    ['a payload that no queue takes', () => [{ ...wanted('t'), payload: { text: 'x'.repeat(70_000) } }]],
  ])('with %s is refused before it is written', (_what, tasks) => {
    const pipeline = pipelineOf({ name: 'work', tasks });
    expect(() => planJob(pipeline, new PaperJob(pipeline).snapshot)).toThrow();
  });
});

describe('overlapping stages', () => {
  test('start as soon as what they come after is complete', () => {
    const pipeline = pipelineOf(
      one('parse'),
      { ...one('known'), after: [] },
      { ...one('visit'), after: ['parse'] },
      {
        ...conclusion(),
        after: ['known', 'visit'],
      },
    );
    const job = new PaperJob(pipeline);
    expect(job.look()).toEqual(['parse.t', 'known.t']);
    expect(job.finish('parse.t')).toEqual(['visit.t']);
    expect(job.finish('visit.t')).toEqual([]);
    expect(job.finish('known.t')).toEqual(['sum.t']);
  });

  test('add tasks for what the stage they read discovers, while both go on', () => {
    const visits = { name: 'visit', tasks: () => [wanted('a'), wanted('b')] };
    const lookups: TestStage = {
      name: 'lookup',
      after: [],
      reads: ['visit'],
      tasks: ({ settled }) => settled.filter(({ stage }) => stage === 'visit').map(({ id }) => wanted(id.slice(-1))),
    };
    const job = new PaperJob(pipelineOf(visits, lookups, { ...conclusion(), after: ['visit', 'lookup'] }));
    expect(job.look()).toEqual(['visit.a', 'visit.b']);
    expect(job.task('visit.a').record.wakes).toBe(true);
    expect(job.finish('visit.a')).toEqual(['lookup.a']);
    expect(job.finish('lookup.a')).toEqual([]);
    expect(job.stages.get('lookup')?.status).toBe('active');
    expect(job.finish('visit.b')).toEqual(['lookup.b']);
    expect(job.finish('lookup.b')).toEqual(['sum.t']);
  });

  test('are opened again by a discovery that comes after they were complete', () => {
    const visits = optional('visit', 'a');
    const lookups: TestStage = {
      name: 'lookup',
      reads: ['visit'],
      tasks: ({ settled }) =>
        settled.filter(({ stage, status }) => stage === 'visit' && status === 'done').map(() => wanted('a')),
    };
    const job = looked(pipelineOf(visits, lookups, conclusion()));
    job.begin();
    job.settle('visit.a', 'failed');
    expect(job.look()).toEqual(['sum.t']);
    heal(job, 'visit.a');
    expect(job.look()).toEqual(['lookup.a']);
    job.finish('lookup.a');
    expect(job.finish('sum.t')).toEqual([]);
    expect(job.state).toBe('completed');
  });
});

describe('failure and time', () => {
  test('a required task that failed fails the job with its error', () => {
    const job = looked(pipelineOf(one('work'), conclusion()));
    job.begin();
    job.settle('work.t', 'failed');
    job.look();
    expect(job.events.at(-1)).toMatchObject({ type: 'job.ended', state: 'failed', error: { code: 'test' } });
    expect(job.dueMs).toBeNull();
  });

  test('an optional task that failed does not hold the job back', () => {
    const job = looked(pipelineOf(optional('work', 'a'), conclusion()));
    job.begin();
    job.settle('work.a', 'failed');
    expect(job.look()).toEqual(['sum.t']);
  });

  test('optional work is deferred at the limit of its stage, not a moment earlier', () => {
    const job = looked(pipelineOf({ ...optional('work', 'a', 'b'), timeLimitMs: 5_000 }, conclusion()));
    job.begin();
    job.settle('work.b', 'done');
    job.nowMs += 4_999;
    expect(job.look()).toEqual([]);
    job.nowMs += 1;
    expect(job.look()).toEqual(['sum.t']);
    expect(job.status('work.a')).toBe('deferred');
    expect(job.task('work.a').outcome?.error?.code).toBe('stage-deadline');
    expect(job.status('work.b')).toBe('done');
  });

  test('optional work is deferred at 80 % of the time of the job', () => {
    const job = looked(pipelineOf(optional('work', 'a'), conclusion()), 10_000);
    job.begin();
    job.nowMs += 7_999;
    expect(job.look()).toEqual([]);
    job.nowMs += 1;
    expect(job.look()).toEqual(['sum.t']);
    expect(job.status('work.a')).toBe('deferred');
  });

  test('optional work that is planned after 80 % of the time is deferred at once, so that the report comes in time', () => {
    const job = looked(pipelineOf(one('first'), optional('work', 'a'), conclusion()), 10_000);
    job.begin();
    job.nowMs += 9_000;
    job.settle('first.t', 'done');
    expect(job.look()).toEqual(['sum.t']);
    expect(job.status('work.a')).toBe('deferred');
    expect(job.finish('sum.t')).toEqual([]);
    expect(job.state).toBe('completed');
  });

  test('the clock stands while no task was begun: waiting in a queue costs no optional work', () => {
    const job = looked(pipelineOf({ ...optional('work', 'a'), timeLimitMs: 5_000 }, conclusion()), 10_000);
    job.nowMs += 60 * 60 * 1_000;
    expect(job.look()).toEqual([]);
    expect(job.status('work.a')).toBe('open');
    job.nowMs += 23 * 60 * 60 * 1_000;
    job.look();
    expect(job.state).toBe('expired');
  });

  test('a required task that is late is waited for until the job expires', () => {
    const job = looked(pipelineOf({ ...one('work'), timeLimitMs: 1_000 }, conclusion()), 10_000);
    job.begin();
    job.nowMs += 9_999;
    job.look();
    expect(job.status('work.t')).toBe('open');
    job.nowMs += 1;
    job.look();
    expect(job.events.at(-1)).toMatchObject({ type: 'job.ended', state: 'expired', error: { code: 'job-deadline' } });
  });

  test('the next look is at the next deadline, whatever was looked at in between', () => {
    const pipeline = pipelineOf({ ...optional('work', 'a', 'b'), timeLimitMs: 5_000 }, conclusion());
    const job = looked(pipeline, 10_000);
    job.begin();
    job.settle('work.a', 'done');
    const plan = planJob(pipeline, job.snapshot);
    expect(plan.changes).toBeNull();
    expect(plan.dueMs).toBeGreaterThanOrEqual(job.nowMs + 5_000);
    expect(plan.dueMs).toBeLessThan(job.nowMs + 5_100);
  });

  test('the first plan says how long after the first begin the first deadline is', () => {
    const short = planJob(...jobOf(pipelineOf({ ...optional('work', 'a'), timeLimitMs: 5_000 }, conclusion()), 10_000));
    expect(short.changes?.fields.limit).toBe(5_050);
    const long = planJob(...jobOf(pipelineOf(optional('work', 'a'), conclusion()), 10_000));
    expect(long.changes?.fields.limit).toBe(8_050);
  });
});

function jobOf(pipeline: CheckedPipeline, timeoutMs: number): [CheckedPipeline, PaperJob['snapshot']] {
  return [pipeline, new PaperJob(pipeline, {}, timeoutMs).snapshot];
}

describe('an amendment', () => {
  test('runs the concluding stages again, counts one revision and leaves the job completed', () => {
    const job = completedWithout('work.a');
    const endedMs = job.snapshot.endedMs;
    job.nowMs += 1_000;
    heal(job, 'work.a');
    expect(job.look()).toEqual(['sum.t']);
    expect(job.task('sum.t').generation).toBe(2);
    expect(job.revision).toBe(1);
    job.finish('sum.t');
    expect(job.state).toBe('completed');
    expect(job.revision).toBe(2);
    expect(job.events.at(-1)).toMatchObject({ type: 'report.amended', revision: 2 });
    expect(job.typesOf('job.ended')).toHaveLength(1);
    expect(job.snapshot.endedMs).toBe(endedMs);
    expect(job.dueMs).toBeNull();
    expect(job.look()).toEqual([]);
  });

  test('follows late success of deferred work as well', () => {
    const job = looked(pipelineOf({ ...optional('work', 'a'), timeLimitMs: 5_000 }, conclusion()));
    job.begin();
    job.nowMs += 5_000;
    job.look();
    job.finish('sum.t');
    job.settle('work.a', 'done');
    expect(job.look()).toEqual(['sum.t']);
    job.finish('sum.t');
    expect(job.revision).toBe(2);
  });

  test('whose concluding task fails leaves the report as it is', () => {
    const job = completedWithout('work.a');
    const { result } = job.snapshot;
    heal(job, 'work.a');
    job.look();
    job.settle('sum.t', 'failed');
    job.look();
    expect(job.snapshot).toMatchObject({ state: 'completed', revision: 1, result });
    expect(job.typesOf('report.amended')).toEqual([]);
    expect(job.look()).toEqual([]);
  });

  test('that a pipeline cannot make is given up, and the report stays', () => {
    const job = completedWithout('work.a');
    heal(job, 'work.a');
    const changes = planFailure(job.pipeline, job.snapshot);
    expect(changes).toMatchObject({ state: 'completed', ended: false, amended: false, dueMs: null });
    job.apply({ changes, dueMs: null, queue: [], again: false });
    expect(job.look()).toEqual([]);
  });

  test('after one that failed tries all concluding stages anew, and is one revision', () => {
    const job = looked(pipelineOf(optional('work', 'a', 'b'), conclusion('merge'), conclusion('score')));
    job.begin();
    for (const id of ['work.a', 'work.b']) job.settle(id, 'failed');
    job.look();
    for (const id of ['merge.t', 'score.t']) job.finish(id);
    heal(job, 'work.a');
    job.look();
    job.finish('merge.t');
    job.settle('score.t', 'failed');
    job.look();
    heal(job, 'work.b');
    expect(job.look()).toEqual(['merge.t']);
    expect(job.finish('merge.t')).toEqual(['score.t']);
    job.finish('score.t');
    expect(job.revision).toBe(2);
    expect(job.look()).toEqual([]);
  });

  test('that something heals during is followed by another one, and until then the job stays due', () => {
    const job = completedWithout('work.a', 'work.b');
    heal(job, 'work.a');
    job.look();
    heal(job, 'work.b');
    expect(job.look()).toEqual([]);
    job.settle('sum.t', 'done');
    const plan = planJob(job.pipeline, job.snapshot);
    expect(plan).toMatchObject({ again: true, dueMs: job.nowMs });
    expect(plan.changes).toMatchObject({ amended: true, dueMs: job.nowMs });
    job.apply(plan);
    expect(job.look()).toEqual(['sum.t']);
    job.finish('sum.t');
    expect(job.revision).toBe(3);
    expect(job.look()).toEqual([]);
  });

  test('follows at once when something healed while the first report was made', () => {
    const job = looked(pipelineOf(optional('work', 'a'), conclusion()));
    job.begin();
    job.settle('work.a', 'failed');
    job.look();
    heal(job, 'work.a');
    job.settle('sum.t', 'done');
    const plan = planJob(job.pipeline, job.snapshot);
    expect(plan.changes).toMatchObject({ ended: true, state: 'completed', dueMs: job.nowMs });
    job.apply(plan);
    expect(job.look()).toEqual(['sum.t']);
  });

  test.each([
    ['a stage that concludes', conclusion()],
    ['no stage that concludes', one('last')],
  ])('does not follow what healed before the first report of a pipeline with %s', (_what, last) => {
    const job = looked(pipelineOf(optional('work', 'a', 'b'), last));
    job.begin();
    job.settle('work.a', 'failed');
    heal(job, 'work.a');
    expect(job.look()).toEqual([]);
    job.finish('work.b');
    job.finish(`${last.name}.t`);
    expect(job.state).toBe('completed');
    expect(job.look()).toEqual([]);
    expect(job.revision).toBe(1);
  });

  test('gives up no other task that is being healed', () => {
    const stage = { ...optional('work', 'a', 'b'), timeLimitMs: 5_000 };
    const job = looked(pipelineOf(stage, conclusion()));
    job.begin();
    for (const id of ['work.a', 'work.b']) job.settle(id, 'failed');
    job.look();
    job.finish('sum.t');
    job.nowMs += 60_000;
    job.redrive('work.b');
    heal(job, 'work.a');
    job.look();
    expect(job.status('work.b')).toBe('open');
    job.finish('sum.t');
    expect(job.revision).toBe(2);
  });

  test('takes no answer that was asked for before it began', () => {
    const pair: TestStage = { name: 'sum', concludes: true, tasks: () => [wanted('t'), wanted('u')] };
    const job = looked(pipelineOf(optional('work', 'a', 'b'), pair));
    job.begin();
    for (const id of ['work.a', 'work.b']) job.settle(id, 'failed');
    job.look();
    job.finish('sum.t', 'sum.u');
    heal(job, 'work.a');
    job.look();
    job.settle('sum.t', 'failed');
    job.look();
    expect(job.status('sum.u')).toBe('open');
    heal(job, 'work.b');
    expect(job.look()).toEqual(['sum.t', 'sum.u']);
    expect(job.task('sum.u').generation).toBe(3);
    expect(job.stages.get('sum')?.open).toBe(2);
    job.finish('sum.t', 'sum.u');
    expect(job.revision).toBe(2);
    expect(job.look()).toEqual([]);
  });

  test('is not begun by a task that is tried again, but its job is looked at until that is settled', () => {
    const job = completedWithout('work.a');
    expect(planJob(job.pipeline, job.snapshot)).toMatchObject({ changes: null, dueMs: null });
    job.redrive('work.a');
    const plan = planJob(job.pipeline, job.snapshot);
    expect(plan.changes).toBeNull();
    expect(plan.dueMs).toBeGreaterThan(job.nowMs);
    job.settle('work.a', 'failed');
    expect(planJob(job.pipeline, job.snapshot).dueMs).toBeNull();
  });

  test('that has to wait is looked at again', () => {
    const job = completedWithout('work.a');
    heal(job, 'work.a');
    job.look();
    const plan = planJob(job.pipeline, job.snapshot);
    expect(plan.changes).toBeNull();
    expect(plan.dueMs).toBeGreaterThan(job.nowMs);
  });
});
