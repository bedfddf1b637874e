import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  FeedbackLine,
  FeedbackList,
  HeldSay,
  type JobId,
  type JudgementSay,
  MailDocument,
  Problem,
  SayTrial,
} from '@sluice/contracts';
import { putDocument } from '@sluice/fleet/blobs';
import { encodeStage, field } from '@sluice/fleet/jobs';
import { createHints, createSays, createSettings } from '@sluice/fleet/settings';
import { eventually } from '@sluice/testkit';
import { createJob, startGateway, type TestGateway } from './gateways.ts';
import { change, complete, reportSaying } from './planner.ts';
import { record } from './recorded.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

const json = (method: string, body: object): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const set = (say: object) => gateway.call('/api/admin/judgement', json('PUT', say));

/** As a worker has it. */
async function inWorker(check: (say: JudgementSay) => void): Promise<void> {
  const onError = (error: unknown) => {
    throw error;
  };
  const settings = createSettings({ redis: gateway.redis, onError });
  const says = createSays({ redis: gateway.redis, settings, onError });
  try {
    await eventually(async () => check(await says.of('default')));
  } finally {
    says.stop();
    settings.stop();
  }
}

describe('what the operator says', () => {
  test('is kept, given back, and known to workers that have asked before', async () => {
    const onError = () => undefined;
    const settings = createSettings({ redis: gateway.redis, onError });
    const says = createSays({ redis: gateway.redis, settings, onError });
    expect((await says.of('default')).thresholds).toBeNull();
    const answer = await set({ thresholds: { suspicious: 20, malicious: 50 } });
    expect(HeldSay.parse(await answer.json())).toMatchObject({ tenant: 'default', updatedAt: expect.any(String) });
    await eventually(async () => {
      expect((await says.of('default')).thresholds).toEqual({ suspicious: 20, malicious: 50 });
    });
    says.stop();
    settings.stop();
    const held = HeldSay.parse(await (await gateway.call('/api/admin/judgement')).json());
    expect(held.say.thresholds).toEqual({ suspicious: 20, malicious: 50 });
  });

  test('is refused with every fault named, and what holds stays', async () => {
    const faults = async (say: object) => {
      const answer = await set(say);
      expect(answer.status).toBe(400);
      return (Problem.parse(await answer.json()).errors ?? []).map(({ path }) => path);
    };
    const rule = { id: 'r', title: 'T', explanation: 'E', weight: 5 };
    const when = {
      all: [{ field: 'text', is: 'matches', value: '(' }],
      any: [{ field: 'url', is: 'matches', value: '[' }],
    };
    expect(await faults({ rules: [{ ...rule, when }] })).toEqual([
      'rules.0.when.all.0.value',
      'rules.0.when.any.0.value',
    ]);
    expect(await faults({ allow: [{ kind: 'hash', value: 'x' }], ownDomains: ['-'] })).toEqual([
      'allow.0.value',
      'ownDomains.0',
    ]);
    const note = 'n'.repeat(290);
    const block = Array.from({ length: 400 }, (_, at) => ({ kind: 'domain', value: `d${at}.example`, note }));
    expect(await faults({ block })).toEqual(['']);
    await inWorker((say) => expect(say.thresholds).not.toBeNull());
  });

  test('comes back from the record where Redis has lost it', async () => {
    await set({ ownDomains: ['own.example'] });
    await gateway.redis.del('settings:judgement');
    await inWorker((say) => expect(say.ownDomains).toEqual(['own.example']));
  });
});

const SUBJECT = {
  kind: 'mail' as const,
  sha256: '0'.repeat(64),
  sizeBytes: 10,
  subject: 'x',
  date: null,
  messageId: null,
  to: [],
  attachments: [],
  innerMails: 0,
};

/** A scanned mail, suspicious with 50 points by `test.one`, as the record has it. */
async function scanned(hasMail: boolean): Promise<JobId> {
  const jobId = await createJob(gateway.jobs);
  if (hasMail) await takeApart(jobId);
  await complete(gateway, reportSaying('x', jobId));
  await record(gateway, jobId, { pipeline: 'email-scan' });
  return jobId;
}

async function takeApart(jobId: JobId): Promise<void> {
  const { jobs, blobs } = gateway;
  const golden = new URL('../../../packages/contracts/test/golden/mail-document.v1.json', import.meta.url);
  const parsed = MailDocument.parse(JSON.parse(await readFile(golden, 'utf8')));
  const mails = parsed.mails.slice(0, 1).map((mail) => ({ ...mail, text: 'Pay the invoice at once' }));
  const document = await putDocument(blobs, 'default', MailDocument, { ...parsed, mails });
  const task = { id: 'parsing.mail-parse', name: 'mail.parse', stage: 'parsing', payload: {} };
  await change(jobs, jobId, {
    fields: {
      stages: JSON.stringify([{ name: 'parsing', state: 'parsing', share: 100 }]),
      [field.stage('parsing')]: encodeStage({ status: 'active', startedMs: 1, endedMs: null, open: 1 }),
      [field.open('parsing')]: 1,
      [field.task(task.id)]: JSON.stringify({ ...task, required: true, wakes: false }),
      [field.generation(task.id)]: 1,
    },
    events: [{ type: 'job.state', state: 'parsing' }],
  });
  const ref = { jobId, task: task.id, stage: 'parsing', name: 'mail.parse', generation: 1, wakes: false };
  await jobs.begin(ref, 'worker-1');
  const result = { document, mails: 1, attachments: 0, limits: 0 };
  await jobs.settle(ref, 'done', { result, attempts: 1, settledMs: Date.now() });
}

describe('a trial of a draft', () => {
  let kept: JobId;
  let gone: JobId;
  beforeAll(async () => {
    gone = await scanned(false);
    kept = await scanned(true);
  });
  const attempt = async (say: object) => {
    const answer = await gateway.call('/api/admin/judgement/trial', json('POST', { say }));
    expect(answer.status).toBe(200);
    return SayTrial.parse(await answer.json());
  };

  test('says whose verdict would change by weights and thresholds, and changes nothing', async () => {
    expect(await attempt({})).toMatchObject({ tried: 2, leftOut: 0, changes: [] });
    const { changes } = await attempt({ weights: { 'test.one': 5 } });
    expect(changes.map(({ jobId, from, to }) => [jobId, from.verdict, to.verdict])).toEqual([
      [kept, 'suspicious', 'clean'],
      [gone, 'suspicious', 'clean'],
    ]);
    const held = HeldSay.parse(await (await gateway.call('/api/admin/judgement')).json());
    expect(held.say.weights).toEqual({});
  });

  test('tries rules on the mails themselves, and says where it could not', async () => {
    const when = { all: [{ field: 'text', is: 'contains', value: 'pay the invoice' }] };
    const rules = [{ id: 'invoice', title: 'Own rule', explanation: 'E', weight: 90, category: 'phishing', when }];
    const trial = await attempt({ rules });
    expect(trial).toMatchObject({ tried: 2, withoutRules: 1, leftOut: 0 });
    expect(trial.changes).toMatchObject([{ jobId: kept, to: { verdict: 'malicious' }, because: ['Own rule'] }]);
  });
});

describe('what an analyst says of a mail', () => {
  test('is recorded, the newest first, told to workers by digest, and exported', async () => {
    const jobId = await createJob(gateway.jobs);
    await complete(gateway, {
      ...reportSaying('x', jobId),
      subject: { ...SUBJECT, from: [{ name: '', address: 'a@x.example' }] },
    });
    const give = (body: object) => gateway.job(`/${jobId}/feedback`, json('POST', body));
    expect((await give({ verdict: 'malicious', category: 'phishing' })).status).toBe(201);
    expect((await give({ verdict: 'clean', note: 'A customer' })).status).toBe(201);
    const { feedback } = FeedbackList.parse(await (await gateway.job(`/${jobId}/feedback`)).json());
    expect(feedback.map(({ verdict }) => verdict)).toEqual(['clean', 'malicious']);
    const hints = createHints(gateway.redis);
    const [recorded] = await gateway.records.feedback.ofJob('default', jobId);
    const digests = recorded?.digests ?? [];
    expect(digests).toHaveLength(2);
    const told = async () => [...(await hints.find('default', digests)).values()].map(({ verdict }) => verdict);
    expect(await told()).toEqual(['clean', 'clean']);
    const lines = (await (await gateway.call('/api/admin/feedback/export')).text()).trim().split('\n');
    const exported = lines.map((line) => FeedbackLine.parse(JSON.parse(line)));
    expect(exported).toMatchObject([
      {
        jobId,
        verdict: 'clean',
        note: 'A customer',
        reported: { verdict: 'suspicious', score: 50 },
        findings: ['test.one'],
      },
      { jobId, verdict: 'malicious' },
    ]);
    expect(lines.join()).not.toContain(digests[0]);

    const lost = await gateway.redis.keys('settings:feedback:*');
    for (const name of lost) await gateway.redis.del(name);
    await eventually(async () => expect(await told()).toEqual(['clean', 'clean']));
    for (const name of lost) expect(await gateway.redis.ttl(name)).toBeGreaterThan(0);
  });
});
