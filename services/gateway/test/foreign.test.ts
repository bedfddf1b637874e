import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobId, Role } from '@sluice/contracts';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { createJob, MAIL, startGateway, type TestGateway } from './gateways.ts';
import { letterOf } from './letters.ts';
import { complete, reportSaying } from './planner.ts';
import { read } from './sockets.ts';

/** Stands in all that the other tenant has. */
const MARK = 'xyzzy-secret-of-default';
const LETTER = letterOf({ tenant: 'default', error: { code: 'x', message: MARK, disposition: 'give-up' } });

let cache: TestRedis;
let gateway: TestGateway;
let keyId: string;
let open: JobId;
let done: JobId;
let mailJob: JobId;
let webhookId: string;
let delivery: JobId;
let batch: string;
const ADDRESS = `${MARK}@owned.example`;
beforeAll(async () => {
  cache = await startRedis({ policy: 'allkeys-lru' });
  gateway = await startGateway(undefined, {
    env: { CACHE_REDIS_URL: cache.url, TRUSTED_PROXIES: '1', DATA_KEY: 'k'.repeat(43), INGEST_ENABLED: 'true' },
  });
  keyId = (await gateway.addKey('default', 'admin')).split('_')[1] ?? '';
  open = await createJob(gateway.jobs);
  done = await createJob(gateway.jobs);
  await complete(gateway, reportSaying(MARK, done));
  const init = { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: `${MAIL}${MARK}` };
  mailJob = ((await (await gateway.job('', init)).json()) as { jobId: string }).jobId;
  await gateway.records.deadLetters.save(LETTER);
  const change = { method: 'POST', headers: { 'content-type': 'application/json' } };
  await gateway.call('/api/admin/keys', { ...change, body: JSON.stringify({ name: MARK, role: 'analyst' }) });
  const webhook = { name: MARK, url: `https://${MARK}.example/`, events: ['verdict'] };
  const made = await gateway.call('/api/webhooks', { ...change, body: JSON.stringify(webhook) });
  webhookId = ((await made.json()) as { view: { id: string } }).view.id;
  const tested = await gateway.call(`/api/webhooks/${webhookId}/test`, change);
  ({ delivery } = (await tested.json()) as { delivery: JobId });
  const box = { method: 'POST', headers: { 'content-type': 'application/mbox' } };
  const mbox = `From a@b.test Thu Jan  1 00:00:00 1970\n${MAIL}`;
  const taken = await gateway.call(`/api/pipeline/requests?name=${MARK}`, { ...box, body: mbox });
  batch = ((await taken.json()) as { requestId: string }).requestId;
  const entry = { address: ADDRESS, note: MARK };
  await gateway.call('/api/admin/addresses', { ...change, body: JSON.stringify(entry) });
});
afterAll(async () => {
  await gateway.clear();
  await cache.stop();
});

interface Asked {
  method: string;
  path: string;
}

/** Every operation of the document, about each thing of the other tenant that its path can name. */
async function everything(): Promise<Asked[]> {
  const document = (await (await fetch(`${gateway.url}/api/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).flatMap((method) =>
      namesIn(path).map((named) => ({ method: method.toUpperCase(), path: named })),
    ),
  );
}

function namesIn(path: string): string[] {
  const values: Record<string, string[]> = {
    id: idsIn(path),
    delivery: [delivery],
    number: ['1'],
    tenant: ['default'],
    action: ['shodan'],
    namespace: ['visits', 'shodan'],
    key: ['https:%2F%2Fa.example%2F'],
    address: [ADDRESS],
    tag: ['a.example'],
  };
  const [whole, name] = /\{(\w+)\}/.exec(path) ?? [];
  if (whole === undefined || name === undefined) return [path];
  const named = values[name];
  if (named === undefined) throw new Error(`nothing of the other tenant is known for {${name}} in ${path}`);
  return named.flatMap((value) => namesIn(path.replace(whole, value)));
}

/** One that is well-formed where that is looked at before whose it is. */
function bodyFor(path: string): string {
  if (path.includes('/feedback')) return JSON.stringify({ verdict: 'clean' });
  return path.includes('/webhooks') ? JSON.stringify({ url: 'https://a.example/', events: ['verdict'] }) : '{}';
}

function idsIn(path: string): string[] {
  if (path.includes('/requests/')) return [batch];
  if (path.includes('/keys/')) return [keyId, 'admin'];
  if (path.includes('dead-letters')) return [LETTER.id];
  return path.includes('/webhooks/') ? [webhookId] : [open, done, mailJob, delivery];
}

async function standing(): Promise<unknown> {
  const jobs = await Promise.all(
    [open, done, mailJob, delivery].map(async (id) => (await gateway.jobs.snapshot(id))?.seq),
  );
  const key = await gateway.records.keys.find(keyId);
  const tenant = await gateway.records.tenants.find('default');
  const address = await gateway.records.addresses.find(ADDRESS);
  const mailJobs = await gateway.records.requests.find(batch);
  const orders = await Promise.all((await gateway.redis.keys('failed:*')).map((name) => gateway.redis.zcard(name)));
  const quotas = await gateway.redis.hgetall('settings:quotas');
  const say = await gateway.records.says.find('default');
  const feedback = await gateway.records.feedback.list({ tenant: 'default' });
  return { jobs, revoked: key?.revokedMs, tenant, orders, address, mailJobs, quotas, say, feedback };
}

describe('a key of another tenant', () => {
  test.each<Role>(['submitter', 'analyst', 'admin'])('sees and changes nothing, wherever it goes: %s', async (role) => {
    const key = await gateway.addKey('acme', role);
    const before = await standing();
    const asked = (await everything()).flatMap(({ method, path }) => [
      { method, path },
      { method, path: `${path}?tenant=default` },
    ]);
    asked.push({ method: 'GET', path: `/api/policy?recipient=${ADDRESS}` });
    asked.push({ method: 'POST', path: `/ingest?recipient=${ADDRESS}` });
    expect(asked.length).toBeGreaterThan(100);
    let refused = 0;
    for (const { method, path } of asked) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodyFor(path) };
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      // As slow as its plan allows is too slow for a test.
      await gateway.redis.del('rate:{acme}');
      const response = await fetch(`${gateway.url}${path}`, { method, headers, ...body });
      // What it was asked for stands in some answers.
      const text = (await response.text()).replaceAll(ADDRESS, '');
      if (response.status >= 400) refused += 1;
      expect([method, path, response.status >= 500]).toEqual([method, path, false]);
      expect([method, path, text.includes(MARK)]).toEqual([method, path, false]);
      const things = [open, done, mailJob, keyId, LETTER.id, webhookId, delivery, batch, ADDRESS];
      const isAbout = things.some((id) => path.includes(id));
      // A socket's path says 426 to everybody, whatever the id; a policy check says that there is no such recipient.
      const isUnknown = path.startsWith('/api/policy') && text.includes('"unknown-recipient"');
      const isRefused = [403, 404].includes(response.status) || path.includes('/ws/') || isUnknown;
      if (isAbout) expect([method, path, isRefused]).toEqual([method, path, true]);
    }
    expect(refused).toBeGreaterThan(asked.length / 2);
    expect(await standing()).toEqual(before);
  });

  test('opens no socket there', async () => {
    const key = await gateway.addKey('acme', 'admin');
    for (const query of ['', '?tenant=default']) {
      await expect(read({ ...gateway, key }, open, query)).rejects.toThrow(/40[34]/);
    }
  });

  test('and the same requests show it to its own tenant, so that the test can fail', async () => {
    const texts = await Promise.all(
      [
        `/api/pipeline/jobs/${done}/report`,
        `/api/pipeline/requests/${batch}`,
        `/api/admin/dead-letters/${LETTER.id}`,
        `/api/admin/addresses/${ADDRESS}`,
        `/api/webhooks/${webhookId}`,
        '/api/admin/keys',
      ].map(async (path) => (await gateway.call(path)).text()),
    );
    for (const text of texts) expect(text).toContain(MARK);
  });

  test('is admitted to its own things by the same routes, and an operator who names the tenant to all of them', async () => {
    const key = await gateway.addKey('acme', 'analyst');
    const jobId = await createJob(gateway.jobs, { tenant: 'acme' });
    const headers = { authorization: `Bearer ${key}` };
    expect((await gateway.job(`/${jobId}/status`, { headers })).status).toBe(200);
    expect((await gateway.job(`/${jobId}/status`)).status).toBe(404);
    expect((await gateway.job(`/${jobId}/status?tenant=acme`)).status).toBe(200);
  });
});
