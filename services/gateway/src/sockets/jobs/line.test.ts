import { describe, expect, test } from '@jest/globals';
import type { JobEvent } from '@sluice/contracts';
import { carryOn, newLine, summaryOf } from './line.ts';

const JOB = '01890000-0000-7000-8000-00000000000a';

function begun() {
  const line = newLine(JOB, { pipeline: 'email-scan', priority: 'high', atMs: 7 });
  for (const name of ['one', 'two']) line.stages.set(name, { share: 50, isComplete: false, planned: 0, settled: 0 });
  return line;
}

const events = (...bodies: object[]) =>
  bodies.map((body, at) => ({ jobId: JOB, seq: at + 2, atMs: 100 + at, ...body }) as JobEvent);
const task = (type: string, id: string, stage: string, generation = 1) => ({
  type,
  task: id,
  stage,
  name: 'x',
  generation,
  status: 'done',
});

describe('a line', () => {
  test('counts a stage by its settled tasks, a task once, and one that is opened again as open', () => {
    const line = begun();
    const percents: (number | null)[] = [];
    for (const event of events(
      task('task.planned', 'one.a', 'one'),
      task('task.planned', 'one.b', 'one'),
      task('task.settled', 'one.a', 'one'),
      { ...task('task.settled', 'one.a', 'one'), status: 'deferred' },
      task('task.planned', 'one.a', 'one', 2),
      task('task.settled', 'one.a', 'one', 2),
      { type: 'stage.completed', stage: 'one' },
    )) {
      expect(carryOn(line, event)).toBe(true);
      percents.push(summaryOf(line).percent);
    }
    expect(percents).toEqual([0, 0, 25, 25, 0, 25, 50]);
  });

  test('has the judgement of the end and of each amendment', () => {
    const line = begun();
    const summary = { verdict: 'suspicious', category: 'phishing', score: 55, confidence: 0.5 };
    const [end, amendment] = events(
      { type: 'job.ended', state: 'completed', result: { summary } },
      { type: 'report.amended', revision: 2, result: { summary: { ...summary, verdict: 'malicious', score: 90 } } },
    );
    if (end === undefined || amendment === undefined) throw new Error('no events');
    carryOn(line, end);
    expect(summaryOf(line)).toEqual({
      jobId: JOB,
      pipeline: 'email-scan',
      state: 'completed',
      priority: 'high',
      percent: 100,
      verdict: 'suspicious',
      category: 'phishing',
      score: 55,
      revision: 1,
      createdMs: 7,
      endedMs: 100,
    });
    carryOn(line, amendment);
    expect(summaryOf(line)).toMatchObject({ verdict: 'malicious', score: 90, revision: 2, endedMs: 100 });
  });

  test.each([
    ['a number is missing', { type: 'job.state', state: 'x', seq: 9 }],
    ['a stage is not known', { type: 'stage.started', stage: 'three' }],
    ['the job begins anew', { type: 'job.reopened', state: 'queued' }],
  ])('wants to be read anew where %s', (_why, body) => {
    const line = begun();
    const before = structuredClone(line);
    const [event] = events(body);
    expect(event !== undefined && carryOn(line, event)).toBe(false);
    expect(line).toEqual(before);
  });
});
