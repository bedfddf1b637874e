import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { JudgementSay } from '@sluice/contracts';
import { JOB_ID } from './fake-gateway.ts';
import { type Answers, run, startAnswering } from './gateway-answers.ts';

let folder: string;
let draft: string;
let gateway: Awaited<ReturnType<typeof startAnswering>> | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-client-rules-'));
  draft = join(folder, 'draft.json');
  await writeFile(draft, JSON.stringify({ thresholds: { suspicious: 30, malicious: 60 } }));
  await writeFile(join(folder, 'broken.json'), '{');
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sluice(answers: Answers, ...words: string[]) {
  gateway ??= await startAnswering(answers);
  return run(words, { SLUICE_URL: gateway.url, SLUICE_API_KEY: 'slu_env' });
}

const SAY = JudgementSay.parse({ ownDomains: ['own.example'] });
const HELD = { v: 1, tenant: 'acme', say: SAY, updatedAt: null };
const CHANGE = {
  jobId: JOB_ID,
  subject: 'Pay\x1b[2J now',
  sender: 'a@b.example',
  from: { verdict: 'clean', score: 10 },
  to: { verdict: 'malicious', score: 95 },
  because: ['On the block list of the operator'],
};
const TRIAL = { v: 1, tried: 7, withoutRules: 2, leftOut: 1, changes: [CHANGE] };

describe('rules', () => {
  test('are shown in the form in which they are set', async () => {
    const answers = { 'GET /api/admin/judgement': HELD, 'GET /api/admin/judgement?tenant=acme': HELD };
    const { out } = await sluice(answers, 'rules', 'show');
    expect(JudgementSay.parse(JSON.parse(out))).toEqual(SAY);
    const json = await sluice(answers, 'rules', 'show', '--json', '--tenant', 'acme');
    expect(JSON.parse(json.out)).toEqual(SAY);
  });

  test('are set from a file; one that is no JSON is never sent', async () => {
    const answers = { 'PUT /api/admin/judgement': HELD };
    expect((await sluice(answers, 'rules', 'set', draft)).out).toContain('holds for acme');
    expect(gateway?.heard[0]?.body).toContain('"suspicious":30');
    const broken = await sluice(answers, 'rules', 'set', join(folder, 'broken.json'));
    expect(broken).toMatchObject({ status: 2, out: '' });
    expect(gateway?.heard).toHaveLength(1);
  });

  test('are tried on past mails: what would change, and what could not be tried', async () => {
    const answers = { 'POST /api/admin/judgement/trial': TRIAL };
    const { out, status } = await sluice(answers, 'rules', 'test', draft, '--since', '3d', '--limit', '20');
    expect(status).toBe(0);
    expect(out).toMatch(/clean 10 +malicious 95/);
    expect(out).toContain('On the block list');
    expect(out).toContain('Tried on 7 reports: 1 would change. On 2 of them the rules could not be tried');
    expect(out).not.toContain('\x1b');
    const asked = JSON.parse(gateway?.heard[0]?.body ?? '') as { limit: number; sinceMs: number };
    expect(asked).toMatchObject({ limit: 20, sinceMs: expect.any(Number) });
    const json = await sluice(answers, 'rules', 'test', draft, '--json');
    expect(JSON.parse(json.out)).toEqual(TRIAL);
  });
});

describe('feedback', () => {
  const given = {
    id: JOB_ID,
    jobId: JOB_ID,
    verdict: 'malicious',
    category: 'phishing',
    note: 'why',
    by: 'desk',
    at: '2026-11-01T10:00:00.000Z',
  };
  const path = `/api/pipeline/jobs/${JOB_ID}/feedback`;

  test('is given and listed; a verdict that is none is never sent', async () => {
    const answers = { [`POST ${path}`]: given, [`GET ${path}`]: { v: 1, feedback: [given] } };
    const words = ['feedback', 'give', JOB_ID, 'malicious', '--category', 'phishing', '--note', 'why'];
    expect((await sluice(answers, ...words)).out).toContain('is malicious');
    expect(JSON.parse(gateway?.heard[0]?.body ?? '')).toEqual({
      verdict: 'malicious',
      category: 'phishing',
      note: 'why',
    });
    expect((await sluice(answers, 'feedback', 'list', JOB_ID)).out).toMatch(/malicious +phishing +desk +why/);
    expect((await sluice(answers, 'feedback', 'give', JOB_ID, 'nice')).status).toBe(2);
    expect(gateway?.heard).toHaveLength(2);
  });
});
