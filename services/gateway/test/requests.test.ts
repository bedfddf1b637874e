import { randomUUIDv7 } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AcceptedRequest,
  ALL_BUCKETS,
  type BatchLine,
  EmailScanInput,
  type JobId,
  RequestCancelled,
  RequestPage,
  RequestRetried,
  RequestStatus,
  TenantPolicy,
} from '@sluice/contracts';
import { bucketKeys, field, keysOf } from '@sluice/fleet/jobs';
import { createSettings } from '@sluice/fleet/settings';
import { eventually } from '@sluice/testkit';
import express from 'express';
import { strToU8, zipSync } from 'fflate';
import { problemHandler } from '../src/http/problem.ts';
import { readBatch } from '../src/requests/body.ts';
import { MAIL, problemOf, silentLog, startGateway, type TestGateway } from './gateways.ts';
import { change, end } from './planner.ts';

const PATH = '/api/pipeline/requests';
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

const mailOf = (word: string) => `Subject: ${word}\r\n\r\nThe text of ${word}.\r\n`;
const mbox = (...mails: string[]) => mails.map((mail) => `From a@b.test Thu Jan  1 00:00:00 1970\n${mail}\n`).join('');
const zip = (files: Record<string, string | Uint8Array>) =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, data]) => [name, typeof data === 'string' ? strToU8(data) : data]),
    ),
  );

/** Packed here: it takes so long that connections would be closed meanwhile. */
const BOMB = zip({
  'a.eml': mailOf('one'),
  'bomb.eml': 'x'.repeat(15_000_000),
  'secret.eml': 'y',
  'b.eml': mailOf('two'),
});

function formOf(files: Record<string, string | Uint8Array<ArrayBuffer>>, fields: Record<string, string> = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  for (const [name, content] of Object.entries(files)) body.append('file', new Blob([content]), name);
  return { body };
}

const typed = (type: string, body: string | Uint8Array<ArrayBuffer>) => ({ headers: { 'content-type': type }, body });
const json = (body: unknown) => typed('application/json', JSON.stringify(body));

function send(init: RequestInit, { query = '', key }: { query?: string; key?: string } = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
  return gateway.call(`${PATH}${query}`, { ...init, method: 'POST', headers });
}

async function accept(init: RequestInit, how: { query?: string; key?: string } = {}): Promise<AcceptedRequest> {
  const response = await send(init, how);
  const text = await response.text();
  expect([response.status, text]).toEqual([202, expect.any(String)]);
  return AcceptedRequest.parse(JSON.parse(text));
}

/** Name and job, or the code of the refusal. */
const outcomes = ({ mails }: AcceptedRequest) =>
  mails.map((line) => [line.name, 'jobId' in line ? 'job' : line.error.code]);
const jobIdsOf = ({ mails }: AcceptedRequest): JobId[] =>
  mails.flatMap((line) => ('jobId' in line ? [line.jobId] : []));

async function metaOf(jobId: JobId) {
  const job = await gateway.jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is not there');
  return job.meta;
}

async function textsOf(accepted: AcceptedRequest): Promise<string[]> {
  return Promise.all(
    jobIdsOf(accepted).map(async (jobId) => {
      const { blob } = EmailScanInput.parse((await metaOf(jobId)).input);
      return Buffer.from(await gateway.blobs.get(blob)).toString();
    }),
  );
}

const status = async (id: string, query = '') =>
  RequestStatus.parse(await (await gateway.call(`${PATH}/${id}${query}`)).json());

describe('a batch', () => {
  const [one, two] = [mailOf('one'), mailOf('two')];

  test('of many files of a form makes a job of each, byte for byte, in their order', async () => {
    const accepted = await accept(formOf({ 'a.eml': one, 'b.eml': two }));
    expect(accepted).toMatchObject({ accepted: 2, refused: 0, fault: null });
    expect(accepted.mails.map(({ index, name }) => [index, name])).toEqual([
      [0, 'a.eml'],
      [1, 'b.eml'],
    ]);
    expect(await textsOf(accepted)).toEqual([one, two]);
    for (const jobId of jobIdsOf(accepted)) expect((await metaOf(jobId)).request).toBe(accepted.requestId);
  });

  test('may be an mbox, a zip, or both among the files of a form', async () => {
    const box = mbox('Subject: one\n\n1\n', 'Subject: two\n\n2\n');
    const archive = zip({ 'in/a.eml': one, 'b.mbox': box, 'c.eml': two });
    const texts = ['Subject: one\n\n1\n', 'Subject: two\n\n2\n'];
    const ofBox = await accept(typed('application/mbox', box));
    expect([outcomes(ofBox), await textsOf(ofBox)]).toEqual([
      [
        ['mbox#1', 'job'],
        ['mbox#2', 'job'],
      ],
      texts,
    ]);
    const ofZip = await accept(typed('application/zip', archive));
    expect(outcomes(ofZip).map(([name]) => name)).toEqual(['in/a.eml', 'b.mbox#1', 'b.mbox#2', 'c.eml']);
    expect(await textsOf(ofZip)).toEqual([one, ...texts, two]);
    const ofForm = await accept(
      formOf({ 'all.zip': archive, 'box.mbox': new TextEncoder().encode(box), 'x.eml': one }),
    );
    expect(ofForm).toMatchObject({ accepted: 7, refused: 0 });
  });

  test('of JSON has mails and observables, and one that is wrong does not spoil the others', async () => {
    const mails = [
      { mail: Buffer.from(one).toString('base64') },
      { name: 'bad', mail: '!!' },
      { name: 'none', mail: '' },
      { name: 'a PDF', mail: Buffer.from('%PDF-1.7').toString('base64') },
    ];
    const observables = [
      { type: 'url', value: 'hxxp://Evil[.]example/' },
      { type: 'ip', value: 'no address' },
    ];
    const accepted = await accept(json({ mails, observables, priority: 'low', tlp: 'red', name: 'Monday' }));
    expect(outcomes(accepted)).toEqual([
      ['mail 1', 'job'],
      ['bad', 'bad-request'],
      ['none', 'empty-mail'],
      ['a PDF', 'not-a-mail'],
      ['hxxp://Evil[.]example/', 'job'],
      ['no address', 'bad-observable'],
    ]);
    const [, observable = ''] = jobIdsOf(accepted);
    expect(await metaOf(observable)).toMatchObject({
      pipeline: 'observable-scan',
      priority: 'low',
      tlp: 'red',
      input: { type: 'url', value: 'http://evil.example/' },
    });
    expect(await status(accepted.requestId)).toMatchObject({ name: 'Monday', jobs: 2, open: 2, states: { queued: 2 } });
  });

  test('takes priority, TLP and name from query and header, or from fields before the files', async () => {
    const tlp = { 'x-tlp': 'TLP:GREEN' };
    const ofQuery = await accept({ ...formOf({ a: one }), headers: tlp }, { query: '?priority=low&name=N' });
    expect(await metaOf(jobIdsOf(ofQuery)[0] ?? '')).toMatchObject({ priority: 'low', tlp: 'green' });
    const ofForm = await accept(formOf({ a: one }, { priority: 'high', tlp: 'red', name: 'From a form' }));
    expect(await metaOf(jobIdsOf(ofForm)[0] ?? '')).toMatchObject({ priority: 'high', tlp: 'red' });
    expect(await status(ofForm.requestId)).toMatchObject({ name: 'From a form' });
  });

  test('with a TLP behind the files is not read on: it would have come too late', async () => {
    const { body } = formOf({ a: one });
    body.append('tlp', 'red');
    body.append('file', new Blob([two]), 'b');
    const response = await send({ body });
    const text = await response.text();
    expect([response.status, text]).toEqual([
      expect.any(Number),
      expect.stringContaining('has to come before the files'),
    ]);
  });

  test('of nothing that is a mail is refused as a whole, with the first fault', async () => {
    const cases: [RequestInit, number, string][] = [
      [typed('text/plain', 'x'), 415, 'unsupported-body'],
      [{}, 400, 'empty-mail'],
      [json({}), 400, 'bad-request'],
      [json({ mails: [{ mail: '!' }] }), 400, 'bad-request'],
      [typed('application/json', '{'), 400, 'bad-json'],
      [formOf({}), 400, 'empty-mail'],
      [formOf({ a: '' }), 400, 'empty-mail'],
      [typed('multipart/form-data', 'x'), 400, 'bad-request'],
      [typed('multipart/form-data; boundary=b', 'x'), 400, 'bad-request'],
      [typed('application/zip', 'no zip'), 422, 'bad-archive'],
      [typed('application/zip', zip({})), 400, 'empty-mail'],
      [typed('application/mbox', ''), 400, 'empty-mail'],
    ];
    const before = (await gateway.jobs.statistics()).accepted;
    for (const [init, code, problem] of cases) {
      const response = await send(init);
      expect([init, await problemOf(response, gateway)]).toMatchObject([{}, { status: code, code: problem }]);
    }
    const bad = await send(formOf({ a: one }), { query: '?priority=soon' });
    expect(await problemOf(bad, gateway)).toMatchObject({ status: 400, code: 'bad-priority' });
    expect((await gateway.jobs.statistics()).accepted).toBe(before);
  });

  test('names files that are no mails, and takes the others', async () => {
    const outlook = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]);
    const nested = zip({ 'inner.eml': one });
    const files = {
      'a.eml': one,
      'b.msg': outlook,
      'c.zip': nested,
      'd.gz': Uint8Array.from([0x1f, 0x8b, 8, 0]),
      'e.pdf': '%PDF-1.7',
      'folder/': '',
      '__MACOSX/._a.eml': 'x',
      'f\u202Eg.eml': '',
      'z.eml': two,
    };
    expect(outcomes(await accept(typed('application/zip', zip(files))))).toEqual([
      ['a.eml', 'job'],
      ['b.msg', 'not-a-mail'],
      ['c.zip', 'nested-archive'],
      ['d.gz', 'not-a-mail'],
      ['e.pdf', 'not-a-mail'],
      ['f‹U+202E›g.eml', 'empty-mail'],
      ['z.eml', 'job'],
    ]);
  });

  test('with a bomb, a mail that is too large and an encrypted file takes the others', async () => {
    const bytes = Buffer.from(BOMB);
    const at = bytes.indexOf('secret.eml', 0, 'latin1') - 30;
    bytes[at + 6] = 1;
    const noise = Uint8Array.from({ length: 256 }, (_, value) => value);
    const large = Buffer.alloc(25 * 1_024 * 1_024 + 1, Buffer.from(noise));
    const form = formOf({ 'x.zip': new Uint8Array(bytes), 'large.eml': new Uint8Array(large), 'c.eml': one });
    expect(outcomes(await accept(form))).toEqual([
      ['a.eml', 'job'],
      ['bomb.eml', 'archive-bomb'],
      ['secret.eml', 'encrypted-entry'],
      ['b.eml', 'job'],
      ['large.eml', 'too-large'],
      ['c.eml', 'job'],
    ]);
  });

  test('may have 1,000 mails, and what is beyond them is not read', async () => {
    const mails = Array.from({ length: 1_001 }, (_, at) => `Subject: ${at}\n\n${at}\n`);
    const accepted = await accept(typed('application/mbox', mbox(...mails)));
    expect(accepted).toMatchObject({ accepted: 1_000, refused: 0, fault: { code: 'too-many-mails', status: 413 } });
    expect(new Set(jobIdsOf(accepted)).size).toBe(1_000);
    expect(await textsOf({ ...accepted, mails: accepted.mails.slice(-2) })).toEqual(mails.slice(998, 1_000));
    expect(await status(accepted.requestId)).toMatchObject({ jobs: 1_000, open: 1_000 });
  });

  test('that breaks off in the form keeps what came whole, and says where it ended', async () => {
    const part = (name: string, text: string) =>
      `--b\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n${text}`;
    const body = `${part('a', one)}\r\n${part('b', two)}\r\n${part('c', 'half of a ma')}`;
    const accepted = await accept(typed('multipart/form-data; boundary=b', body));
    expect(outcomes(accepted)).toEqual([
      ['a', 'job'],
      ['b', 'job'],
    ]);
    expect(accepted.fault).toMatchObject({ code: 'bad-request' });
    const whole = zip({ 'a.eml': one, 'b.eml': two });
    const cut = whole.slice(0, Buffer.from(whole).indexOf(Buffer.from('PK\x03\x04', 'latin1'), 1) + 50);
    expect(await accept(typed('application/zip', cut))).toMatchObject({ accepted: 1, fault: { code: 'bad-archive' } });
  });

  test('whose sender goes away in the middle keeps what came whole, and takes no half mail', async () => {
    const key = await gateway.addKey('leaver', 'submitter');
    const box = `${mbox(one, two)}From a@b.test Thu Jan  1 00:00:00 1970\nSubject: half`;
    const head = [`POST ${PATH} HTTP/1.1`, 'host: x', `authorization: Bearer ${key}`, 'content-type: application/mbox'];
    const text = [...head, 'content-length: 100000', '', box].join('\r\n');
    const before = (await gateway.jobs.statistics()).accepted;
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(text));
    await eventually(async () => expect((await gateway.jobs.statistics()).accepted).toBeGreaterThan(before));
    socket.destroy();
    await eventually(async () => {
      const { items } = RequestPage.parse(await (await gateway.call(`${PATH}?tenant=leaver`)).json());
      expect(items).toMatchObject([{ jobs: 2 }]);
    });
    expect((await gateway.jobs.statistics()).accepted).toBe(before + 2);
  });

  test('that says that it is larger than 200 MB is refused before it comes', async () => {
    const headers = { 'content-type': 'application/zip', authorization: `Bearer ${gateway.key}` };
    const response = await rawAnswer({ ...headers, 'content-length': String(200 * 1_024 * 1_024 + 1) });
    expect(response).toMatch(/^HTTP\/1\.1 413 /);
    expect(response).toContain('"too-large"');
  });

  async function rawAnswer(headers: Record<string, string>): Promise<string> {
    const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}`);
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(gateway.port, '127.0.0.1', () => {
        socket.write([`POST ${PATH} HTTP/1.1`, ...lines, '', 'PK'].join('\r\n'));
      });
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
        if (answer.includes('}')) socket.destroy();
      });
      socket.once('close', () => resolve(answer));
    });
  }
});

test('a body whose size nobody says is read to its cap, and no further', async () => {
  const app = express();
  const limits = { maxMails: 10, maxBytes: 100_000 };
  app.post('/', async (request, response) => {
    const names: string[] = [];
    const { items } = readBatch(request, limits);
    try {
      for await (const { name } of items) names.push(name);
    } catch (error) {
      request.resume();
      response.json({ names, code: (error as { code: string }).code });
      return;
    }
    response.json({ names });
  });
  app.use(problemHandler(silentLog()));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  async function* body() {
    yield Buffer.from(mbox(mailOf('one'), mailOf('two')));
    for (let at = 0; at < 30; at += 1) yield Buffer.alloc(10_000, 'x\n');
  }
  const init = { method: 'POST', headers: { 'content-type': 'application/mbox' }, body: body(), duplex: 'half' };
  const response = await fetch(`http://127.0.0.1:${port}/`, init as unknown as RequestInit);
  expect(await response.json()).toEqual({ names: ['mbox#1'], code: 'too-large' });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('JSON that lists more than anybody means is refused before it is looked at, and costs next to nothing', async () => {
  const body = `{"mails":[${'{},'.repeat(2_000_000)}{}]}`;
  const response = await send(typed('application/json', body));
  expect(await problemOf(response, gateway)).toMatchObject({ status: 413, code: 'too-large' });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string, ...mails: string[]) => ({
    ...typed('application/mbox', mbox(...mails)),
    headers: { 'content-type': 'application/mbox', 'idempotency-key': key },
  });

  test('gives the same batch and the same jobs, also at the same time', async () => {
    const before = (await gateway.jobs.statistics()).accepted;
    const all = await Promise.all([1, 2, 3].map(() => accept(keyed('k1', 'A: 1\n', 'A: 1\n', 'A: 3\n'))));
    for (const accepted of all) expect(accepted).toEqual(all[0]);
    expect((await gateway.jobs.statistics()).accepted).toBe(before + 3);
    expect(new Set(jobIdsOf(all[0] as AcceptedRequest)).size).toBe(3);
  });

  test('gives the same batch and the same jobs also after a loss of Redis', async () => {
    const first = await accept(keyed('k3', 'A: 1\n', 'A: 2\n'));
    const kept = await gateway.redis.keys('idempotency:default:*');
    await gateway.redis.del(...kept, ...jobIdsOf(first).map((jobId) => keysOf(jobId).job));
    expect(await accept(keyed('k3', 'A: 1\n', 'A: 2\n'))).toEqual(first);
  });

  test('with other content is refused for the mails that differ; of one submission it is another key', async () => {
    const first = await accept(keyed('k2', 'A: 1\n', 'A: 2\n'));
    const second = await accept(keyed('k2', 'A: 1\n', 'A: 9\n'));
    expect(second.requestId).toBe(first.requestId);
    expect(outcomes(second)).toEqual([
      ['mbox#1', 'job'],
      ['mbox#2', 'idempotency-key-reused'],
    ]);
    expect(await problemOf(await send(keyed('k2', 'B: 1\n')), gateway)).toMatchObject({ status: 422 });
    const single = {
      method: 'POST',
      headers: { 'content-type': 'message/rfc822', 'idempotency-key': 'k2' },
      body: MAIL,
    };
    expect((await gateway.job('', single)).status).toBe(202);
  });
});

describe('admission', () => {
  async function tenantWith(tenant: string, plan: Record<string, number>): Promise<string> {
    const key = await gateway.addKey(tenant, 'analyst');
    const settings = createSettings({ redis: gateway.redis, onError: () => undefined });
    const policy = TenantPolicy.parse({ v: 1, tenant, name: tenant, plan });
    await gateway.records.tenants.put(policy, 1);
    await settings.putTenant(policy);
    settings.stop();
    return key;
  }

  test('counts each mail; from the first one that there is no room for, the rest is refused for now', async () => {
    const key = await tenantWith('small', { jobsInFlight: 3 });
    const mails = Array.from({ length: 20 }, (_, at) => `A: ${at}\n`);
    const refusals = async () => {
      const response = await send(typed('application/mbox', mbox(...mails)), { key });
      return { response, retryAfter: response.headers.get('retry-after') };
    };
    const { response, retryAfter } = await refusals();
    const accepted = AcceptedRequest.parse(await response.json());
    expect([response.status, accepted.accepted, accepted.refused]).toEqual([202, 3, 17]);
    expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
    const codes = new Set(accepted.mails.flatMap((line: BatchLine) => ('error' in line ? [line.error.code] : [])));
    expect([...codes]).toEqual(['too-many-jobs']);
    const again = await refusals();
    expect(await problemOf(again.response, gateway)).toMatchObject({ status: 429, code: 'too-many-jobs' });
    expect(Number(again.retryAfter)).toBeGreaterThanOrEqual(1);
  });
});

describe('the jobs of a batch', () => {
  /** Begins, and fails, one task of a job; the job ends so. */
  async function failTask(jobId: JobId, state: 'completed' | 'failed'): Promise<void> {
    const task = { id: 'parsing.x', name: 'mail.parse', stage: 'parsing', payload: {}, required: true, wakes: false };
    const fields = {
      stages: JSON.stringify([{ name: 'parsing', state: 'parsing', share: 100 }]),
      [field.stage('parsing')]: 'active 1 ',
      [field.open('parsing')]: 1,
      [field.task(task.id)]: JSON.stringify(task),
      [field.generation(task.id)]: 1,
    };
    await change(gateway.jobs, jobId, { fields, state: 'parsing' });
    const ref = { jobId, task: task.id, stage: 'parsing', name: 'mail.parse', generation: 1, wakes: false };
    await gateway.jobs.begin(ref, 'worker');
    const error = { code: 'x', message: 'No.', disposition: 'retry' as const };
    await gateway.jobs.settle(ref, 'failed', { error, attempts: 1, settledMs: Date.now() });
    await end(gateway.jobs, jobId, state);
  }

  async function orders(): Promise<string[]> {
    const lists = ALL_BUCKETS.map((bucket) => gateway.redis.zrange(bucketKeys(bucket).failed, '0', '-1'));
    return (await Promise.all(lists)).flat().filter((member) => member.startsWith('{'));
  }

  test('are counted by state and verdict, and come page by page', async () => {
    const accepted = await accept(formOf({ a: mailOf('a'), b: mailOf('b'), c: mailOf('c') }));
    const [a = '', b = '', c = ''] = jobIdsOf(accepted);
    const summary = { verdict: 'malicious', category: 'phishing', score: 90, confidence: 1, partial: false };
    await end(gateway.jobs, a, 'completed', { result: JSON.stringify({ summary }), revision: 1 });
    await end(gateway.jobs, b, 'failed');
    const { requestId } = accepted;
    const whole = await status(requestId);
    expect(whole).toMatchObject({
      jobs: 3,
      open: 1,
      states: { completed: 1, failed: 1, queued: 1 },
      verdicts: { clean: 0, suspicious: 0, malicious: 1 },
      items: [
        { jobId: a, state: 'completed', verdict: 'malicious', category: 'phishing', score: 90, revision: 1 },
        { jobId: b, state: 'failed', verdict: null },
        { jobId: c, state: 'queued', endedMs: null },
      ],
      next: null,
    });
    const first = await status(requestId, '?limit=2');
    const second = await status(requestId, `?limit=2&cursor=${first.next ?? ''}`);
    expect([...first.items, ...second.items]).toEqual(whole.items);
    expect([first.jobs, second.next]).toEqual([3, null]);
    const bad = await gateway.call(`${PATH}/${requestId}?cursor=zzz`);
    expect(await problemOf(bad, gateway)).toMatchObject({ status: 400, code: 'bad-cursor' });
  });

  test('are tried again by the failure desk, those with something that failed', async () => {
    const accepted = await accept(formOf({ a: mailOf('a'), b: mailOf('b'), c: mailOf('c'), d: mailOf('d') }));
    const [a = '', b = '', c = '', d = ''] = jobIdsOf(accepted);
    await failTask(a, 'failed');
    await failTask(b, 'completed');
    await gateway.jobs.cancel(c);
    const response = await gateway.call(`${PATH}/${accepted.requestId}/retry`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(RequestRetried.parse(await response.json())).toMatchObject({ jobs: 2, tasks: 2 });
    const { entries } = await gateway.records.audit.list({ target: accepted.requestId });
    expect(entries).toMatchObject([{ action: 'batch.retry', actor: 'admin', detail: { tasks: 2, ratePerSecond: 20 } }]);
    const told = (await orders()).map((text) => JSON.parse(text) as Record<string, string>);
    const own = told.filter(({ jobId = '' }) => [a, b, c, d].includes(jobId));
    expect(own).toEqual(
      expect.arrayContaining([a, b].map((jobId) => ({ action: 'requeue', jobId, task: 'parsing.x', by: 'admin' }))),
    );
    expect(own).toHaveLength(2);
  });

  test('that ended before anything was planned are opened again without the desk', async () => {
    const accepted = await accept(formOf({ a: mailOf('a'), b: mailOf('b') }));
    const [a = '', b = ''] = jobIdsOf(accepted);
    await end(gateway.jobs, a, 'expired');
    const response = await gateway.call(`${PATH}/${accepted.requestId}/retry`, { method: 'POST' });
    expect(RequestRetried.parse(await response.json())).toMatchObject({ jobs: 1, tasks: 0, lastDueMs: null });
    const types = async (jobId: string) => (await gateway.jobs.eventsAfter(jobId, 0)).map(({ type }) => type);
    expect(await types(a)).toContain('job.reopened');
    expect(await types(b)).not.toContain('job.reopened');
  });

  test('are cancelled where they are open, and a repetition finds none', async () => {
    const accepted = await accept(formOf({ a: mailOf('a'), b: mailOf('b'), c: mailOf('c') }));
    const [a = ''] = jobIdsOf(accepted);
    await end(gateway.jobs, a, 'failed');
    const cancel = async () =>
      RequestCancelled.parse(await (await gateway.call(`${PATH}/${accepted.requestId}`, { method: 'DELETE' })).json());
    expect(await cancel()).toMatchObject({ cancelled: 2, ended: 1 });
    expect(await cancel()).toMatchObject({ cancelled: 0, ended: 3 });
    expect(await status(accepted.requestId)).toMatchObject({ open: 0, states: { failed: 1, cancelled: 2 } });
  });

  test('belong to the tenant alone: to another one there is no such batch, and nothing changes', async () => {
    const accepted = await accept(formOf({ a: mailOf('a') }));
    const headers = { authorization: `Bearer ${await gateway.addKey('acme', 'admin')}` };
    const at = `${PATH}/${accepted.requestId}`;
    for (const [method, path] of [
      ['GET', at],
      ['POST', `${at}/retry`],
      ['DELETE', at],
      ['GET', `${PATH}/${randomUUIDv7()}`],
      ['GET', `${PATH}/no-id`],
    ] as const) {
      const response = await gateway.call(path, { method, headers });
      expect(await problemOf(response, gateway)).toMatchObject({ status: 404, code: 'request-not-found' });
      const named = await gateway.call(`${path}?tenant=default`, { method, headers });
      expect([path, [403, 404].includes(named.status)]).toEqual([path, true]);
    }
    const listed = RequestPage.parse(await (await gateway.call(PATH, { headers })).json());
    expect(listed.items).toEqual([]);
    expect(await status(accepted.requestId)).toMatchObject({ open: 1 });
  });

  test('of many batches are listed newest first, page by page', async () => {
    const key = await gateway.addKey('lister', 'analyst');
    const ids: string[] = [];
    for (const word of ['1', '2', '3']) {
      ids.unshift((await accept(formOf({ a: mailOf(word) }), { key })).requestId);
    }
    const page = async (query: string) =>
      RequestPage.parse(
        await (await gateway.call(`${PATH}${query}`, { headers: { authorization: `Bearer ${key}` } })).json(),
      );
    const first = await page('?limit=2');
    const second = await page(`?limit=2&cursor=${first.next ?? ''}`);
    expect([...first.items, ...second.items].map(({ requestId }) => requestId)).toEqual(ids);
  });
});

test('while the record is away no batch is taken in: nobody could say what became of it', async () => {
  const alone = await startGateway(undefined, { databaseUrl: 'postgres://x:x@127.0.0.1:1/x' });
  try {
    const init = { ...formOf({ a: MAIL }), method: 'POST' };
    const response = await alone.call(PATH, init);
    expect(await problemOf(response, alone)).toMatchObject({ status: 503, code: 'record-away' });
    expect((await alone.jobs.statistics()).accepted).toBe(0);
  } finally {
    await alone.clear();
  }
});
