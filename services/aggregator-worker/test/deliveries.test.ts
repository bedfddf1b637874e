import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type JobEvent,
  type JobId,
  NotifyInput,
  type TaskRecord,
  TenantPolicy,
  tasks,
  type Webhook,
} from '@sluice/contracts';
import { createFolderBlobStore } from '@sluice/fleet/blobs';
import { parseAllowList } from '@sluice/fleet/guard';
import { createJobStore, field, type JobStore } from '@sluice/fleet/jobs';
import { type Announcer, createAnnouncer, createGoneWebhooks } from '@sluice/fleet/notify';
import { createPool, createProducer, type PoolRuntime, type Producer, queuedTask } from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { createSettings, parseDataKey, seal, type Settings } from '@sluice/fleet/settings';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { Webhook as Verifier } from 'standardwebhooks';
import { createHandlers } from '../src/tasks.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';

const DATA_KEY = parseDataKey(randomBytes(32).toString('base64url'));
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const ENDED: JobEvent = {
  jobId: '01890000-0000-7000-8000-00000000000a',
  seq: 9,
  atMs: 1_763_800_000_000,
  type: 'job.ended',
  state: 'completed',
  result: { report: `acme/${'a'.repeat(64)}`, summary: { verdict: 'malicious', category: 'phishing', score: 91.5 } },
};

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
let producer: Producer;
let rules: Settings;
let announcer: Announcer;
let receiver: Receiver;
let pool: PoolRuntime;
let answers: number[] = [];
/** An answer waits for it. */
let held: Promise<void> = Promise.resolve();
const logged: string[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
  jobs = createJobStore(redis);
  producer = createProducer(redis);
  const fail = (error: unknown): never => {
    throw error;
  };
  rules = createSettings({ redis, onError: fail });
  announcer = createAnnouncer({ jobs, settings: rules, onError: fail });
});
beforeEach(async () => {
  logged.length = 0;
  answers = [];
  held = Promise.resolve();
  receiver = await startReceiver((response, _request, nth) => {
    void held.then(() => response.writeHead(answers[nth] ?? 204).end());
  });
  const log = createLogger('test', 'test', 'debug');
  for (const transport of log.transports) transport.silent = true;
  log.on('data', (entry: Record<symbol, string>) => void logged.push(entry[Symbol.for('message')] ?? ''));
  const { allow } = parseAllowList(`127.0.0.1:${receiver.port}`);
  const lookup = () => Promise.resolve([]);
  const blobs = createFolderBlobStore('/nowhere');
  const handlers = createHandlers({
    blobs,
    rules,
    hints: { find: () => Promise.reject(new Error('nobody asks')) },
    says: { of: () => Promise.reject(new Error('nobody asks')) },
    dataKey: DATA_KEY,
    lookup,
    allow,
    onGone: createGoneWebhooks(redis).add,
  });
  const shared = { catalogue: tasks, redisUrl: server.url, jobs, concurrency: 2, worker: 'w', log, retryBaseMs: 1 };
  pool = createPool({ pool: 'aggregation', handlers, ...shared });
  pool.start();
});
afterEach(async () => {
  await pool.stop();
  await receiver.stop();
  await redis.flushall();
});
afterAll(async () => {
  rules.stop();
  await producer.close();
  await closeRedis(redis);
  await server.stop();
});

async function addWebhook(change: Partial<Webhook> = {}): Promise<void> {
  const webhook = {
    id: 'wh_0123456789abcdef',
    url: `${receiver.url}/token-4711`,
    events: ['job.completed'],
    secret: seal(DATA_KEY, SECRET),
    createdMs: 1,
    ...change,
  };
  await rules.putTenant(TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme', webhooks: [webhook] }));
}

/** Ids of all jobs that wait for their first plan. */
async function waiting(): Promise<JobId[]> {
  const keys = await redis.keys('open:*');
  return (await Promise.all(keys.map((key) => redis.zrange(key, '0', '-1')))).flat();
}

/** Plans and queues a delivery as its orchestrator does. */
async function plan(jobId: JobId): Promise<void> {
  const job = await jobs.snapshot(jobId);
  if (job === null) throw new Error('there is no such job');
  const payload = NotifyInput.parse(job.meta.input);
  const identity = { id: 'sending.webhook-send', name: 'webhook.send', stage: 'sending' };
  const record: TaskRecord = { ...identity, payload, required: false, wakes: false };
  const fields = {
    stages: JSON.stringify([{ name: 'sending', state: 'sending', share: 100 }]),
    [field.stage('sending')]: `active ${job.nowMs} `,
    [field.task(record.id)]: JSON.stringify(record),
    [field.generation(record.id)]: 1,
    [field.open('sending')]: 1,
  };
  const dueMs = job.nowMs + 60_000;
  const state = { state: 'sending', stateIndex: 1, dueMs, ended: false, amended: false };
  expect(await jobs.apply(job, { fields, events: [], ...state })).toBe(true);
  const task = { record, generation: 1 };
  await producer.tasks([queuedTask({ meta: job.meta, outline: [{ name: 'sending' }] }, task, tasks, undefined)]);
}

const outcomeOf = async (jobId: JobId) => {
  const task = (await jobs.snapshot(jobId))?.tasks.get('sending.webhook-send');
  expect(task?.isOpen).toBe(false);
  return { status: task?.outcome?.status, code: task?.outcome?.error?.code, tries: task?.attempts.length };
};

/** Everything that Redis holds but for the tenants' settings. */
async function everything(): Promise<string> {
  const keys = (await redis.keys('*')).filter((key) => key !== 'settings:tenants');
  const values = await Promise.all(
    keys.map(async (key): Promise<unknown> => {
      const type = await redis.type(key);
      if (type === 'hash') return redis.hgetall(key);
      if (type === 'list') return redis.lrange(key, 0, -1);
      if (type === 'zset') return redis.zrange(key, '0', '-1');
      if (type === 'stream') return redis.xrange(key, '-', '+');
      return type === 'set' ? redis.smembers(key) : redis.get(key);
    }),
  );
  return JSON.stringify([keys, values]);
}

describe('what happened to a job', () => {
  test('is delivered once, however often it is announced, and whoever does so at the same time', async () => {
    await addWebhook();
    await Promise.all([1, 2, 3].map(() => announcer.event('acme', 'email-scan', ENDED)));
    const [jobId = '', ...others] = await waiting();
    expect(others).toEqual([]);
    await plan(jobId);
    await eventually(async () => expect(await outcomeOf(jobId)).toMatchObject({ status: 'done' }));
    await announcer.event('acme', 'email-scan', ENDED);
    expect(await waiting()).toEqual([jobId]);
    expect(receiver.received).toHaveLength(1);
    const [{ body, headers }] = receiver.received as [Received];
    expect(headers['webhook-id']).toBe(jobId);
    expect(new Verifier(SECRET).verify(body, headers)).toEqual({
      type: 'job.completed',
      timestamp: new Date(ENDED.atMs).toISOString(),
      data: {
        jobId: ENDED.jobId,
        pipeline: 'email-scan',
        state: 'completed',
        revision: 1,
        verdict: 'malicious',
        category: 'phishing',
        score: 91.5,
        reportUrl: `/api/pipeline/jobs/${ENDED.jobId}/report`,
      },
    });
  });

  test('comes again after a 500, with the same id', async () => {
    answers = [500, 500];
    await addWebhook();
    await announcer.event('acme', 'email-scan', ENDED);
    const [jobId = ''] = await waiting();
    await plan(jobId);
    await eventually(async () => expect(await outcomeOf(jobId)).toMatchObject({ status: 'done', tries: 2 }));
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([jobId, jobId, jobId]);
    for (const { body, headers } of receiver.received) new Verifier(SECRET).verify(body, headers);
  });

  test('is with the failure desk after four tries, and 410 at once', async () => {
    answers = [500, 500, 500, 500, 410];
    await addWebhook();
    for (const [seq, event] of [ENDED, { ...ENDED, jobId: ENDED.jobId.replace(/a$/, 'b') }].entries()) {
      await announcer.event('acme', 'email-scan', event);
      const jobId = (await waiting()).find(
        (id) => !receiver.received.some(({ headers }) => headers['webhook-id'] === id),
      );
      await plan(jobId ?? '');
      const code = ['webhook-refused', 'webhook-gone'][seq];
      await eventually(async () => expect(await outcomeOf(jobId ?? '')).toMatchObject({ status: 'failed', code }));
    }
    expect(receiver.received).toHaveLength(5);
    const failed = await Promise.all((await redis.keys('failed:*')).map((key) => redis.zcard(key)));
    expect(failed.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  test('is told without URL and secret standing in a queue, a job, an event or a log', async () => {
    answers = [500];
    await addWebhook();
    await announcer.event('acme', 'email-scan', ENDED);
    const [jobId = ''] = await waiting();
    const before = await everything();
    const answer = Promise.withResolvers<void>();
    held = answer.promise;
    await plan(jobId);
    await eventually(() => expect(receiver.received).toHaveLength(1));
    const during = await everything();
    expect(during).toContain('{sluice:aggregation}');
    answer.resolve();
    await eventually(async () => expect(await outcomeOf(jobId)).toMatchObject({ status: 'done' }));
    expect(logged.some((line) => line.includes('task done'))).toBe(true);
    const sealed = (await rules.tenant('acme')).webhooks[0]?.secret ?? '';
    const said = [before, during, await everything(), ...logged].join('\n');
    expect(said).toContain(jobId);
    for (const secret of [SECRET.slice(6), sealed, 'token-4711', String(receiver.port)])
      expect(said).not.toContain(secret);
  });
});
