import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Accepted, type TenantPlan, TenantPolicy } from '@sluice/contracts';
import { bucketKeys, keysOf } from '@sluice/fleet/jobs';
import { eventually } from '@sluice/testkit';
import { createJob, exchange, problemOf, startGateway, type TestGateway } from './gateways.ts';
import { upgradeRequest } from './sockets.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

let tenants = 0;

/** A tenant with this plan, known to the gateway, and how it submits. */
async function tenantWith(plan: Partial<TenantPlan>) {
  const tenant = `tenant-${(tenants += 1)}`;
  const policy = TenantPolicy.parse({ v: 1, tenant, name: tenant, plan });
  const { v: _, tenant: __, keys: ___, webhooks: ____, ...update } = policy;
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const made = await gateway.call('/api/admin/tenants', { ...init, body: JSON.stringify({ ...update, tenant }) });
  expect(made.status).toBe(201);
  const key = await gateway.addKey(tenant, 'analyst');
  const submit = (body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    gateway.job('', {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${key}`, ...headers },
      body: JSON.stringify({ ip: '192.0.2.1', ...body }),
    });
  const accept = async (body?: Record<string, unknown>, headers?: Record<string, string>) => {
    const response = await submit(body, headers);
    expect(response.status).toBe(202);
    return Accepted.parse(await response.json()).jobId;
  };
  return { tenant, key, submit, accept };
}

describe('a plan', () => {
  test('of one request a second lets ten through at once, and says when the next one may come', async () => {
    const { key } = await tenantWith({ requestsPerSecond: 1 });
    const headers = { authorization: `Bearer ${key}` };
    const answers = await Promise.all(Array.from({ length: 25 }, () => gateway.call('/api/session', { headers })));
    const refused = answers.filter(({ status }) => status === 429);
    // As many more as seconds went by.
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(10);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    const [first] = refused;
    expect(first?.headers.get('retry-after')).toBe('1');
    if (first !== undefined) expect(await problemOf(first, gateway)).toMatchObject({ code: 'too-many-requests' });
    expect((await gateway.call('/api/session')).status).toBe(200);
  });

  test('counts a socket that is opened as a request, of any kind, and none that stays open', async () => {
    const { tenant, key } = await tenantWith({ requestsPerSecond: 1 });
    const jobId = await createJob(gateway.jobs, { tenant });
    const open = (path: string) => {
      const request = upgradeRequest(`/api/pipeline/ws/${path}`, { authorization: `Bearer ${key}` });
      return exchange(gateway.port, request, '\r\n\r\n');
    };
    for (const path of [`job/${jobId}`, 'jobs']) {
      const tokens = async () => Number(await gateway.redis.hget(`rate:{${tenant}}`, 'tokens'));
      await gateway.redis.hset(`rate:{${tenant}}`, { tokens: '5', at: String(Date.now() + 60_000) });
      expect(await open(path)).toMatch(/^HTTP\/1\.1 101 /);
      expect(await tokens()).toBe(4);
      await gateway.redis.hset(`rate:{${tenant}}`, { tokens: '0', at: String(Date.now() + 60_000) });
      const refused = await open(path);
      expect(refused).toMatch(/^HTTP\/1\.1 429 /);
      expect(refused).toMatch(/^retry-after: 1\r$/im);
    }
    // Whom the role does not let in pays nothing.
    await gateway.redis.hset(`rate:{${tenant}}`, { tokens: '0', at: String(Date.now() + 60_000) });
    expect(await open('fleet')).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('of two jobs at work refuses the third, until one has ended', async () => {
    const { accept, submit } = await tenantWith({ jobsInFlight: 2 });
    const first = await accept();
    await accept();
    const refused = await submit();
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await problemOf(refused, gateway)).toMatchObject({ status: 429, code: 'too-many-jobs' });
    await gateway.jobs.cancel(first);
    await accept();
    expect((await submit()).status).toBe(429);
  });

  test('of one job a day refuses the second until midnight (UTC), but not the first one repeated', async () => {
    const { accept, submit, tenant } = await tenantWith({ jobsPerDay: 1 });
    const first = await accept({}, { 'idempotency-key': 'once' });
    const refused = await submit();
    const waitSeconds = Number(refused.headers.get('retry-after'));
    const leftSeconds = 86_400 - ((Date.now() / 1_000) % 86_400);
    expect(Math.abs(waitSeconds - leftSeconds)).toBeLessThan(60);
    expect(await problemOf(refused, gateway)).toMatchObject({ status: 429, code: 'too-many-jobs-today' });
    expect(await accept({}, { 'idempotency-key': 'once' })).toBe(first);
    for (const name of [`in-flight:{${tenant}}`, `jobs-today:{${tenant}}`]) {
      expect(await gateway.redis.ttl(name)).toBeGreaterThan(0);
    }
  });

  test('lowers what is more urgent than its ceiling', async () => {
    const { accept } = await tenantWith({ priorityCeiling: 'normal' });
    const priorityOf = async (jobId: string) => (await gateway.jobs.snapshot(jobId))?.meta.priority;
    expect(await priorityOf(await accept({ priority: 'urgent' }))).toBe('normal');
    expect(await priorityOf(await accept({ priority: 'low' }))).toBe('low');
  });

  test('never keeps places of ended jobs: they are given back as others come', async () => {
    const { accept, tenant } = await tenantWith({});
    for (let at = 0; at < 30; at += 1) await gateway.jobs.cancel(await accept());
    await eventually(async () => {
      await accept();
      expect(await gateway.redis.zcard(`in-flight:{${tenant}}`)).toBeLessThan(15);
    });
  });
});

describe('what travels with a mail', () => {
  const tlpOf = async (response: Response) => {
    const { jobId } = Accepted.parse(await response.json());
    return (await gateway.jobs.snapshot(jobId))?.meta.tlp;
  };
  const mail = 'From: a@b.example\r\n\r\nhi';

  test('its TLP: a field of JSON, a header of a raw body, a field of a form, or nothing', async () => {
    const { submit } = await tenantWith({});
    expect(await tlpOf(await submit({ tlp: 'red' }))).toBe('red');
    expect(await tlpOf(await submit())).toBeUndefined();
    const raw = { 'content-type': 'message/rfc822', 'x-tlp': 'TLP:AMBER+STRICT' };
    expect(await tlpOf(await gateway.job('', { method: 'POST', headers: raw, body: mail }))).toBe('amber+strict');
    const form = new FormData();
    form.set('tlp', 'green');
    form.set('file', new Blob([mail]));
    expect(await tlpOf(await gateway.job('', { method: 'POST', body: form }))).toBe('green');
  });

  test('and one that there is not is refused', async () => {
    const headers = { 'content-type': 'message/rfc822', 'x-tlp': 'pink' };
    const response = await gateway.job('', { method: 'POST', headers, body: mail });
    expect(await problemOf(response, gateway)).toMatchObject({ status: 400, code: 'bad-tlp' });
  });
});

describe('accepted', () => {
  const manifests = (at: TestGateway) => readdir(join(at.dataDir, 'inbox')).catch(() => []);

  test('means that the mail and a manifest of the job are on the disk', async () => {
    const { accept } = await tenantWith({});
    const jobId = await accept();
    expect(await manifests(gateway)).toContain(`${jobId}.json`);
  });

  test('is nothing that Redis refuses: no job, no manifest, no place that is taken', async () => {
    const { submit, tenant } = await tenantWith({});
    const before = await manifests(gateway);
    // The script that makes the job meets a key of another type in every bucket.
    const names = Array.from({ length: 16 }, (_, at) => bucketKeys(`b${String(at).padStart(2, '0')}`).journal);
    const held = await Promise.all(names.map((name) => gateway.redis.exists(name)));
    await Promise.all(names.map((name) => gateway.redis.rename(name, `aside:${name}`).catch(() => undefined)));
    await Promise.all(names.map((name) => gateway.redis.set(name, 'no stream')));
    const response = await submit();
    await Promise.all(names.map((name) => gateway.redis.del(name)));
    await Promise.all(
      names.filter((_name, at) => held[at] === 1).map((name) => gateway.redis.rename(`aside:${name}`, name)),
    );
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(await manifests(gateway)).toEqual(before);
    expect(await gateway.redis.zcard(`in-flight:{${tenant}}`)).toBe(0);
  });
});

describe('a fleet that could not keep more', () => {
  test.each([
    ['JOURNAL_HIGH_WATER', '3', 'record-behind'],
    ['REDIS_HIGH_WATER', '20', 'memory-full'],
  ])('refuses with 503 and a moment to come again, and goes on reading: %s', async (name, value, code) => {
    const full = await startGateway(undefined, { env: { [name]: value } });
    try {
      const jobId = await createJob(full.jobs);
      for (let at = 0; at < 5; at += 1) await createJob(full.jobs);
      if (code === 'memory-full') await full.redis.set('ballast', 'x'.repeat(30_000_000), 'EX', 600);
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"ip":"192.0.2.1"}' };
      const response = await full.job('', init);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await problemOf(response, full)).toMatchObject({ status: 503, code });
      expect((await full.job(`/${jobId}/status`)).status).toBe(200);
      await full.redis.del('ballast', keysOf(jobId).journal, ...journals());
      await eventually(async () => (await full.job('', init)).status === 202);
    } finally {
      await full.clear();
    }
  });
});

function journals(): string[] {
  return Array.from({ length: 16 }, (_, at) => bucketKeys(`b${String(at).padStart(2, '0')}`).journal);
}
