import { expect, test } from '@jest/globals';
import type { JobEvent } from '@sluice/contracts';
import { CREATED_MS, event, jobRecord, task } from '../../test/job-records.ts';
import { taskTimes } from './task-times.ts';

const planned = event(1, 2);
const started: JobEvent = {
  jobId: planned.jobId,
  seq: 5,
  atMs: CREATED_MS + 9_000,
  type: 'task.started',
  task: 'parsing.mail',
  stage: 'parsing',
  name: 'mail.parse',
  generation: 1,
  worker: 'w',
};

test('a task was planned and changed when its events say so', () => {
  const times = taskTimes({ ...jobRecord(1), events: [planned, started] });
  expect(times(task('parsing.mail'))).toEqual({ createdMs: planned.atMs, updatedMs: started.atMs });
});

test('where the events are silent, its own times count, or its job', () => {
  const record = { ...jobRecord(1), events: [] };
  const { createdMs } = record.row;
  const times = taskTimes(record);
  expect(times(task('x'))).toEqual({ createdMs, updatedMs: createdMs });
  expect(times(task('x', { startedMs: 5 }))).toEqual({ createdMs, updatedMs: 5 });
  expect(times(task('x', { startedMs: 5, completedMs: 6 }))).toEqual({ createdMs, updatedMs: 6 });
});
