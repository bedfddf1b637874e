import { describe, expect, test } from '@jest/globals';
import type { JobListEntry, JobsMessage, JobSummary } from '@sluice/contracts';
import { applyJobs, hasGap, mergeJobs } from './job-list.ts';

const id = (digit: number) => `01890000-0000-7000-8000-00000000000${digit}`;
const live = (digit: number, more: Partial<JobSummary> = {}): JobSummary => ({
  jobId: id(digit),
  pipeline: 'email-scan',
  state: 'parsing',
  priority: 'normal',
  percent: 10,
  verdict: null,
  category: null,
  score: null,
  revision: 0,
  createdMs: digit,
  endedMs: null,
  ...more,
});
const listed = (digit: number, more: Partial<JobListEntry> = {}): JobListEntry => {
  const { percent: _, ...job } = live(digit);
  return { ...job, tenant: 'default', tlp: null, subject: `Mail ${digit}`, sender: null, ...more };
};
const deltas = (...jobs: JobSummary[]): JobsMessage => ({
  type: 'deltas',
  epoch: 'e',
  deltas: jobs.map((job, seq) => ({ seq, type: 'job', atMs: 0, job })),
});

describe('the list of jobs', () => {
  test('has each job once, as it was seen last, the newest first', () => {
    const stream = applyJobs(new Map(), [deltas(live(1), live(2, { state: 'completed', verdict: 'clean', score: 3 }))]);
    const lists = { newest: [listed(2), listed(1)], known: [listed(1, { subject: 'old' })], live: stream };
    expect(mergeJobs({ ...lists, filter: {}, tenant: 'default' })).toMatchObject([
      { jobId: id(2), subject: 'Mail 2', state: 'completed', verdict: 'clean', score: 3 },
      { jobId: id(1), subject: 'Mail 1', state: 'parsing' },
    ]);
  });

  test('shows a job that the record does not list yet, but not to who searches', () => {
    const lists = { newest: [], known: [listed(1)], live: applyJobs(new Map(), [deltas(live(5))]), tenant: 'default' };
    expect(mergeJobs({ ...lists, filter: {} }).map(({ jobId }) => jobId)).toEqual([id(5), id(1)]);
    expect(mergeJobs({ ...lists, filter: { text: 'Mail' } }).map(({ jobId }) => jobId)).toEqual([id(1)]);
  });

  test('has no job any more that has left the state or verdict that is searched for', () => {
    const stream = applyJobs(new Map(), [deltas(live(1, { state: 'completed', verdict: 'clean' }))]);
    const lists = { newest: [], known: [listed(2), listed(1)], live: stream, tenant: 'default' };
    expect(mergeJobs({ ...lists, filter: { state: 'parsing' } }).map(({ jobId }) => jobId)).toEqual([id(2)]);
    expect(mergeJobs({ ...lists, filter: { verdict: 'clean' } }).map(({ jobId }) => jobId)).toEqual([id(1)]);
  });

  test('notices that more came than one look at its head can show', () => {
    expect(hasGap([listed(5), listed(4)], [listed(3)])).toBe(true);
    expect(hasGap([listed(5), listed(3)], [listed(3)])).toBe(false);
    expect(hasGap([], [listed(3)])).toBe(false);
  });

  test('forgets with a new snapshot what the stream said before', () => {
    const snapshot: JobsMessage = {
      type: 'snapshot',
      epoch: 'e',
      seq: 0,
      resumed: false,
      jobs: [live(3)],
      isCut: false,
      isPartial: false,
    };
    expect([...applyJobs(new Map(), [deltas(live(1)), snapshot]).keys()]).toEqual([id(3)]);
  });
});
