import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JudgementSay, TenantPolicy } from '@sluice/contracts';
import type { RecordedFeedback, Records } from '../src/index.ts';
import { jobId } from './job-records.ts';
import { type Bench, makeBench } from './servers.ts';

let bench: Bench;
let records: Records;
beforeAll(async () => {
  bench = await makeBench();
});
beforeEach(async () => {
  records = await bench.open();
});
afterAll(() => bench.clear());

const feedback = (number: number, more: Partial<RecordedFeedback> = {}): RecordedFeedback => ({
  id: jobId(number),
  jobId: jobId(1),
  tenant: 'acme',
  verdict: 'clean',
  category: null,
  note: null,
  by: 'desk',
  byKey: 'key-1',
  at: new Date(1_000 + number).toISOString(),
  sha256: null,
  reported: { verdict: 'malicious', category: 'phishing', score: 80 },
  findings: ['url.ip-host'],
  digests: ['ab', 'cd'],
  ...more,
});

describe('what operators say', () => {
  test('is put, replaced, listed, and goes with its tenant', async () => {
    const say = (thresholds: JudgementSay['thresholds']) => JudgementSay.parse({ thresholds });
    const bounds = { suspicious: 10, malicious: 20 };
    await records.tenants.put(TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme' }), 1);
    await records.says.put({ tenant: 'acme', say: say(null), updatedMs: 1, updatedBy: 'k1' });
    await records.says.put({ tenant: 'acme', say: say(bounds), updatedMs: 2, updatedBy: 'k2' });
    await records.says.put({ tenant: 'b', say: say(null), updatedMs: 3, updatedBy: 'k1' });
    expect(await records.says.find('acme')).toEqual({
      tenant: 'acme',
      say: say(bounds),
      updatedMs: 2,
      updatedBy: 'k2',
    });
    expect(await records.says.find('nobody')).toBeNull();
    expect((await records.says.list()).map(({ tenant }) => tenant)).toEqual(['acme', 'b']);
    await records.tenants.remove('acme');
    expect((await records.says.list()).map(({ tenant }) => tenant)).toEqual(['b']);
  });
});

describe('what analysts say', () => {
  test('is kept whole, given newest first page by page, and stays within its tenant', async () => {
    const all = [1, 2, 3].map((number) => feedback(number, { note: `note ${number}`, category: 'phishing' }));
    for (const one of [...all, feedback(4, { tenant: 'globex' }), feedback(5, { jobId: jobId(9) })])
      await records.feedback.append(one);
    expect(await records.feedback.ofJob('acme', jobId(1))).toEqual(all.toReversed());
    expect(await records.feedback.ofJob('globex', jobId(9))).toEqual([]);
    const first = await records.feedback.list({ tenant: 'acme', sinceMs: 1_002 }, { limit: 2 });
    const second = await records.feedback.list(
      { tenant: 'acme', sinceMs: 1_002 },
      { limit: 2, cursor: first.next ?? '' },
    );
    expect([...first.feedback, ...second.feedback].map(({ id }) => id)).toEqual([5, 3, 2].map(jobId));
    expect(second.next).toBeNull();
    expect((await records.feedback.list({ tenant: null })).feedback).toHaveLength(5);
  });

  test('goes when the data of its tenant is erased', async () => {
    await records.feedback.append(feedback(1));
    await records.feedback.append(feedback(2, { tenant: 'globex' }));
    await records.jobs.eraseTenant('acme', { limit: 10 });
    expect((await records.feedback.list({ tenant: null })).feedback.map(({ tenant }) => tenant)).toEqual(['globex']);
  });
});
