import { expect, test } from '@jest/globals';
import { JobEvent, SocketMessage } from '@sluice/contracts';
import { createTrack } from './track.ts';

const jobId = '01a20166-32de-7be8-a259-1f678a214bd5';
const stage = (name: string, share: number, status: string, total: number, done: number) => {
  const tasks = { total, done, failed: 0, deferred: 0 };
  return { name, state: name, status, share, startedMs: null, endedMs: null, tasks };
};
const snapshot = SocketMessage.parse({
  type: 'snapshot',
  jobId,
  seq: 5,
  status: {
    v: 1,
    jobId,
    pipeline: 'email-scan',
    state: 'parsing',
    priority: 'normal',
    percent: 40,
    seq: 5,
    revision: 0,
    createdMs: 1,
    startedMs: 1,
    deadlineMs: null,
    endedMs: null,
    estimatedCompletionMs: null,
    error: null,
    summary: null,
    stages: [stage('parsing', 40, 'complete', 1, 1), stage('checks', 60, 'active', 1, 0)],
  },
});
let seq = 5;
const event = (body: object) => JobEvent.parse({ jobId, seq: ++seq, atMs: 1, ...body });
const task = { stage: 'checks', task: 'checks.x', name: 'x', generation: 1 };

test('a job moves on with its messages, and is never further back than before', () => {
  const see = createTrack();
  expect(see(snapshot)).toEqual({ state: 'parsing', percent: 40 });
  expect(see(event({ type: 'task.planned', ...task }))).toEqual({ state: 'parsing', percent: 40 });
  expect(see(event({ type: 'task.settled', ...task, status: 'failed' }))).toEqual({ state: 'parsing', percent: 70 });
  expect(see(event({ type: 'task.planned', ...task }))).toEqual({ state: 'parsing', percent: 70 });
  expect(see(event({ type: 'job.state', state: 'scoring' }))).toEqual({ state: 'scoring', percent: 70 });
  expect(see(event({ type: 'stage.completed', stage: 'checks' }))).toEqual({ state: 'scoring', percent: 99 });
  expect(see(event({ type: 'job.ended', state: 'completed' }))).toEqual({ state: 'completed', percent: 100 });
});
