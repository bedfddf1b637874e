import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  CreatedWebhook,
  DeliveryOrdered,
  DeliveryPage,
  DeliveryView,
  type JobId,
  JobPage,
  MOST_WEBHOOKS,
  NotifyInput,
  type TaskOutcome,
  type TaskRecord,
  TenantPolicy,
  WebhookList,
  WebhookView,
} from '@sluice/contracts';
import { field, type TaskRef } from '@sluice/fleet/jobs';
import { createGoneWebhooks } from '@sluice/fleet/notify';
import { parseDataKey, unseal } from '@sluice/fleet/settings';
import { eventually } from '@sluice/testkit';
import { problemOf, startGateway, type TestGateway } from './gateways.ts';
import { record } from './recorded.ts';

const DATA_KEY = randomBytes(32).toString('base64url');
const HOOK = { url: 'https://soc.example/hooks/token-4711', events: ['job.completed', 'verdict'] };

let gateway: TestGateway;
let admin: string;
beforeAll(async () => {
  gateway = await startGateway(undefined, { env: { DATA_KEY } });
  admin = await gateway.addKey('acme', 'admin');
});
afterAll(() => gateway.clear());

/** A request of the tenant's admin for `/api/webhooks` and below. */
function ask(path: string, method = 'GET', body?: unknown, key = admin): Promise<Response> {
  const init: RequestInit = { method, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } };
  if (body !== undefined) init.body = JSON.stringify(body);
  return gateway.call(`/api/webhooks${path}`, init);
}

async function create(change: object = {}, key = admin): Promise<CreatedWebhook> {
  const response = await ask('', 'POST', { ...HOOK, ...change }, key);
  expect(response.status).toBe(201);
  return CreatedWebhook.parse(await response.json());
}

const policyOf = async (tenant: string): Promise<TenantPolicy> =>
  TenantPolicy.parse(JSON.parse((await gateway.redis.hget('settings:tenants', tenant)) ?? 'null'));
const held = async (): Promise<WebhookList['webhooks']> => WebhookList.parse(await (await ask('')).json()).webhooks;

async function refusal(response: Promise<Response>) {
  const answer = await response;
  const { code, detail = '' } = await problemOf(answer, gateway);
  return { status: answer.status, code, detail };
}

describe('a webhook', () => {
  test('is made with a secret of 32 bytes that is shown once, and stands sealed in record and settings', async () => {
    const { secret, view } = await create({ name: 'SOC', minVerdict: 'malicious' });
    expect(Buffer.from(/^whsec_(.+)$/.exec(secret)?.[1] ?? '', 'base64')).toHaveLength(32);
    expect(view).toMatchObject({ ...HOOK, name: 'SOC', minVerdict: 'malicious', isActive: true });
    for (const policy of [await policyOf('acme'), await gateway.records.tenants.find('acme')]) {
      const stored = policy?.webhooks.find(({ id }) => id === view.id);
      expect(unseal(parseDataKey(DATA_KEY), stored?.secret ?? '')).toBe(secret);
      expect(JSON.stringify(policy)).not.toContain(secret);
    }
    const texts = await Promise.all(['', `/${view.id}`].map(async (path) => (await ask(path)).text()));
    const tenant = await (await gateway.call('/api/admin/tenants/acme')).text();
    const audit = await (await gateway.call('/api/admin/audit?tenant=acme')).text();
    expect(audit).toContain('webhook.create');
    expect(audit).not.toContain('token-4711');
    for (const text of [...texts, tenant, audit]) expect(text).not.toMatch(/whsec_|v1\.[\w-]{16}\./);
    expect(tenant).not.toContain('token-4711');
    for (const text of texts) expect(text).toContain(view.id);
  });

  test('is replaced as a whole, keeps its secret, gets a new one when asked, and is removed', async () => {
    const { view } = await create();
    const sealed = async () => (await policyOf('acme')).webhooks.find(({ id }) => id === view.id)?.secret;
    const before = await sealed();
    const change = { url: 'http://other.example:8080', events: ['dead-letter', 'dead-letter'], isActive: false };
    const replaced = WebhookView.parse(await (await ask(`/${view.id}`, 'PUT', change)).json());
    const now = { url: 'http://other.example:8080/', events: ['dead-letter'], isActive: false, name: '' };
    expect(replaced).toEqual({ ...view, ...now });
    expect(await sealed()).toBe(before);
    const renewed = CreatedWebhook.parse(await (await ask(`/${view.id}/secret`, 'POST')).json());
    expect(unseal(parseDataKey(DATA_KEY), (await sealed()) ?? '')).toBe(renewed.secret);
    expect(await sealed()).not.toBe(before);
    expect((await ask(`/${view.id}`, 'DELETE')).status).toBe(204);
    expect(await refusal(ask(`/${view.id}`, 'DELETE'))).toMatchObject({ status: 404, code: 'webhook-not-found' });
    expect((await held()).map(({ id }) => id)).not.toContain(view.id);
  });

  test.each([
    { url: 'ftp://a.example/' },
    { url: 'file:///etc/passwd' },
    { url: 'https://user:password@a.example/' },
    { url: 'https://a.example/#part' },
    { url: 'nonsense' },
    { url: `https://a.example/${'x'.repeat(2_000)}` },
    { events: [] },
    { events: ['webhook.test'] },
    { events: ['job.queued'] },
    { minVerdict: 'bad' },
    { secret: 'whsec_mine' },
    { name: 'two\nlines' },
  ])('is refused where it is malformed: %j', async (change) => {
    const before = await held();
    expect(await refusal(ask('', 'POST', { ...HOOK, ...change }))).toMatchObject({ status: 400, code: 'bad-request' });
    expect(await held()).toEqual(before);
  });

  test('whose receiver has answered 410 is switched off, and may be switched on again', async () => {
    const { view } = await create();
    const gone = createGoneWebhooks(gateway.redis);
    await gone.add({ v: 1, tenant: 'acme', webhook: 'wh_0000000000000000' });
    await gone.add({ v: 1, tenant: 'nobody', webhook: view.id });
    await gone.add({ v: 1, tenant: 'acme', webhook: view.id });
    expect(await gateway.redis.ttl('webhooks-gone')).toBeGreaterThan(0);
    await eventually(async () => expect(await gone.list()).toEqual([]), 20_000);
    const stands = async () => (await held()).find(({ id }) => id === view.id);
    expect(await stands()).toEqual({ ...view, isActive: false });
    const audit = await (await gateway.call('/api/admin/audit?tenant=acme&action=webhook.gone')).json();
    expect(audit).toMatchObject({ items: [{ actor: 'gateway', target: view.id, requestId: null }] });
    expect((await ask(`/${view.id}`, 'PUT', HOOK)).status).toBe(200);
    expect(await stands()).toMatchObject({ isActive: true });
  });

  test('stays when the tenant is replaced, and goes with it', async () => {
    const key = await gateway.addKey('hooli', 'admin');
    const { view } = await create({}, key);
    const put = { method: 'PUT', headers: { 'content-type': 'application/json' } };
    const update = (body: object) => gateway.call('/api/admin/tenants/hooli', { ...put, body: JSON.stringify(body) });
    expect((await update({ name: 'Hooli' })).status).toBe(200);
    expect((await policyOf('hooli')).webhooks.map(({ id }) => id)).toEqual([view.id]);
    expect((await update({ name: 'Hooli', webhooks: [] })).status).toBe(400);
    expect((await update({ name: 'Hooli', isBlocked: true })).status).toBe(200);
    expect((await gateway.call('/api/admin/tenants/hooli', { method: 'DELETE' })).status).toBe(204);
    expect(await gateway.redis.hget('settings:tenants', 'hooli')).toBeNull();
  });

  test('is not lost among others that are made at the same moment, and there are twenty at most', async () => {
    const key = await gateway.addKey('umbrella', 'admin');
    for (let n = 0; n < MOST_WEBHOOKS - 3; n++) await create({}, key);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('', 'POST', HOOK, key)));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '201', '201', '409', '409']);
    expect((await policyOf('umbrella')).webhooks).toHaveLength(MOST_WEBHOOKS);
    expect(await gateway.redis.keys('tenant-change:*')).toEqual([]);
  });

  test('is an admin matter, of the own tenant; an operator names another', async () => {
    const { view } = await create();
    for (const role of ['submitter', 'analyst'] as const) {
      const key = await gateway.addKey('acme', role);
      expect(await refusal(ask('', 'GET', undefined, key))).toMatchObject({ code: 'forbidden' });
    }
    const foreign = await gateway.addKey('globex', 'admin');
    for (const [path, method, body] of [
      [`/${view.id}`, 'GET'],
      [`/${view.id}`, 'PUT', HOOK],
      [`/${view.id}`, 'DELETE'],
      [`/${view.id}/secret`, 'POST'],
      [`/${view.id}/test`, 'POST'],
      [`/${view.id}/deliveries`, 'GET'],
    ] as const) {
      expect([path, await refusal(ask(path, method, body, foreign))]).toMatchObject([path, { status: 404 }]);
      const named = ask(`${path}?tenant=acme`, method, body, foreign);
      expect([path, await refusal(named)]).toMatchObject([path, { code: 'foreign-tenant' }]);
    }
    expect((await ask(`/${view.id}?tenant=acme`, 'GET', undefined, gateway.key)).status).toBe(200);
    expect((await ask(`/${view.id}`)).status).toBe(200);
  });
});

/** Plans a delivery as its orchestrator does. */
async function plan(jobId: JobId): Promise<TaskRef> {
  const job = await gateway.jobs.snapshot(jobId);
  if (job === null) throw new Error('there is no such job');
  const payload = NotifyInput.parse(job.meta.input);
  const identity = { id: 'sending.webhook-send', name: 'webhook.send', stage: 'sending' };
  const planned: TaskRecord = { ...identity, payload, required: false, wakes: false };
  const fields = {
    stages: JSON.stringify([{ name: 'sending', state: 'sending', share: 100 }]),
    [field.stage('sending')]: `active ${job.nowMs} `,
    [field.task(planned.id)]: JSON.stringify(planned),
    [field.generation(planned.id)]: 1,
    [field.open('sending')]: 1,
  };
  const state = { state: 'sending', stateIndex: 1, dueMs: job.nowMs + 60_000, ended: false, amended: false };
  expect(await gateway.jobs.apply(job, { fields, events: [], ...state })).toBe(true);
  return { jobId, task: planned.id, stage: 'sending', name: planned.name, generation: 1, wakes: false };
}

/** Ends a planned delivery, and records it as the drainer does. */
async function settle(task: TaskRef, outcome: Pick<TaskOutcome, 'result' | 'error'>): Promise<void> {
  const { jobs } = gateway;
  await jobs.begin(task, 'w');
  const nowMs = Date.now();
  const status = outcome.error === undefined ? 'done' : 'failed';
  const times = { startedMs: nowMs, endedMs: nowMs, worker: 'w' };
  const attempt = outcome.error && { generation: 1, number: 1, ...times, ...outcome.error };
  await jobs.settle(task, status, { ...outcome, attempts: 1, settledMs: nowMs, worker: 'w' }, attempt);
  const job = await jobs.snapshot(task.jobId);
  if (job === null) throw new Error('there is no such job');
  const event = { type: 'job.ended', state: 'completed' } as const;
  const ended = { state: 'completed', stateIndex: 2, dueMs: null, ended: true, amended: false };
  await jobs.apply(job, { fields: {}, events: [event], ...ended });
  const { webhook } = NotifyInput.parse(job.meta.input);
  await record(gateway, task.jobId, { endedMs: nowMs, indicators: [{ kind: 'webhook', value: webhook }] });
}

const ordered = async (response: Promise<Response>): Promise<JobId> => {
  const answer = await response;
  expect(answer.status).toBe(202);
  return DeliveryOrdered.parse(await answer.json()).delivery;
};

describe('a delivery', () => {
  const refused = { code: 'webhook-refused', message: 'The receiver answered 500.', disposition: 'retry' } as const;
  const newHook = async () => (await create({ isActive: false })).view.id;
  const viewOf = async (id: string, delivery: JobId): Promise<DeliveryView> =>
    DeliveryView.parse(await (await ask(`/${id}/deliveries/${delivery}`)).json());
  const again = (id: string, delivery: JobId) => ask(`/${id}/deliveries/${delivery}/redeliver`, 'POST');

  test('is asked for as a test, which says nothing, costs no part of the plan, and cannot be sent twice at once', async () => {
    const id = await newHook();
    const delivery = await ordered(ask(`/${id}/test`, 'POST'));
    const job = await gateway.jobs.snapshot(delivery);
    expect(job?.meta).toMatchObject({ tenant: 'acme', pipeline: 'notify', input: { event: 'webhook.test', data: {} } });
    expect(JSON.stringify(job?.meta)).not.toContain('token-4711');
    expect(await gateway.redis.keys('in-flight:*')).toEqual([]);
    expect(await gateway.redis.keys('jobs-today:*')).toEqual([]);
    expect(await viewOf(id, delivery)).toMatchObject({ state: 'pending', attempts: 0, event: 'webhook.test' });
    await plan(delivery);
    expect(await viewOf(id, delivery)).toMatchObject({ state: 'pending' });
    expect(await refusal(again(id, delivery))).toMatchObject({ status: 409, code: 'delivery-pending' });
  });

  test('that was delivered is sent once more as a delivery of its own, which names the first', async () => {
    const id = await newHook();
    const first = await ordered(ask(`/${id}/test`, 'POST'));
    await settle(await plan(first), { result: { status: 204 } });
    expect(await viewOf(id, first)).toMatchObject({ state: 'delivered', status: 204, attempts: 1, error: null });
    const second = await ordered(again(id, first));
    expect(second).not.toBe(first);
    expect(await viewOf(id, second)).toMatchObject({ state: 'pending', repeats: first });
    await settle(await plan(second), { result: { status: null } });
    expect(await viewOf(id, second)).toMatchObject({ state: 'skipped', status: null });
    expect(await viewOf(id, await ordered(again(id, second)))).toMatchObject({ repeats: first });
  });

  test('that failed says why, and is tried again under its own id, also when only the record has it', async () => {
    const id = await newHook();
    const delivery = await ordered(ask(`/${id}/test`, 'POST'));
    await settle(await plan(delivery), { error: refused });
    const error = { code: refused.code, message: refused.message };
    expect(await viewOf(id, delivery)).toMatchObject({ state: 'failed', status: null, attempts: 1, error });
    for (const key of await gateway.redis.keys(`*${delivery}*`)) await gateway.redis.del(key);
    expect(await viewOf(id, delivery)).toMatchObject({ state: 'failed', error });
    expect(await ordered(again(id, delivery))).toBe(delivery);
    expect(await viewOf(id, delivery)).toMatchObject({ state: 'pending', attempts: 1 });
    const queued = await gateway.redis.keys('{sluice:aggregation}:aggregation:*');
    expect(queued.some((key) => key.includes(delivery))).toBe(true);
  });

  test('that was cancelled is sent again as another one', async () => {
    const id = await newHook();
    const delivery = await ordered(ask(`/${id}/test`, 'POST'));
    await gateway.jobs.cancel(delivery);
    expect(await viewOf(id, delivery)).toMatchObject({ state: 'failed' });
    expect(await viewOf(id, await ordered(again(id, delivery)))).toMatchObject({ state: 'pending', repeats: delivery });
  });

  test('stands in the list of its webhook, page by page, and never among the jobs', async () => {
    const [id, other] = [await newHook(), await newHook()];
    const deliveries: JobId[] = [];
    for (let n = 0; n < 3; n++) {
      const delivery = await ordered(ask(`/${id}/test`, 'POST'));
      await settle(await plan(delivery), n === 1 ? { error: refused } : { result: { status: 200 } });
      deliveries.unshift(delivery);
    }
    const page = async (query: string) => DeliveryPage.parse(await (await ask(`/${id}/deliveries${query}`)).json());
    const first = await page('?limit=2');
    const second = await page(`?limit=2&cursor=${first.next}`);
    expect([...first.items, ...second.items].map((each) => each.id)).toEqual(deliveries);
    expect(first.items.map(({ state }) => state)).toEqual(['delivered', 'failed']);
    expect(second.next).toBeNull();
    expect(DeliveryPage.parse(await (await ask(`/${other}/deliveries`)).json()).items).toEqual([]);
    const jobs = JobPage.parse(await (await gateway.job('?tenant=acme')).json());
    expect(jobs.items).toEqual([]);
  });

  test('of another webhook, a job that is none, and nonsense are not there', async () => {
    const [id, other] = [await newHook(), await newHook()];
    const delivery = await ordered(ask(`/${id}/test`, 'POST'));
    for (const path of [
      `/${other}/deliveries/${delivery}`,
      `/${id}/deliveries/${randomUUIDv7()}`,
      `/${id}/deliveries/x`,
    ]) {
      expect(await refusal(ask(path))).toMatchObject({ status: 404, code: 'delivery-not-found' });
      expect(await refusal(ask(`${path}/redeliver`, 'POST'))).toMatchObject({ code: 'delivery-not-found' });
    }
    expect(await refusal(ask('/wh_0/deliveries'))).toMatchObject({ status: 404, code: 'webhook-not-found' });
  });
});

test('without DATA_KEY there are no webhooks: nothing is stored in the clear', async () => {
  const bare = await startGateway();
  try {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(HOOK) };
    const response = await bare.call('/api/webhooks', init);
    expect([response.status, (await problemOf(response, bare)).code]).toEqual([409, 'no-data-key']);
  } finally {
    await bare.clear();
  }
});
