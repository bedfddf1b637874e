import { expect, test } from '@jest/globals';
import { type JobMeta, TaskMessage, tasks } from '@sluice/contracts';
import { queuedTask } from './task-message.ts';

test('a message carries what the submitter said of the mail, where anything was said', () => {
  const jobId = '01a202a0-88e7-7d1b-a96c-406b65ecee60';
  const fixed = { v: 1, tenant: 'default', pipeline: 'p', priority: 'normal', input: {}, timeoutMs: 1 } as const;
  const record = { id: 'parsing.t', name: 'mail.parse', stage: 'parsing', payload: {}, required: true, wakes: false };
  const messageOf = (meta: JobMeta) =>
    queuedTask({ meta, outline: [{ name: 'parsing' }] }, { record, generation: 1 }, tasks, undefined).message;
  expect(TaskMessage.parse(messageOf({ ...fixed, jobId, tlp: 'red' })).tlp).toBe('red');
  expect(messageOf({ ...fixed, jobId })).not.toHaveProperty('tlp');
});
