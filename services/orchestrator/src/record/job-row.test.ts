import { describe, expect, test } from '@jest/globals';
import { type JobImage, type Report, tasks, type TaskAttempt } from '@sluice/contracts';
import { readImage } from '@sluice/fleet/jobs';
import { findablesOf } from './findables.ts';
import { jobRowOf } from './job-row.ts';
import { taskRowsOf } from './task-rows.ts';

const jobId = '01900000-0000-7000-8000-00000000000a';
const hashOf = (digit: string) => digit.repeat(64);
const mail = `acme/${hashOf('a')}`;

function imageOf(fields: Record<string, string> = {}): JobImage {
  const meta = {
    v: 1,
    jobId,
    tenant: 'acme',
    pipeline: 'email-scan',
    priority: 'high',
    input: { blob: mail, sizeBytes: 3 },
    timeoutMs: 1_000,
    tlp: 'red',
  };
  const hash = { meta: JSON.stringify(meta), created: '100', state: 'parsing', seq: '4', version: '2', ...fields };
  return { v: 1, jobId, state: hash.state, seq: 4, hash };
}

const taskFields = (outcome: string, others: Record<string, string> = {}) => {
  const record = { id: 'p.a', name: 'mail.parse', stage: 'parsing', payload: {}, required: true, wakes: false };
  return { 't:p.a': JSON.stringify(record), 'g:p.a': '1', ...(outcome === '' ? {} : { 'x:p.a': outcome }), ...others };
};
const attempt: TaskAttempt = {
  generation: 1,
  number: 1,
  startedMs: 1,
  endedMs: 2,
  worker: 'w',
  code: 'broken',
  message: 'It broke.',
};
const rowsOf = (fields: Record<string, string>) => taskRowsOf(readImage(imageOf(fields)), tasks);
const rowOf = (image: JobImage, report: Report | null = null) => {
  const recorded = report === null ? null : { revision: 1, ref: `acme/${hashOf('e')}`, report };
  const reportText = JSON.stringify(report);
  return jobRowOf({ image, job: readImage(image), report: recorded, reportText, catalogue: tasks });
};

describe("a task's row", () => {
  test.each([
    ['pending', taskFields('')],
    ['processing', taskFields('', { 'b:p.a': '1 0 50 worker-1' })],
    ['retrying', taskFields('', { 'a:p.a': JSON.stringify(attempt) })],
    ['completed', taskFields('1:done:{"attempts":1,"settledMs":9}')],
    ['failed', taskFields('1:failed:{"attempts":4,"settledMs":9}')],
    ['deferred', taskFields('1:deferred:{"attempts":4,"settledMs":9}')],
    ['pending', { ...taskFields('1:failed:{"attempts":4,"settledMs":9}'), 'g:p.a': '2' }],
  ])('says %s', (status, fields) => {
    expect(rowsOf(fields)).toMatchObject([{ id: 'p.a', status, pool: 'analysis', maxRetries: 3 }]);
  });

  test('counts the tries that were followed by another, and says why the last one failed', () => {
    const error = { code: 'broken', message: 'It broke.', disposition: 'give-up' };
    const outcome = JSON.stringify({ attempts: 2, settledMs: 9, startedMs: 5, worker: 'w', error });
    const lines = [attempt, attempt].map((one) => JSON.stringify(one)).join('\n');
    const [failed] = rowsOf(taskFields(`1:failed:${outcome}`, { 'a:p.a': lines }));
    expect(failed).toMatchObject({ retryCount: 1, errorCode: 'broken', errorMessage: 'It broke.', completedMs: 9 });
    const [done] = rowsOf(taskFields('1:done:{"attempts":3,"settledMs":9}', { 'a:p.a': lines }));
    expect(done).toMatchObject({ retryCount: 2, errorCode: null, attempts: [attempt, attempt] });
  });
});

describe("a job's row", () => {
  test('of an open job knows its mail and no more of what it holds', () => {
    expect(rowOf(imageOf())).toMatchObject({
      tenant: 'acme',
      priority: 'high',
      tlp: 'red',
      createdMs: 100,
      endedMs: null,
      mail,
      mailSha256: hashOf('a'),
      verdict: null,
      subject: null,
      indicators: [],
      blobs: [],
    });
  });

  test('names every blob that its tasks, outcomes and report name, the mail apart', () => {
    const fields = taskFields(`1:done:{"result":{"document":"acme/${hashOf('b')}"},"attempts":1,"settledMs":9}`);
    const image = imageOf({ ...fields, result: JSON.stringify({ report: `acme/${hashOf('e')}` }) });
    const text = `{"visits":[{"screenshot":"acme/${hashOf('c')}"},"${mail}"]}`;
    const row = jobRowOf({ image, job: readImage(image), report: null, reportText: text, catalogue: tasks });
    expect(row.blobs.toSorted()).toEqual(['b', 'c', 'e'].map((digit) => `acme/${hashOf(digit)}`));
  });

  test('of a job without a readable report says what the last stage said', () => {
    const result = { report: `acme/${hashOf('e')}`, summary: { verdict: 'malicious', score: 90, category: 'scam' } };
    const image = imageOf({ result: JSON.stringify(result) });
    expect(rowOf(image)).toMatchObject({ verdict: 'malicious', score: 90, category: 'scam', confidence: null });
  });
});

test('a mail is found by its domains and those above them, by addresses, and by the hashes of its files, in lower case', () => {
  const attachment = { sha256: hashOf('D').toLowerCase(), sha1: 'AB', md5: '' };
  const found = findablesOf({
    subject: { kind: 'mail', sha256: hashOf('a'), attachments: [attachment] },
    indicators: {
      domains: [
        { domain: 'A.b.example', registrableDomain: 'b.example' },
        { domain: 'b.example', registrableDomain: null },
      ],
      ips: [{ ip: '2001:DB8::1' }],
      hashes: [{ sha256: hashOf('d'), sha1: null, md5: null }],
    },
  } as unknown as Report);
  expect(found).toEqual([
    { kind: 'domain', value: 'a.b.example' },
    { kind: 'domain', value: 'b.example' },
    { kind: 'hash', value: hashOf('a') },
    { kind: 'hash', value: hashOf('d') },
    { kind: 'hash', value: 'ab' },
    { kind: 'ip', value: '2001:db8::1' },
  ]);
});

test.each([
  [
    'is being amended while more has healed than the report says',
    { state: 'completed', amend: '2', amended: '1' },
    true,
  ],
  ['is not once it says all', { state: 'completed', amend: '2', amended: '2' }, false],
  ['is not while it is open, whose end brings it all', { state: 'parsing', amend: '1', amended: '0' }, false],
])('a job %s', (_what, fields, isAmending) => {
  expect(rowOf(imageOf(fields))).toMatchObject({ isAmending });
});
