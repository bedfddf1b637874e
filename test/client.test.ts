import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Client, createClient } from '@sluice/client';
import { type Fleet, REPOSITORY } from '@sluice/supervisor';
import { buildMail, eventually } from '@sluice/testkit';
import { CALLS, LEFT_OUT } from './client-calls.ts';
import { clientOf, fleetEnv, makeFolder, removeFolder, startHouse } from './fleets.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, unknown> };
}

let dataDir: string;
let fleet: Fleet;
let client: Client;
let operations: Map<string, Operation & { method: string; path: string }>;
beforeAll(async () => {
  dataDir = await makeFolder();
  fleet = await startHouse(dataDir, { INGEST_ENABLED: 'true' });
  client = await clientOf(dataDir, fleet.url);
  const { paths } = (await client.describe()) as { paths: Record<string, Record<string, Operation>> };
  operations = new Map(
    Object.entries(paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([method, operation]) => {
        return [operation.operationId, { ...operation, method: method.toUpperCase(), path }];
      }),
    ),
  );
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  await removeFolder(dataDir);
});

interface Sent {
  method: string;
  url: URL;
  headers: Headers;
  hasBody: boolean;
}

/** The first request that a call makes, over HTTP or as a socket; it is refused. */
async function sentBy(call: (typeof CALLS)[string]): Promise<Sent> {
  const sent: Sent[] = [];
  const recording: typeof fetch = async (input, init = {}) => {
    // It finds the type of a form, as a browser does.
    const request = new Request(input, { ...init, ...(init.body === undefined ? {} : { duplex: 'half' }) });
    sent.push({
      method: request.method,
      url: new URL(request.url),
      headers: request.headers,
      hasBody: request.body !== null,
    });
    return Response.json({}, { status: 400 });
  };
  const real = globalThis.WebSocket;
  globalThis.WebSocket = function open(url: string) {
    sent.push({ method: 'GET', url: new URL(url.replace(/^ws/, 'http')), headers: new Headers(), hasBody: false });
    throw new Error('no socket today');
  } as unknown as typeof WebSocket;
  try {
    const told = call(createClient({ url: 'http://fleet.test', apiKey: 'k', patienceMs: 0, fetch: recording }));
    await ('then' in told ? told : told.next()).catch(() => undefined);
  } finally {
    globalThis.WebSocket = real;
  }
  const [first] = sent;
  if (first === undefined) throw new Error('nothing was sent');
  return first;
}

describe('the SDK and the document that the fleet serves', () => {
  test('name the same operations: each has a method, or stands in the list of those that are left out', () => {
    const known = [...Object.keys(CALLS), ...Object.keys(LEFT_OUT)].toSorted();
    expect(known).toEqual([...operations.keys()].toSorted());
  });

  test.each(Object.keys(CALLS))(
    '%s: the method asks with the verb, path, query and body of the document',
    async (id) => {
      const { method, path, parameters = [], requestBody } = operations.get(id) ?? { method: '?', path: '?' };
      const sent = await sentBy(CALLS[id] as (typeof CALLS)[string]);
      expect(sent.method).toBe(method);
      expect(sent.url.pathname).toMatch(new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
      const named = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
      expect(named).toEqual(expect.arrayContaining([...sent.url.searchParams.keys()]));
      const needed = parameters.filter((one) => one.in === 'query' && one.required === true).map(({ name }) => name);
      expect([...sent.url.searchParams.keys()]).toEqual(expect.arrayContaining(needed));
      const type = sent.headers.get('content-type')?.split(';')[0];
      if (sent.hasBody) expect(Object.keys(requestBody?.content ?? {})).toContain(type);
      else expect(requestBody?.content ?? {}).toEqual({});
    },
  );
});

const MAIL = buildMail({ subject: 'For the client', text: 'Nothing of note.' });

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('against a fleet, every answer fits its contract', () => {
  test('of a job: from submission to list, report in all forms, raw mail and retry', async () => {
    const { jobId } = await client.submitMail(MAIL, { tlp: 'red' });
    expect(await client.wait(jobId)).toMatchObject({ state: 'completed' });
    expect(await client.report(jobId)).toMatchObject({ jobId });
    expect(await client.reportAs(jobId, 'text/html')).toContain('<!doctype html>');
    expect(await client.reportAs(jobId, 'text/markdown')).toContain('# ');
    expect(Object.keys(JSON.parse(await client.reportAs(jobId, 'application/vnd.misp+json')) as object)).toContain(
      'Event',
    );
    expect(Buffer.from(await client.rawMail(jobId))).toEqual(Buffer.from(MAIL));
    expect(await client.mail(jobId)).toMatchObject({ v: 1 });
    expect(await client.retry(jobId)).toMatchObject({ jobId, tasks: [] });
    await expect(client.screenshot(jobId, 1)).rejects.toMatchObject({ code: 'no-screenshot' });
    await expect(client.cancel(jobId)).rejects.toMatchObject({ code: 'job-ended', httpStatus: 409 });
    const listed = await eventually(async () => {
      const [found] = await all(client.jobs.each({ text: 'for the CLIENT' }));
      if (found?.verdict == null) throw new Error('not yet');
      return found;
    });
    expect(listed).toMatchObject({ jobId, tlp: 'red', state: 'completed' });
  });

  test('of many: one that is wrong does not spoil the others, and lists go on page by page', async () => {
    const wrong = { observable: { type: 'ip', value: '999' } as const };
    const fine = ['192.0.2.1', '192.0.2.2'].map((value) => ({ observable: { type: 'ip', value } as const }));
    const submitted = await all(client.submitMany([...fine, wrong], { parallel: 2 }));
    expect(submitted.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(submitted.find(({ index }) => index === 2)).toMatchObject({
      accepted: null,
      error: { code: 'bad-observable' },
    });
    const ids = submitted.flatMap(({ accepted }) => accepted?.jobId ?? []);
    await Promise.all(ids.map((jobId) => client.wait(jobId)));
    const listed = await eventually(async () => {
      const found = (await all(client.jobs.each({ limit: 1 }))).map(({ jobId }) => jobId);
      if (!ids.every((jobId) => found.includes(jobId))) throw new Error('not yet');
      return found;
    });
    expect(new Set(listed).size).toBe(listed.length);
  });

  test('of tenants and keys: a tenant has its own door, and its admin sees nothing else', async () => {
    const { tenants, keys, audit } = client.admin;
    await tenants.create({ tenant: 'acme', name: 'Acme', plan: { jobsInFlight: 5 } });
    await expect(tenants.create({ tenant: 'acme', name: 'Acme' })).rejects.toMatchObject({ code: 'tenant-exists' });
    expect((await all(tenants.each({ limit: 1 }))).map(({ tenant }) => tenant)).toEqual(['acme', 'default']);
    const { key, view } = await keys.create({ name: 'ann', role: 'admin', tenant: 'acme' });
    const ann = createClient({ url: fleet.url, apiKey: key });
    expect(await ann.session()).toMatchObject({ tenant: 'acme', role: 'admin', isOperator: false });
    await expect(ann.admin.tenants.page()).rejects.toMatchObject({ httpStatus: 403, code: 'forbidden' });
    expect((await all(ann.admin.keys.each())).map(({ id }) => id)).toEqual([view.id]);
    const { view: next } = await ann.admin.keys.rotate(view.id, { graceSeconds: 60 });
    expect(next).toMatchObject({ rotatedFrom: view.id });
    await keys.revoke(next.id);
    expect(await tenants.replace('acme', { name: 'Acme', isBlocked: true })).toMatchObject({ isBlocked: true });
    expect(await tenants.erase('acme')).toMatchObject({ isComplete: true });
    await tenants.remove('acme');
    const deeds = (await all(audit.each({ tenant: 'acme' }))).map(({ action }) => action);
    expect(deeds).toEqual(expect.arrayContaining(['tenant.create', 'key.rotate', 'tenant.erase', 'tenant.remove']));
  });

  test('of judgement: what operator and analyst say holds for the next mail, and is tried on past ones', async () => {
    const mailFrom = (subject: string) => buildMail({ subject, text: 'A word that only our rule knows: quibbleword.' });
    const scan = async (subject: string) => {
      const { jobId } = await client.submitMail(mailFrom(subject));
      expect(await client.wait(jobId)).toMatchObject({ state: 'completed' });
      return client.report(jobId);
    };
    const before = await scan('Before the rule');
    const when = { all: [{ field: 'text' as const, is: 'matches' as const, value: 'quibble[a-z]+' }] };
    const say = {
      rules: [{ id: 'quibble', title: 'Quibble', explanation: 'E', weight: 95, category: 'phishing' as const, when }],
    };
    const { judgement } = client.admin;
    const tried = await eventually(async () => {
      const { changes } = await judgement.try({ say });
      const found = changes.find(({ jobId }) => jobId === before.jobId);
      if (found === undefined) throw new Error('not recorded yet');
      return found;
    });
    expect(tried).toMatchObject({ to: { verdict: 'malicious' }, because: ['Quibble'] });
    expect(await judgement.set(say)).toMatchObject({ tenant: 'default' });
    expect((await judgement.show()).say.rules).toHaveLength(1);
    expect((await client.feedback.give(before.jobId, { verdict: 'malicious' })).verdict).toBe('malicious');
    expect((await client.feedback.list(before.jobId)).feedback).toHaveLength(1);
    expect((await all(client.feedback.export())).map(({ jobId }) => jobId)).toContain(before.jobId);
    const after = await eventually(async () => {
      const report = await scan('After the rule');
      if (report.operator === undefined) throw new Error('not in effect yet');
      return report;
    });
    const ids = after.findings.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['operator.rule.quibble', 'feedback.malicious']));
    expect(after).toMatchObject({ verdict: 'malicious', operator: { without: { verdict: 'clean' } } });
    await judgement.set({});
  });

  test('of settings: quotas, cache, addresses, webhooks, dead letters', async () => {
    const { quotas, cache, addresses, deadLetters } = client.admin;
    expect(await quotas.set('virustotal', '3/min')).toEqual({ action: 'virustotal', text: '3/min' });
    expect((await quotas.list()).quotas).toContainEqual({ action: 'virustotal', text: '3/min' });
    await quotas.reset('virustotal');
    await expect(quotas.set('virustotal', 'often')).rejects.toMatchObject({ code: 'bad-quotas' });
    expect((await client.quotas()).v).toBe(1);
    expect(await client.cacheStats()).toMatchObject({ isUp: true });
    await cache.forgetAll('visits');
    await cache.forget('virustotal', 'url:https://a.example/');
    expect(await addresses.create({ address: 'Ann@Own.example', note: 'x' })).toMatchObject({
      address: 'ann@own.example',
    });
    expect(await client.policy('ann@own.example')).toMatchObject({ verdict: 'accept', tenant: 'default' });
    expect(await addresses.replace('ann@own.example', { isActive: false })).toMatchObject({
      isActive: false,
      note: null,
    });
    await addresses.remove('ann@own.example');
    expect(await all(addresses.each())).toEqual([]);
    expect((await client.webhooks.list()).webhooks).toEqual([]);
    expect(await deadLetters.stats()).toMatchObject({ size: 0 });
    expect((await deadLetters.groups()).groups).toEqual([]);
    expect(await all(deadLetters.export())).toEqual([]);
    expect(await deadLetters.requeue({ filter: {}, dryRun: true })).toMatchObject({ matched: 0, dryRun: true });
    await expect(deadLetters.find('../tenants')).rejects.toMatchObject({ code: 'dead-letter-not-found' });
  });

  test('of the fleet: statistics, session, and the live streams', async () => {
    expect((await client.stats()).workers.length).toBeGreaterThan(0);
    expect(await client.tenantStats()).toMatchObject({ tenant: 'default' });
    expect(await client.session()).toMatchObject({ isOperator: true, by: 'key' });
    expect(await createClient({ url: fleet.url }).openSession(await keyOf())).toMatchObject({ by: 'session' });
    for (const stream of [client.watchJobs(), client.watchFleet()]) {
      const { value } = await stream.next();
      expect(value).toMatchObject({ type: 'snapshot' });
      await stream.return(undefined);
    }
  });

  test('of a batch and of a scan that is waited for', async () => {
    const mails = [{ name: 'a.eml', mail: buildMail({ subject: 'One' }) }, { mail: buildMail({ subject: 'Two' }) }];
    const { requestId, accepted } = await client.requests.submit({ mails }, { name: 'two', priority: 'low' });
    expect(accepted).toBe(2);
    expect(await client.requests.status(requestId)).toMatchObject({ jobs: 2, name: 'two' });
    expect(await client.requests.cancel(requestId)).toMatchObject({ requestId });
    expect(await client.requests.retry(requestId)).toMatchObject({ requestId });
    const { report, accepted: late } = await client.scan({ observable: { type: 'ip', value: '192.0.2.7' } });
    expect(late).toBeNull();
    expect(report).toMatchObject({ subject: { value: '192.0.2.7' } });
  });
});

async function keyOf(): Promise<string> {
  const { key } = await client.admin.keys.create({ name: 'session', role: 'submitter' });
  return key;
}

function sluice(...words: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const env = { ...fleetEnv(dataDir), INIT_CWD: dataDir };
  const child = spawn(process.execPath, [join(REPOSITORY, 'packages/client/src/main.ts'), ...words], { env });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) => {
    child.once('close', (status) => resolve({ status, out, err }));
  });
}

describe('the command against a fleet', () => {
  test('shows the fleet, and a job as it goes on', async () => {
    const { jobId } = await client.submitMail(MAIL);
    const [watched, status] = await Promise.all([sluice('watch', jobId, '--json'), sluice('status', '--json')]);
    expect(watched).toMatchObject({ status: 0, err: '' });
    const messages = watched.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; jobId: string });
    expect(messages[0]).toMatchObject({ type: 'snapshot', jobId });
    expect(status).toMatchObject({ status: 0, err: '' });
    expect(Object.keys(JSON.parse(status.out) as object)).toEqual(['session', 'stats']);
  });
});
