import { describe, expect, test } from '@jest/globals';
import {
  type DeadLetter,
  type JobEvent,
  JobId,
  type JobMeta,
  NotifyInput,
  TenantPolicy,
  type Webhook,
} from '@sluice/contracts';
import { createAnnouncer } from './announcer.ts';
import { happeningsOf, happeningsOfLetter } from './happenings.ts';

const JOB = '01890000-0000-7000-8000-00000000000a';
const REPORT = `acme/${'a'.repeat(64)}`;
const common = { jobId: JOB, seq: 9, atMs: 1_000 };
const summary = { verdict: 'suspicious', category: 'phishing', score: 50, confidence: 1, partial: false };
const completed: JobEvent = { ...common, type: 'job.ended', state: 'completed', result: { report: REPORT, summary } };
const error = { code: 'job-deadline', message: 'secret of the mail', disposition: 'give-up' } as const;
const failed: JobEvent = { ...common, type: 'job.ended', state: 'failed', error };
const amended = (revision: number, verdict: string): JobEvent => ({
  ...common,
  type: 'report.amended',
  revision,
  result: { report: REPORT, summary: { ...summary, verdict } },
});
const letter = {
  v: 1,
  id: `${JOB}.parsing.mail-parse`,
  tenant: 'acme',
  jobId: JOB,
  task: 'parsing.mail-parse',
  name: 'mail.parse',
  pipeline: 'email-scan',
  stage: 'parsing',
  pool: 'analysis',
  state: 'parked',
  reason: 'poison',
  fingerprint: '0'.repeat(16),
  error: { code: 'poison', message: 'It died.', disposition: 'give-up' },
  attempts: [],
  generation: 2,
  redrives: 1,
  payload: { blob: REPORT },
  firstFailedMs: 1,
  lastFailedMs: 2,
  nextMs: null,
  updatedMs: 3,
} satisfies DeadLetter;

const webhook = (digit: string, change: Partial<Webhook> = {}): Webhook => ({
  id: `wh_${digit.repeat(16)}`,
  name: '',
  url: 'https://soc.example/token-4711',
  events: ['job.completed', 'job.failed', 'report.amended', 'verdict', 'dead-letter'],
  minVerdict: 'suspicious',
  secret: `v1.${'n'.repeat(16)}.${'s'.repeat(22)}`,
  isActive: true,
  createdMs: 1,
  ...change,
});

/** An announcer whose jobs are kept in memory. */
function announcing(webhooks: Webhook[], change: Partial<TenantPolicy> = {}) {
  const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme', webhooks, ...change });
  const made = new Map<string, JobMeta>();
  const errors: unknown[] = [];
  let isAway = false;
  const announcer = createAnnouncer({
    jobs: {
      create(meta) {
        if (isAway) return Promise.reject(new Error('Redis is away'));
        const isNew = !made.has(meta.jobId);
        if (isNew) made.set(meta.jobId, meta);
        return Promise.resolve(isNew);
      },
    },
    settings: { tenant: () => Promise.resolve(policy) },
    onError: (reason) => errors.push(reason),
  });
  const told = () => [...made.values()].map((meta) => NotifyInput.parse(meta.input).event);
  return { announcer, made, errors, told, setAway: (away: boolean) => (isAway = away) };
}

describe('what webhooks are told of', () => {
  test('is the end of a scan, its amendments and its failure, with what a receiver needs to decide, and no text of the mail', () => {
    const [end, verdict] = happeningsOf('email-scan', completed);
    const judgement = { verdict: 'suspicious', category: 'phishing', score: 50, partial: false };
    const about = { jobId: JOB, pipeline: 'email-scan', reportUrl: `/api/pipeline/jobs/${JOB}/report` };
    const data = { ...about, ...judgement, state: 'completed', revision: 1 };
    expect(end).toEqual({ event: 'job.completed', subject: JOB, edition: 'r1', atMs: 1_000, data });
    expect(verdict).toEqual({ ...end, event: 'verdict', edition: 'suspicious' });
    expect(happeningsOf('observable-scan', amended(3, 'malicious'))).toMatchObject([
      { event: 'report.amended', edition: 'r3', data: { revision: 3, verdict: 'malicious', state: 'completed' } },
      { event: 'verdict', edition: 'malicious' },
    ]);
    expect(happeningsOf('email-scan', failed)).toEqual([
      {
        event: 'job.failed',
        subject: JOB,
        edition: 's9',
        atMs: 1_000,
        data: { jobId: JOB, pipeline: 'email-scan', state: 'failed', code: 'job-deadline' },
      },
    ]);
  });

  test('is a dead letter that waits for a person', () => {
    expect(happeningsOfLetter(letter)).toEqual([
      {
        event: 'dead-letter',
        subject: letter.id,
        edition: 'g2',
        atMs: 3,
        data: {
          jobId: JOB,
          pipeline: 'email-scan',
          code: 'poison',
          deadLetter: { id: letter.id, task: 'parsing.mail-parse', name: 'mail.parse' },
        },
      },
    ]);
    for (const state of ['scheduled', 'resolved', 'discarded', 'expired'] as const) {
      expect(happeningsOfLetter({ ...letter, state })).toEqual([]);
    }
  });

  test('is nothing of deliveries themselves, of what was cancelled, and of what happens on the way', () => {
    expect(happeningsOf('notify', completed)).toEqual([]);
    expect(happeningsOf('notify', amended(2, 'malicious'))).toEqual([]);
    expect(happeningsOf('notify', failed)).toEqual([]);
    expect(happeningsOfLetter({ ...letter, pipeline: 'notify' })).toEqual([]);
    expect(happeningsOf('email-scan', { ...common, type: 'job.ended', state: 'cancelled' })).toEqual([]);
    expect(happeningsOf('email-scan', { ...common, type: 'job.state', state: 'parsing' })).toEqual([]);
  });
});

describe('an announcement', () => {
  test('becomes one job for each webhook that wants it, of the least urgent kind, and the same one each time', async () => {
    const { announcer, made } = announcing([webhook('a'), webhook('b', { events: ['verdict'] })]);
    await announcer.event('acme', 'email-scan', completed);
    const ids = [...made.keys()];
    expect(ids).toHaveLength(3);
    for (const id of ids) expect(JobId.parse(id)).toMatch(/^.{14}8.{4}[89ab]/);
    for (let n = 0; n < 3; n++) await announcer.event('acme', 'email-scan', completed);
    expect([...made.keys()]).toEqual(ids);
    for (const meta of made.values()) {
      expect(meta).toMatchObject({ tenant: 'acme', pipeline: 'notify', priority: 'low' });
      expect(JSON.stringify(meta)).not.toMatch(/token-4711|v1\.nnn/);
    }
  });

  test('of another revision, verdict, job, letter or tenant is another one', async () => {
    const { announcer, made } = announcing([webhook('a')]);
    const other = { ...completed, jobId: JOB.replace(/a$/, 'b') };
    await announcer.event('acme', 'email-scan', completed); // 2: the end, the verdict
    await announcer.event('acme', 'email-scan', amended(2, 'suspicious')); // 1: the verdict is known
    await announcer.event('acme', 'email-scan', amended(3, 'malicious')); // 2
    await announcer.event('acme', 'email-scan', other); // 2
    await announcer.event('globex', 'email-scan', completed); // 2
    await announcer.letter(letter); // 1
    await announcer.letter({ ...letter, generation: 3 }); // 1: it was tried again in vain
    await announcer.letter({ ...letter, updatedMs: 99 });
    expect(made.size).toBe(11);
  });

  test('of a verdict is for those whose level it reaches', async () => {
    const { announcer, told } = announcing([webhook('a', { events: ['verdict'], minVerdict: 'malicious' })]);
    await announcer.event('acme', 'email-scan', completed);
    expect(told()).toEqual([]);
    await announcer.event('acme', 'email-scan', amended(2, 'malicious'));
    expect(told()).toEqual(['verdict']);
  });

  test('is for nobody where webhooks are switched off, want something else, or the tenant is blocked', async () => {
    const off = announcing([webhook('a', { isActive: false }), webhook('b', { events: ['dead-letter'] })]);
    await off.announcer.event('acme', 'email-scan', completed);
    const blocked = announcing([webhook('a')], { isBlocked: true });
    await blocked.announcer.event('acme', 'email-scan', completed);
    expect([...off.told(), ...blocked.told()]).toEqual([]);
  });

  test('that cannot be made fails nobody, is reported, and can be repeated', async () => {
    const { announcer, errors, told, setAway } = announcing([webhook('a')]);
    setAway(true);
    await announcer.event('acme', 'email-scan', completed);
    expect(errors).toHaveLength(1);
    setAway(false);
    await announcer.event('acme', 'email-scan', completed);
    expect(told()).toEqual(['job.completed', 'verdict']);
  });
});
