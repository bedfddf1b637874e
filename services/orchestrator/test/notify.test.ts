import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type JobId,
  type NotifyInput,
  SCAN_PIPELINES,
  SluiceError,
  TenantPolicy,
  tasks,
  type Webhook,
} from '@sluice/contracts';
import { createAnnouncer } from '@sluice/fleet/notify';
import { createPool, createProducer, type Producer, queuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { createEngine } from '../src/engine/index.ts';
import { pipelines } from '../src/pipelines/index.ts';
import { createWorld, log, type World } from './record-world.ts';

/** What is sent is kept; the next sendings fail with these. */
const sent: NotifyInput[] = [];
const failures: SluiceError[] = [];
const catalogue = { 'webhook.send': tasks['webhook.send'] };

let world: World;
let producer: Producer;
const running: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await createWorld();
  producer = createProducer(world.redis);
  const { jobs } = world;
  const shared = { catalogue, jobs, producer, redisUrl: world.server.url, concurrency: 5, log, retryBaseMs: 1 };
  const send = (input: NotifyInput) => {
    const failure = failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    sent.push(input);
    return Promise.resolve({ status: 204 });
  };
  // The scans' own tasks have no pool here: they are done by hand.
  const parts = [
    createPool({ pool: 'aggregation', worker: 'a', handlers: { 'webhook.send': send }, ...shared }),
    createEngine({ ...shared, pipelines: pipelines.filter(({ name }) => name === 'notify'), worker: 'o' }),
  ];
  for (const part of parts) part.start();
  running.push(...parts);
});
afterAll(async () => {
  await Promise.all(running.map((part) => part.stop()));
  await producer.close();
  await world.stop();
});

async function addWebhook(tenant: string, change: Partial<Webhook> = {}): Promise<string> {
  const webhook = {
    id: 'wh_0123456789abcdef',
    url: 'https://soc.example/',
    events: ['job.completed', 'report.amended', 'verdict'],
    secret: `v1.${'n'.repeat(16)}.${'s'.repeat(22)}`,
    createdMs: 1,
    ...change,
  };
  await world.rules.putTenant(TenantPolicy.parse({ v: 1, tenant, name: tenant, webhooks: [webhook] }));
  return webhook.id;
}

const about = (jobId: JobId) => sent.filter(({ subject }) => subject === jobId).map(({ event }) => event);

/** All deliveries of the tenant, as the record has them. */
async function deliveriesOf(tenant: string, webhook: string) {
  await world.drain();
  const { jobs } = await world.table.search({ tenant, webhook });
  return jobs;
}

describe('the drainer', () => {
  test('tells of an end and of each amendment once, also where recording fails and is repeated', async () => {
    await addWebhook('acme');
    const { jobId } = await world.finished({ tenant: 'acme' });
    const away = new SluiceError('record-away', 'away', { disposition: 'retry' });
    const failing = world.drainer({ table: { ...world.table, write: () => Promise.reject(away) } });
    await expect(failing.round()).rejects.toBe(away);
    await eventually(() => expect(about(jobId).toSorted()).toEqual(['job.completed', 'verdict']));
    await world.drain();
    await world.amend(jobId, 2);
    await world.drain();
    await eventually(() => expect(about(jobId)).toContain('report.amended'));
    await world.drain();
    expect(about(jobId).toSorted()).toEqual(['job.completed', 'report.amended', 'verdict']);
    expect(sent.find(({ event }) => event === 'report.amended')?.data).toMatchObject({ revision: 2 });
  });

  test('records deliveries, which are found by their webhook and not among the scans, and tells of none of them', async () => {
    const webhook = await addWebhook('globex', { id: 'wh_fedcba9876543210', events: ['job.completed'] });
    const { jobId } = await world.finished({ tenant: 'globex' });
    await world.drain();
    await eventually(async () => {
      expect(await deliveriesOf('globex', webhook)).toMatchObject([{ pipeline: 'notify', state: 'completed' }]);
    });
    await world.drain();
    expect(sent.filter(({ webhook: id }) => id === webhook)).toHaveLength(1);
    const scans = await world.table.search({ tenant: 'globex', pipelines: SCAN_PIPELINES });
    expect(scans.jobs.map((job) => job.jobId)).toEqual([jobId]);
    expect((await world.table.search({ tenant: 'globex' })).jobs).toHaveLength(2);
    expect((await world.table.search({ tenant: 'acme', webhook })).jobs).toEqual([]);
  });

  test('goes on where webhooks cannot be told', async () => {
    await addWebhook('initech', { id: 'wh_1111111111111111' });
    const { jobId } = await world.finished({ tenant: 'initech' });
    const errors: unknown[] = [];
    const announcer = createAnnouncer({
      jobs: { create: () => Promise.reject(new Error('no room')) },
      settings: world.rules,
      onError: (error) => errors.push(error),
    });
    await world.drainer({ announcer }).round();
    expect(errors).toHaveLength(1);
    expect(await world.table.find(jobId)).toMatchObject({ state: 'completed' });
  });
});

describe('a delivery', () => {
  test('that failed for good has not delivered; once it is tried again with success, it has', async () => {
    const webhook = await addWebhook('hooli', { id: 'wh_2222222222222222', events: ['job.completed'] });
    failures.push(new SluiceError('webhook-gone', 'The receiver answered 410.'));
    const { jobId } = await world.finished({ tenant: 'hooli' });
    await world.drain();
    const find = async () => (await deliveriesOf('hooli', webhook))[0]?.jobId ?? '';
    const result = async () => (await world.jobs.snapshot(await find()))?.result;
    await eventually(async () => expect(await result()).toEqual({ summary: { delivered: false, status: null } }));
    expect(about(jobId)).toEqual([]);
    const delivery = await find();
    const job = await world.jobs.snapshot(delivery);
    const retried = await world.jobs.retry(delivery);
    if (job === null || 'refused' in retried) throw new Error('it was not opened again');
    await producer.tasks(retried.tasks.map((task) => queuedTask(job, task, catalogue, undefined)));
    await eventually(async () => expect(await result()).toEqual({ summary: { delivered: true, status: 204 } }));
    expect(about(jobId)).toEqual(['job.completed']);
  });
});
