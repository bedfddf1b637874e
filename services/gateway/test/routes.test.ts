import { randomUUIDv7 } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobId, MailDocument, PROBLEMS } from '@sluice/contracts';
import { putDocument } from '@sluice/fleet/blobs';
import { encodeStage, field } from '@sluice/fleet/jobs';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { z } from 'zod';
import { createJob, exchange, MAIL, startGateway, type TestGateway } from './gateways.ts';
import { letterOf } from './letters.ts';
import { change, complete, end, reportSaying, visitSaying } from './planner.ts';

interface Operation {
  operationId: string;
  'x-sluice-access': string;
  responses: Record<string, { content?: Record<string, { schema: Record<string, unknown> }> }>;
  requestBody?: { content: Record<string, unknown> };
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

let cache: TestRedis;
let gateway: TestGateway;
let document: Document;
let keys: Record<'submitter' | 'analyst' | 'admin', string>;
beforeAll(async () => {
  cache = await startRedis({ policy: 'allkeys-lru' });
  const env = { CACHE_REDIS_URL: cache.url, DATA_KEY: 'k'.repeat(43), INGEST_ENABLED: 'true' };
  gateway = await startGateway(undefined, { env });
  document = (await (await fetch(`${gateway.url}/api/openapi.json`)).json()) as Document;
  keys = {
    submitter: await gateway.addKey('acme', 'submitter'),
    analyst: await gateway.addKey('acme', 'analyst'),
    admin: await gateway.addKey('acme', 'admin'),
  };
});
afterAll(async () => {
  await gateway.clear();
  await cache.stop();
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );

/** The schema that the document gives for an answer, with the components that it names. */
function schemaFor(operation: Operation, response: Response): z.ZodType | null {
  const described = operation.responses[String(response.status)];
  if (described === undefined) throw new Error(`${operation.operationId} answers ${response.status}, undocumented`);
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  if (described.content === undefined) return null;
  const media = described.content[type];
  if (media === undefined) throw new Error(`${operation.operationId} ${response.status} is ${type}, undocumented`);
  return type.endsWith('json') ? asZod(media.schema) : null;
}

/** By what they are made of: each names all components, and is made once. */
const made = new Map<string, z.ZodType>();

function asZod(schema: Record<string, unknown>): z.ZodType {
  const name = JSON.stringify(schema);
  const known = made.get(name);
  if (known !== undefined) return known;
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const fresh = z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
  made.set(name, fresh);
  return fresh;
}

/** The operation of a request, as the document has it. */
function operationOf(method: string, path: string): Operation {
  const plain = path.split('?')[0] ?? '';
  const isLike = (template: string) =>
    new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain);
  const matching = operations().filter((each) => each.method === method && isLike(each.path));
  const exact = matching.find((each) => each.path === plain) ?? matching[0];
  if (exact === undefined) throw new Error(`the document has no ${method} ${path}`);
  return exact.operation;
}

interface Asked {
  method?: string;
  path: string;
  key?: string | null;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Statuses that each operation has answered with, by its id. */
const answered = new Map<string, Set<number>>();

/** Asks, and holds the answer against the document. */
async function ask({ method = 'GET', path, key = gateway.key, headers = {}, body }: Asked) {
  const isRaw = typeof body === 'string';
  const type = body === undefined || isRaw ? {} : { 'content-type': 'application/json' };
  const init: RequestInit = {
    method,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...type, ...headers },
  };
  if (body !== undefined) init.body = isRaw ? body : JSON.stringify(body);
  const response = await fetch(`${gateway.url}${path}`, init);
  const operation = operationOf(method, path);
  const statuses = answered.get(operation.operationId) ?? new Set();
  answered.set(operation.operationId, statuses.add(response.status));
  const schema = schemaFor(operation, response);
  const text = await response.text();
  const json = schema === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
  if (schema !== null) {
    const parsed = schema.safeParse(json);
    if (!parsed.success) throw new Error(`${method} ${path} breaks its schema: ${parsed.error.message}\n${text}`);
  }
  if (response.status >= 400) {
    const { code } = json as { code: keyof typeof PROBLEMS };
    expect(PROBLEMS[code]?.status).toBe(response.status);
  }
  return { status: response.status, json: json ?? {}, text, headers: response.headers };
}

describe('the document', () => {
  test('is OpenAPI 3.1, names every operation once, and every schema that it refers to', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(35);
    const text = JSON.stringify(document);
    const named = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(50);
    for (const name of named) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  test('has a page that loads and runs nothing', async () => {
    const { headers, text, status } = await ask({ path: '/api/docs', key: null });
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|https?:\/\/|src=/);
    for (const { path } of operations()) expect(text).toContain(path.replaceAll('&', '&amp;'));
  });

  test('says of each operation who may, and the gate agrees: nobody without a key, no role below', async () => {
    const below: Record<string, string[]> = {
      submitter: [],
      analyst: [keys.submitter],
      admin: [keys.submitter, keys.analyst],
      operator: [keys.submitter, keys.analyst, keys.admin],
    };
    for (const { method, path, operation } of operations()) {
      const access = operation['x-sluice-access'];
      if (access === 'public') continue;
      const asked = { method, path: path.replaceAll(/\{\w+\}/g, 'x') };
      expect((await ask({ ...asked, key: null })).json).toMatchObject({ code: 'unauthorized' });
      for (const key of below[access] ?? []) {
        expect([path, (await ask({ ...asked, key })).json]).toMatchObject([path, { code: 'forbidden' }]);
      }
    }
  });
});

describe('answers are what the document says:', () => {
  test('jobs, good and bad', async () => {
    const report = reportSaying('x', await createJob(gateway.jobs));
    await complete(gateway, report);
    const mail = { 'content-type': 'message/rfc822' };
    const submitted = await ask({ method: 'POST', path: '/api/pipeline/jobs', headers: mail, body: MAIL });
    const id = String(submitted.json.jobId);
    const at = `/api/pipeline/jobs/${id}`;
    const statuses: [Asked, number][] = [
      [{ method: 'POST', path: '/api/pipeline/jobs', body: { ip: '192.0.2.1', tlp: 'red' } }, 202],
      [{ method: 'POST', path: '/api/pipeline/jobs', body: { ip: 'x' } }, 422],
      [{ method: 'POST', path: '/api/pipeline/jobs', body: {} }, 400],
      [{ method: 'POST', path: '/api/pipeline/jobs', body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
      [{ method: 'POST', path: '/api/pipeline/jobs?tenant=acme', body: { ip: '192.0.2.1' } }, 202],
      [{ method: 'POST', path: '/api/pipeline/jobs?tenant=default', key: keys.submitter, body: { ip: '::1' } }, 403],
      [{ path: '/api/pipeline/jobs' }, 200],
      [{ path: '/api/pipeline/jobs?limit=0' }, 400],
      [{ path: '/api/pipeline/jobs?cursor=zzz' }, 400],
      [{ path: '/api/pipeline/jobs?what=ever' }, 400],
      [{ path: `/api/pipeline/jobs?requestId=${randomUUIDv7()}` }, 200],
      [{ path: '/api/pipeline/jobs?requestId=x' }, 400],
      [{ path: '/api/pipeline/jobs?tenant=default', key: keys.analyst }, 403],
      [{ path: `${at}/status` }, 200],
      [{ path: `/api/pipeline/jobs/${report.jobId}/status` }, 200],
      [{ path: `/api/pipeline/jobs/${randomUUIDv7()}/status` }, 404],
      [{ path: `${at}/report` }, 409],
      [{ path: `/api/pipeline/jobs/${report.jobId}/report` }, 200],
      [{ path: `/api/pipeline/jobs/${report.jobId}/report`, headers: { accept: 'text/html' } }, 200],
      [{ path: `/api/pipeline/jobs/${report.jobId}/report`, headers: { accept: 'image/png' } }, 406],
      [{ path: `/api/pipeline/jobs/${report.jobId}/screenshots/1` }, 404],
      [{ path: `/api/pipeline/jobs/${report.jobId}/raw` }, 404],
      [{ path: `${at}/raw` }, 200],
      [{ method: 'POST', path: `${at}/retry` }, 202],
      [{ method: 'DELETE', path: at }, 200],
      [{ method: 'DELETE', path: at }, 200],
      [{ method: 'POST', path: `${at}/retry` }, 409],
      [{ method: 'DELETE', path: `/api/pipeline/jobs/${report.jobId}` }, 409],
      [{ path: `/api/pipeline/ws/job/${id}` }, 426],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test('batches, scans, reports and statistics, good and bad', async () => {
    const report = reportSaying('x', await createJob(gateway.jobs));
    await complete(gateway, report);
    const at = '/api/pipeline/requests';
    const box = 'From a@b.test Thu Jan  1 00:00:00 1970\nA: 1\n\n';
    const mbox = { 'content-type': 'application/mbox' };
    const mail = { 'content-type': 'message/rfc822' };
    const batch = await ask({ method: 'POST', path: at, headers: mbox, body: box });
    const one = `${at}/${String(batch.json.requestId)}`;
    const reportPath = `/api/pipeline/jobs/${report.jobId}/report`;
    const statuses: [Asked, number][] = [
      [
        { method: 'POST', path: at, body: { observables: [{ type: 'ip', value: '::1' }], mails: [{ mail: '!' }] } },
        202,
      ],
      [{ method: 'POST', path: at, body: {} }, 400],
      [{ method: 'POST', path: at, headers: mbox, body: '' }, 400],
      [{ method: 'POST', path: at, headers: mail, body: MAIL }, 415],
      [{ method: 'POST', path: at, headers: { 'content-type': 'application/zip' }, body: 'x' }, 422],
      [{ method: 'POST', path: `${at}?tenant=default`, key: keys.submitter, headers: mbox, body: box }, 403],
      [{ path: at }, 200],
      [{ path: `${at}?limit=0` }, 400],
      [{ path: `${at}?cursor=zzz` }, 400],
      [{ path: one }, 200],
      [{ path: `${one}?limit=1` }, 200],
      [{ path: `${one}?cursor=zzz` }, 400],
      [{ path: one, key: keys.admin }, 404],
      [{ path: `${at}/x` }, 404],
      [{ method: 'POST', path: `${one}/retry` }, 202],
      [{ method: 'DELETE', path: one }, 200],
      [{ method: 'DELETE', path: one }, 200],
      [{ method: 'POST', path: '/api/pipeline/scan?deadline=1', headers: mail, body: MAIL }, 202],
      [{ method: 'POST', path: '/api/pipeline/scan?deadline=0', headers: mail, body: MAIL }, 400],
      [{ method: 'POST', path: '/api/pipeline/scan', headers: { ...mail, accept: 'image/png' }, body: MAIL }, 406],
      [{ path: `${reportPath}?format=misp` }, 200],
      [{ path: `${reportPath}?format=pdf` }, 400],
      [{ path: '/api/pipeline/stats' }, 200],
      [{ path: '/api/pipeline/stats?sinceMs=x' }, 400],
      [{ path: '/api/pipeline/stats?tenant=default', key: keys.analyst }, 403],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test('the fleet, sessions, quotas and the cache, good and bad', async () => {
    const statuses: [Asked, number][] = [
      [{ path: '/', key: null }, 200],
      [{ path: '/api/openapi.json', key: null }, 200],
      [{ path: '/api/pipeline/orchestrator/stats' }, 200],
      [{ path: '/api/quotas' }, 200],
      [{ path: '/api/quotas?tenant=A%20B' }, 400],
      [{ path: '/api/session' }, 200],
      [{ method: 'POST', path: '/api/session', key: null, body: { key: keys.analyst } }, 201],
      [{ method: 'POST', path: '/api/session', key: null, body: { key: 'wrong' } }, 401],
      [{ method: 'POST', path: '/api/session', key: null, body: {} }, 400],
      [{ method: 'POST', path: '/api/session', key: null, body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
      [{ method: 'DELETE', path: '/api/session' }, 204],
      [{ path: '/api/admin/quotas' }, 200],
      [{ method: 'PUT', path: '/api/admin/quotas/shodan', body: { text: '1/s, 100/day UTC' } }, 200],
      [{ method: 'PUT', path: '/api/admin/quotas/shodan@acme', body: { text: '2/s' } }, 200],
      [{ method: 'PUT', path: '/api/admin/quotas/shodan', body: { text: 'many' } }, 400],
      [{ method: 'PUT', path: '/api/admin/quotas/lottery', body: { text: '1/s' } }, 404],
      [{ path: '/api/admin/quotas' }, 200],
      [{ method: 'DELETE', path: '/api/admin/quotas/shodan' }, 204],
      [{ path: '/api/admin/switches' }, 200],
      [{ method: 'PUT', path: '/api/admin/switches', body: { name: 'shodan', isOn: false, reason: 'x' } }, 200],
      [{ method: 'PUT', path: '/api/admin/switches', body: { name: 'shodan', isOn: false } }, 400],
      [{ method: 'PUT', path: '/api/admin/switches', body: { name: 'notify', isOn: false, reason: 'x' } }, 400],
      [{ method: 'PUT', path: '/api/admin/switches', body: { name: 'shodan', isOn: true, reason: 'x' } }, 400],
      [{ method: 'PUT', path: '/api/admin/switches', body: { name: 'shodan', isOn: true } }, 200],
      [{ path: '/api/cache/stats' }, 200],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan' }, 204],
      [{ method: 'DELETE', path: '/api/admin/cache/nothing' }, 404],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan/ip:192.0.2.1' }, 204],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan/ip:192.0.2.1', key: keys.admin }, 403],
      [{ method: 'DELETE', path: '/api/admin/cache/visits/x', key: keys.admin }, 204],
      [{ method: 'DELETE', path: '/api/admin/cache/visits/x?tenant=default', key: keys.admin }, 403],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan/nonsense' }, 422],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan/tags/host:192.0.2.1' }, 204],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan/tags/host:192.0.2.1', key: keys.admin }, 403],
      [{ method: 'DELETE', path: '/api/admin/cache/shodan/tags/nonsense' }, 422],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test('what analysts say, good and bad', async () => {
    const report = reportSaying('x', await createJob(gateway.jobs));
    await complete(gateway, report);
    const at = `/api/pipeline/jobs/${report.jobId}/feedback`;
    const open = `/api/pipeline/jobs/${await createJob(gateway.jobs)}/feedback`;
    const body = { verdict: 'clean', category: 'legitimate', note: 'A customer' };
    const statuses: [Asked, number][] = [
      [{ path: at }, 200],
      [{ method: 'POST', path: at, body }, 201],
      [{ path: at }, 200],
      [{ method: 'POST', path: at, body: { verdict: 'nice' } }, 400],
      [{ method: 'POST', path: open, body }, 409],
      [{ method: 'POST', path: at, key: keys.analyst, body }, 404],
      [{ path: at, key: keys.analyst }, 404],
      [{ path: `${at}?tenant=default`, key: keys.analyst }, 403],
      [{ path: '/api/admin/feedback/export' }, 200],
      [{ path: '/api/admin/feedback/export?sinceMs=x' }, 400],
      [{ path: '/api/admin/feedback/export?tenant=default', key: keys.admin }, 403],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test("what the operator says of a tenant's mails, good and bad", async () => {
    const at = '/api/admin/judgement';
    const rule = {
      id: 'r',
      title: 'T',
      explanation: 'E',
      weight: 5,
      when: { all: [{ field: 'text', is: 'matches', value: '(' }] },
    };
    const statuses: [Asked, number][] = [
      [{ path: at }, 200],
      [{ path: at, key: keys.admin }, 200],
      [{ path: `${at}?tenant=default`, key: keys.admin }, 403],
      [{ path: `${at}?tenant=nobody` }, 404],
      [{ path: `${at}?tenant=A%20B` }, 400],
      [{ method: 'PUT', path: at, key: keys.admin, body: { thresholds: { suspicious: 30, malicious: 60 } } }, 200],
      [{ method: 'PUT', path: at, body: { rules: [rule] } }, 400],
      [{ method: 'PUT', path: `${at}?tenant=default`, key: keys.admin, body: {} }, 403],
      [{ method: 'POST', path: `${at}/trial`, body: { say: {} } }, 200],
      [{ method: 'POST', path: `${at}/trial`, body: { say: {}, limit: 0 } }, 400],
      [{ method: 'POST', path: `${at}/trial?tenant=nobody`, body: { say: {} } }, 404],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test('tenants, keys, dead letters and the audit, good and bad', async () => {
    const tenant = { tenant: 'globex', name: 'Globex', providerKeys: { shodan: 'a-key-of-its-own' } };
    const letter = letterOf({ tenant: 'default' });
    await gateway.records.deadLetters.save(letter);
    const at = `/api/admin/dead-letters/${letter.id}`;
    const fresh = await ask({ method: 'POST', path: '/api/admin/keys', body: { name: 'x', role: 'analyst' } });
    const { id } = fresh.json.view as { id: string };
    const statuses: [Asked, number][] = [
      [{ path: '/api/admin/tenants' }, 200],
      [{ method: 'POST', path: '/api/admin/tenants', body: tenant }, 201],
      [{ method: 'POST', path: '/api/admin/tenants', body: tenant }, 409],
      [{ method: 'POST', path: '/api/admin/tenants', body: { ...tenant, tenant: 'A B' } }, 400],
      [{ path: '/api/admin/tenants/globex' }, 200],
      [{ path: '/api/admin/tenants/globex', key: keys.admin }, 403],
      [{ path: '/api/admin/tenants/acme', key: keys.admin }, 200],
      [{ path: '/api/admin/tenants/nobody' }, 404],
      [{ path: '/api/admin/tenants/A%20B' }, 404],
      [{ method: 'PUT', path: '/api/admin/tenants/globex', body: { name: 'G', plan: { jobsPerDay: 3 } } }, 200],
      [{ method: 'PUT', path: '/api/admin/tenants/default', body: { name: 'd', isBlocked: true } }, 409],
      [{ method: 'POST', path: '/api/admin/tenants/globex/erase', body: { confirm: 'globex' } }, 409],
      [{ method: 'POST', path: '/api/admin/tenants/globex/erase', body: { confirm: 'other' } }, 400],
      [{ method: 'PUT', path: '/api/admin/tenants/globex', body: { name: 'G', isBlocked: true } }, 200],
      [{ method: 'POST', path: '/api/admin/tenants/globex/erase', body: { confirm: 'globex' } }, 200],
      [{ method: 'DELETE', path: '/api/admin/tenants/globex' }, 204],
      [{ method: 'DELETE', path: '/api/admin/tenants/globex' }, 404],
      [{ method: 'DELETE', path: '/api/admin/tenants/default' }, 409],
      [{ path: '/api/admin/keys?limit=1' }, 200],
      [{ method: 'POST', path: '/api/admin/keys', body: { name: 'x', role: 'king' } }, 400],
      [{ method: 'POST', path: '/api/admin/keys', body: { name: 'x', role: 'admin', tenant: 'nobody' } }, 404],
      [{ method: 'POST', path: `/api/admin/keys/${id}/rotate` }, 201],
      [{ method: 'POST', path: `/api/admin/keys/${id}/rotate`, body: { graceSeconds: -1 } }, 400],
      [{ method: 'DELETE', path: `/api/admin/keys/${id}` }, 204],
      [{ method: 'DELETE', path: `/api/admin/keys/${id}` }, 204],
      [{ method: 'POST', path: `/api/admin/keys/${id}/rotate` }, 409],
      [{ method: 'DELETE', path: '/api/admin/keys/admin' }, 409],
      [{ method: 'DELETE', path: '/api/admin/keys/aaaaaaaaaaaa' }, 404],
      [{ path: '/api/admin/dead-letters?state=parked' }, 200],
      [{ path: '/api/admin/dead-letters?state=lost' }, 400],
      [{ path: '/api/admin/dead-letters?tenant=default', key: keys.admin }, 403],
      [{ path: '/api/admin/dead-letters/groups' }, 200],
      [{ path: '/api/admin/dead-letters/stats' }, 200],
      [{ path: '/api/admin/dead-letters/export' }, 200],
      [{ path: at }, 200],
      [{ path: '/api/admin/dead-letters/x' }, 404],
      [{ method: 'POST', path: `${at}/requeue` }, 202],
      [{ method: 'POST', path: `${at}/discard` }, 202],
      [{ method: 'POST', path: '/api/admin/dead-letters/requeue', body: { filter: {}, dryRun: true } }, 202],
      [{ method: 'POST', path: '/api/admin/dead-letters/discard', body: { filter: { state: 'parked' } } }, 202],
      [{ method: 'POST', path: '/api/admin/dead-letters/discard', body: {} }, 400],
      [{ path: '/api/admin/audit' }, 200],
      [{ path: '/api/admin/audit?tenant=default', key: keys.admin }, 403],
      [{ path: '/api/admin/audit', key: keys.admin }, 200],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
    await gateway.records.deadLetters.save({ ...letter, state: 'resolved', reason: 'healed', updatedMs: Date.now() });
    expect((await ask({ method: 'POST', path: `${at}/requeue` })).json).toMatchObject({ code: 'dead-letter-ended' });
  });

  test('mails, screenshots, mail intake, policy and addresses, good and bad', async () => {
    const { jobId, mailJobId } = await jobsToLookAt();
    const one = `/api/pipeline/jobs/${jobId}`;
    const at = '/api/admin/addresses';
    const ann = { address: 'Ann@Acme.example', tenant: 'acme' };
    const statuses: [Asked, number][] = [
      [{ path: `/api/pipeline/jobs/${mailJobId}/mail` }, 200],
      [{ path: `${one}/mail` }, 404],
      [{ path: `${one}/mail`, key: keys.analyst }, 404],
      [{ path: `${one}/screenshots/1` }, 200],
      [{ path: `${one}/screenshots/2` }, 404],
      [{ path: '/api/pipeline/ws/jobs' }, 426],
      [{ path: '/api/pipeline/ws/jobs?after=x' }, 400],
      [{ path: '/api/pipeline/ws/fleet' }, 426],
      [{ path: '/api/pipeline/ws/fleet', key: keys.admin }, 403],
      [{ method: 'POST', path: at, body: ann }, 201],
      [{ method: 'POST', path: at, body: ann }, 409],
      [{ method: 'POST', path: at, body: { address: 'x' } }, 400],
      [{ method: 'POST', path: at, body: { address: 'a@b c' } }, 422],
      [{ method: 'POST', path: at, body: { address: 'a@b.example', tenant: 'nobody' } }, 404],
      [{ method: 'POST', path: at, key: keys.admin, body: { address: '@b.example' } }, 403],
      [{ path: at, key: keys.admin }, 200],
      [{ path: `${at}?cursor=zzz` }, 400],
      [{ path: `${at}?tenant=default`, key: keys.admin }, 403],
      [{ path: `${at}/ann@acme.example`, key: keys.admin }, 200],
      [{ path: `${at}/nobody@acme.example` }, 404],
      [{ path: '/api/policy?recipient=ann@acme.example', key: keys.submitter }, 200],
      [{ path: '/api/policy?recipient=nobody@acme.example' }, 200],
      [{ path: '/api/policy' }, 400],
      [{ method: 'POST', path: '/ingest', key: keys.submitter, body: MAIL }, 202],
      [{ method: 'POST', path: '/ingest?recipient=ann@acme.example', body: MAIL }, 202],
      [{ method: 'POST', path: '/ingest?recipient=nobody@acme.example', body: MAIL }, 404],
      [{ method: 'POST', path: '/ingest', body: '' }, 400],
      [{ method: 'PUT', path: `${at}/ann@acme.example`, body: { isActive: false } }, 200],
      [{ method: 'PUT', path: `${at}/ann@acme.example`, body: { isActive: 'no' } }, 400],
      [{ method: 'PUT', path: `${at}/bob@acme.example`, body: {} }, 404],
      [{ method: 'DELETE', path: `${at}/ann@acme.example` }, 204],
      [{ method: 'DELETE', path: `${at}/ann@acme.example` }, 404],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test('webhooks and their deliveries, good and bad', async () => {
    const at = '/api/webhooks';
    const hook = { url: 'https://soc.example/', events: ['verdict'] };
    const created = await ask({ method: 'POST', path: at, key: keys.admin, body: hook });
    const { id } = created.json.view as { id: string };
    const tested = await ask({ method: 'POST', path: `${at}/${id}/test`, key: keys.admin });
    const delivery = String(tested.json.delivery);
    expect([created.status, tested.status]).toEqual([201, 202]);
    const own = { key: keys.admin };
    const statuses: [Asked, number][] = [
      [{ ...own, path: at }, 200],
      [{ path: `${at}?tenant=nobody` }, 404],
      [{ ...own, path: `${at}/${id}` }, 200],
      [{ path: `${at}/${id}` }, 404],
      [{ ...own, path: `${at}/x` }, 404],
      [{ ...own, method: 'POST', path: at, body: { ...hook, url: 'x' } }, 400],
      [{ ...own, method: 'PUT', path: `${at}/${id}`, body: hook }, 200],
      [{ ...own, method: 'PUT', path: `${at}/${id}`, body: {} }, 400],
      [{ method: 'PUT', path: `${at}/${id}`, body: hook }, 404],
      [{ ...own, method: 'POST', path: `${at}/${id}/secret` }, 201],
      [{ method: 'POST', path: `${at}/${id}/secret` }, 404],
      [{ method: 'POST', path: `${at}/${id}/test` }, 404],
      [{ ...own, path: `${at}/${id}/deliveries` }, 200],
      [{ ...own, path: `${at}/${id}/deliveries?limit=1000` }, 400],
      [{ path: `${at}/${id}/deliveries` }, 404],
      [{ ...own, path: `${at}/${id}/deliveries/${delivery}` }, 200],
      [{ ...own, path: `${at}/${id}/deliveries/${randomUUIDv7()}` }, 404],
      [{ ...own, method: 'POST', path: `${at}/${id}/deliveries/${delivery}/redeliver` }, 409],
    ];
    for (const [asked, status] of statuses) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
    await end(gateway.jobs, delivery, 'failed');
    const rest: [Asked, number][] = [
      [{ ...own, method: 'POST', path: `${at}/${id}/deliveries/${delivery}/redeliver` }, 202],
      [{ ...own, method: 'DELETE', path: `${at}/${id}` }, 204],
      [{ ...own, method: 'DELETE', path: `${at}/${id}` }, 404],
    ];
    for (const [asked, status] of rest) expect([asked, (await ask(asked)).status]).toEqual([asked, status]);
  });

  test('of every operation of the document, good and bad: none is left out above', () => {
    const isMissing = (isWanted: (status: number) => boolean) =>
      operations()
        .filter(({ operation }) => ![...(answered.get(operation.operationId) ?? [])].some(isWanted))
        .map(({ operation }) => operation.operationId);
    // A socket asked without an upgrade says so.
    expect(isMissing((status) => status < 300 || status === 426)).toEqual([]);
    const isPublic = operations().filter(({ operation }) => operation['x-sluice-access'] === 'public');
    const front = isPublic.map(({ operation }) => operation.operationId).filter((id) => id !== 'session-open');
    expect(isMissing((status) => status >= 400)).toEqual(front);
  });
});

describe('every operation', () => {
  test('with a body refuses one that is too big', async () => {
    const huge = Buffer.alloc(25 * 1_024 * 1_024 + 1, 'x').toString();
    for (const { method, path, operation } of operations()) {
      const types = Object.keys(operation.requestBody?.content ?? {});
      if (types.length === 0) continue;
      const isMail = types.includes('message/rfc822');
      const headers = { 'content-type': isMail ? 'message/rfc822' : 'application/json' };
      // A name of a key's own shape: what does not exist is told before the body is read.
      const named = path.replaceAll('{tenant}', 'acme').replaceAll('{action}', 'shodan');
      const ofJob = path.includes('/jobs/') ? randomUUIDv7() : 'aaaaaaaaaaaa';
      const asked = named.replaceAll('{id}', path.includes('webhooks') ? 'wh_0123456789abcdef' : ofJob);
      const isBatch = types.includes('application/zip');
      const body = isMail || isBatch ? huge : `{"x":"${'x'.repeat(256 * 1_024)}"}`;
      const answer = await ask({ method, path: asked.replaceAll(/\{\w+\}/g, 'x'), headers, body });
      expect([path, answer.json]).toMatchObject([path, { status: 413, code: 'too-large' }]);
    }
    const head = ['POST /api/pipeline/requests HTTP/1.1', 'host: x', `authorization: Bearer ${gateway.key}`];
    const lines = [...head, 'content-type: application/mbox', `content-length: ${200 * 1_024 * 1_024 + 1}`, '', 'x'];
    expect(await exchange(gateway.port, lines.join('\r\n'), '"too-large"')).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that needs a key refuses who asks too often, and says when to come again', async () => {
    // The key of the file is never too often.
    const operator = await gateway.addKey('default', 'admin');
    for (const { method, path, operation } of operations()) {
      const access = operation['x-sluice-access'];
      if (access === 'public') continue;
      const key = access === 'operator' ? operator : keys.admin;
      const tenant = access === 'operator' ? 'default' : 'acme';
      // As after a burst: no token, and none for a minute.
      await gateway.redis.hset(`rate:{${tenant}}`, { tokens: '0', at: String(Date.now() + 60_000) });
      const answer = await ask({ method, path: path.replaceAll(/\{\w+\}/g, 'x'), key });
      expect([path, answer.json]).toMatchObject([path, { status: 429, code: 'too-many-requests' }]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      await gateway.redis.del(`rate:{${tenant}}`);
    }
  });
});

/** A job whose report has a screenshot, and one whose mail is taken apart. */
async function jobsToLookAt(): Promise<{ jobId: JobId; mailJobId: JobId }> {
  const { jobs, blobs } = gateway;
  const jobId = await createJob(jobs);
  const picture = await blobs.put('default', Buffer.from('89504e470d0a1a0a', 'hex'), { durable: false });
  await complete(gateway, { ...reportSaying('x', jobId), visits: [visitSaying('https://one.example/', picture)] });
  const golden = new URL('../../../packages/contracts/test/golden/mail-document.v1.json', import.meta.url);
  const parsed = MailDocument.parse(JSON.parse(await readFile(golden, 'utf8')));
  const mailJobId = await createJob(jobs);
  const task = { id: 'parsing.mail-parse', name: 'mail.parse', stage: 'parsing', payload: {} };
  await change(jobs, mailJobId, {
    fields: {
      stages: JSON.stringify([{ name: 'parsing', state: 'parsing', share: 100 }]),
      [field.stage('parsing')]: encodeStage({ status: 'active', startedMs: 1, endedMs: null, open: 1 }),
      [field.open('parsing')]: 1,
      [field.task(task.id)]: JSON.stringify({ ...task, required: true, wakes: false }),
      [field.generation(task.id)]: 1,
    },
    events: [{ type: 'job.state', state: 'parsing' }],
  });
  const ref = { jobId: mailJobId, task: task.id, stage: 'parsing', name: 'mail.parse', generation: 1, wakes: false };
  const result = {
    document: await putDocument(blobs, 'default', MailDocument, parsed),
    mails: 1,
    attachments: 0,
    limits: 0,
  };
  await jobs.begin(ref, 'worker-1');
  await jobs.settle(ref, 'done', { result, attempts: 1, settledMs: Date.now() });
  return { jobId, mailJobId };
}
