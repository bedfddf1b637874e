import { randomUUIDv7 } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { keysOf } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import { eventually } from '@sluice/testkit';
import { createJob, exchange, MAIL, problemOf, startGateway, type TestGateway } from './gateways.ts';

const CAP_BYTES = 25 * 1024 * 1024;
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

/** No refusal makes a job. */
let acceptedBefore = 0;
afterEach(async () => {
  expect((await gateway.jobs.statistics()).accepted).toBe(acceptedBefore);
});

async function post(
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  query = '',
  headers: Record<string, string> = {},
) {
  return gateway.job(query, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
}

const postJson = (body: unknown) => post('application/json', JSON.stringify(body));

async function postForm(parts: [name: string, value: string | Blob][]) {
  const body = new FormData();
  for (const [name, value] of parts) body.append(name, value);
  return gateway.job('', { method: 'POST', body });
}

const file = (content: string | Uint8Array<ArrayBuffer>) => new Blob([content]);

/** The body of a multipart form as it goes over the wire. */
const rawForm = (...lines: string[]) => post('multipart/form-data; boundary=b', lines.join('\r\n'));

describe('a request without the right key', () => {
  test.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer slu_wrong' }],
    ['a wrong X-API-Key', { 'x-api-key': 'slu_wrong' }],
    ['an empty X-API-Key', { 'x-api-key': '' }],
    ['another scheme', { authorization: 'Basic c2x1OnNsdQ==' }],
  ])('is refused with 401 wherever it goes: %s', async (_name, headers: Record<string, string>) => {
    const jobId = randomUUIDv7();
    const paths: [string, string][] = [
      ['POST', '/api/pipeline/jobs'],
      ['GET', `/api/pipeline/jobs/${jobId}/status`],
      ['GET', `/api/pipeline/jobs/${jobId}/report`],
      ['DELETE', `/api/pipeline/jobs/${jobId}`],
      ['GET', '/api/pipeline/orchestrator/stats'],
      ['GET', '/api/quotas'],
      ['GET', '/api/cache/stats'],
      ['DELETE', '/api/admin/cache/virustotal'],
      ['DELETE', '/api/admin/cache/virustotal/ip:192.0.2.1'],
    ];
    for (const [method, path] of paths) {
      const response = await fetch(`${gateway.url}${path}`, { method, headers });
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(await problemOf(response, gateway)).toMatchObject({ status: 401, code: 'unauthorized', instance: path });
    }
  });

  test('is let in with the key as X-API-Key too', async () => {
    const headers = { 'x-api-key': gateway.key };
    expect((await fetch(`${gateway.url}/api/pipeline/orchestrator/stats`, { headers })).status).toBe(200);
  });
});

describe('a submission is refused', () => {
  test.each<[string, number, string, () => Promise<Response>]>([
    ['an empty mail', 400, 'empty-mail', () => post('message/rfc822', '')],
    ['no body and no type', 415, 'unsupported-body', () => gateway.job('', { method: 'POST' })],
    ['an empty mail in JSON', 400, 'empty-mail', () => postJson({ mail: '' })],
    ['an empty mail in a form', 400, 'empty-mail', () => postForm([['file', file('')]])],
    ['a PDF', 422, 'not-a-mail', () => post('message/rfc822', '%PDF-1.7\n')],
    ['a zip, which has a door of its own', 422, 'not-a-mail', () => post('message/rfc822', 'PK\u0003\u0004')],
    ['a picture in a form', 422, 'not-a-mail', () => postForm([['file', file(Buffer.from('89504e470d0a', 'hex'))]])],
    ['a .msg in JSON', 422, 'not-a-mail', () => postJson({ mail: '0M8R4KGxGuE=' })],
    ['a form without a file', 400, 'empty-mail', () => postForm([['priority', 'high']])],
    ['another media type', 415, 'unsupported-body', () => post('text/plain', MAIL)],
    ['a form in a URL', 415, 'unsupported-body', () => post('application/x-www-form-urlencoded', 'url=x')],
    [
      'an unknown encoding',
      415,
      'unsupported-encoding',
      () => post('message/rfc822', MAIL, '', { 'content-encoding': 'x' }),
    ],
    [
      'a broken encoding',
      400,
      'bad-request',
      () => post('message/rfc822', 'no gzip', '', { 'content-encoding': 'gzip' }),
    ],
    ['no JSON', 400, 'bad-json', () => post('application/json', '{"mail":')],
    ['a JSON text that is no object', 400, 'bad-json', () => post('application/json', '"x"')],
    ['a list', 400, 'bad-request', () => postJson([])],
    ['nothing in JSON', 400, 'bad-request', () => postJson({})],
    ['two things in JSON', 400, 'bad-request', () => postJson({ ip: '192.0.2.1', domain: 'a.example' })],
    ['an unknown field', 400, 'bad-request', () => postJson({ ip: '192.0.2.1', prioritty: 'high' })],
    ['a mail that is no base64', 400, 'bad-request', () => postJson({ mail: 'From: x' })],
    ['an unknown priority', 400, 'bad-priority', () => post('message/rfc822', MAIL, '?priority=soon')],
    ['two priorities', 400, 'bad-priority', () => post('message/rfc822', MAIL, '?priority=low&priority=high')],
    ['an unknown priority in JSON', 400, 'bad-request', () => postJson({ ip: '192.0.2.1', priority: 'soon' })],
    [
      'an unknown priority in a form',
      400,
      'bad-priority',
      () =>
        postForm([
          ['priority', 'soon'],
          ['file', file(MAIL)],
        ]),
    ],
    [
      'the wrong pipeline for an observable',
      422,
      'wrong-pipeline',
      () => postJson({ ip: '192.0.2.1', pipeline: 'email-scan' }),
    ],
    [
      'the wrong pipeline for a mail',
      422,
      'wrong-pipeline',
      () => postJson({ mail: btoa(MAIL), pipeline: 'observable-scan' }),
    ],
    ['an unknown pipeline', 400, 'bad-request', () => postJson({ ip: '192.0.2.1', pipeline: 'lottery' })],
    ['a URL of another scheme', 422, 'bad-observable', () => postJson({ url: 'javascript:alert(1)' })],
    ['no URL', 422, 'bad-observable', () => postJson({ url: 'evil' })],
    [
      'a URL that is too long in its normal form',
      422,
      'bad-observable',
      () => postJson({ url: `http://a.example/${'ü'.repeat(2_000)}` }),
    ],
    ['a URL that is too long', 400, 'bad-request', () => postJson({ url: `http://a.example/${'u'.repeat(5_000)}` })],
    ['no domain', 422, 'bad-observable', () => postJson({ domain: 'a b' })],
    ['an address as domain', 422, 'bad-observable', () => postJson({ domain: '192.0.2.1' })],
    ['no address', 422, 'bad-observable', () => postJson({ ip: '192.0.2.256' })],
    ['an address of another machine', 422, 'bad-observable', () => postJson({ ip: 'fe80::1%eth0' })],
    ['no hash', 422, 'bad-observable', () => postJson({ hash: 'abc' })],
    [
      'an empty idempotency key',
      400,
      'bad-idempotency-key',
      () => post('message/rfc822', MAIL, '', { 'idempotency-key': '' }),
    ],
    [
      'a long idempotency key',
      400,
      'bad-idempotency-key',
      () => post('message/rfc822', MAIL, '', { 'idempotency-key': 'k'.repeat(256) }),
    ],
    [
      'two files',
      400,
      'bad-request',
      () =>
        postForm([
          ['file', file(MAIL)],
          ['file', file(MAIL)],
        ]),
    ],
    ['a file under another name', 400, 'bad-request', () => postForm([['mail', file(MAIL)]])],
    ['a form without a boundary', 400, 'bad-request', () => post('multipart/form-data', 'x')],
    [
      'a form that is cut short',
      400,
      'bad-request',
      () => rawForm('--b', 'Content-Disposition: form-data; name="file"; filename="a"', '', 'Subject: x'),
    ],
  ])('%s: %i %s', async (_name, status, code, send) => {
    const problem = await problemOf(await send(), gateway);
    expect(problem).toMatchObject({ status, code, instance: '/api/pipeline/jobs' });
    expect(problem.detail).toMatch(/^[A-Z].*\.$/);
  });

  test.each<[string, () => Promise<Response>]>([
    ['as it is', () => post('message/rfc822', Buffer.alloc(CAP_BYTES + 1, 'x'))],
    ['in a form', () => postForm([['file', file(Buffer.alloc(CAP_BYTES + 1, 'x'))]])],
    ['in JSON', () => postJson({ mail: Buffer.alloc(CAP_BYTES + 1, 'x').toString('base64') })],
    ['in much larger JSON', () => postJson({ mail: 'A'.repeat(40 * 1024 * 1024) })],
    [
      'that grows as it is unpacked',
      () => post('message/rfc822', gzipSync(Buffer.alloc(CAP_BYTES * 2)), '', { 'content-encoding': 'gzip' }),
    ],
    [
      'around the file of a form',
      () =>
        postForm([
          ['note', 'x'.repeat(CAP_BYTES + 100_000)],
          ['file', file(MAIL)],
        ]),
    ],
  ])('when it is too large: %s', async (_name, send) => {
    expect(await problemOf(await send(), gateway)).toMatchObject({ status: 413, code: 'too-large' });
  });

  test('with each fault of its form named, but never at length', async () => {
    const problem = await problemOf(await postJson({ ip: 'x'.repeat(70), priority: 'soon' }), gateway);
    expect(problem.errors?.map(({ path }) => path).toSorted()).toEqual(['ip', 'priority']);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`field${at}`, 1]));
    const response = await postJson(many);
    expect((await response.text()).length).toBeLessThan(2_000);
  });

  test('before its body is sent where the key is wrong', async () => {
    const head = ['POST /api/pipeline/jobs HTTP/1.1', 'host: x', 'authorization: Bearer x', 'content-length: 9999999'];
    expect(await exchange(gateway.port, `${head.join('\r\n')}\r\n\r\n`, '"unauthorized"')).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe('a path', () => {
  test.each([
    ['GET', '/api/pipeline/jobs/not-an-id/status'],
    ['GET', `/api/pipeline/jobs/${'0'.repeat(36)}/status`],
    ['GET', `/api/pipeline/jobs/${randomUUIDv7().toUpperCase()}/report`],
    ['GET', `/api/pipeline/jobs/${randomUUIDv7()}/status`],
    ['GET', `/api/pipeline/jobs/${randomUUIDv7()}/report`],
    ['DELETE', `/api/pipeline/jobs/${randomUUIDv7()}`],
    ['GET', '/api/pipeline/jobs/%00/status'],
    ['GET', '/api/pipeline/jobs/..%2f..%2fadmin.key/status'],
  ])('to no job is 404: %s %s', async (method, path) => {
    expect(await problemOf(await gateway.call(path, { method }), gateway)).toMatchObject({
      status: 404,
      code: 'job-not-found',
    });
  });

  test('to the job of another tenant is the same as to none', async () => {
    const jobId = await createJob(gateway.jobs, { tenant: 'somebody-else' });
    acceptedBefore += 1;
    for (const [method, path] of [
      ['GET', `/${jobId}/status`],
      ['GET', `/${jobId}/report`],
      ['DELETE', `/${jobId}`],
    ] as const) {
      expect(await problemOf(await gateway.job(path, { method }), gateway)).toMatchObject({ code: 'job-not-found' });
    }
    expect((await gateway.jobs.snapshot(jobId))?.state).toBe('queued');
  });

  test.each(['/api/pipeline', '/api/pipeline/jobs/a/b/c', '/admin.key', '/api/pipeline/orchestrator'])(
    'that leads nowhere is 404 no-such-route: %s',
    async (path) => {
      const problem = await problemOf(await gateway.call(`${path}?secret=1`), gateway);
      expect(problem).toMatchObject({ status: 404, code: 'no-such-route', instance: path });
    },
  );

  test('that is not well formed is 400', async () => {
    const problem = await problemOf(await gateway.job('/%E0%A4%A/status'), gateway);
    expect(problem).toMatchObject({ status: 400, code: 'bad-request', detail: 'The path could not be read.' });
  });

  test.each([
    ['PUT', '/', 'GET, HEAD, OPTIONS'],
    ['PUT', '/api/pipeline/jobs', 'GET, HEAD, POST, OPTIONS'],
    ['GET', `/api/pipeline/jobs/${randomUUIDv7()}`, 'DELETE, OPTIONS'],
    ['POST', `/api/pipeline/jobs/${randomUUIDv7()}/status`, 'GET, HEAD, OPTIONS'],
    ['PATCH', `/api/pipeline/jobs/${randomUUIDv7()}/report`, 'GET, HEAD, OPTIONS'],
    ['POST', '/api/pipeline/orchestrator/stats', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/api/quotas', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/api/cache/stats', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/admin/cache/virustotal', 'DELETE, OPTIONS'],
    ['GET', '/api/admin/cache/virustotal/ip:192.0.2.1', 'DELETE, OPTIONS'],
  ])('asked in a way that it does not have is 405 and says which it has: %s %s', async (method, path, allow) => {
    const response = await gateway.call(path, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await problemOf(response, gateway)).toMatchObject({ status: 405, code: 'method-not-allowed' });
    const options = await gateway.call(path, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, allow]);
  });

  test('of a socket asked without an upgrade is 426', async () => {
    const response = await gateway.call(`/api/pipeline/ws/job/${randomUUIDv7()}`);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect(await problemOf(response, gateway)).toMatchObject({ status: 426, code: 'upgrade-required' });
  });
});

describe('a fault of the inside', () => {
  test('says nothing of the inside', async () => {
    const jobId = await createJob(gateway.jobs);
    acceptedBefore += 1;
    await gateway.redis.hset(keysOf(jobId).job, 'meta', '{"v":1,"secret":"slu_inside"}');
    const problem = await problemOf(await gateway.job(`/${jobId}/status`), gateway);
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(problem.errors).toBeUndefined();
    expect(JSON.stringify(problem)).not.toContain('slu_inside');
  });

  test('is 503 and asks to come again where Redis takes nothing in', async () => {
    const admin = connectRedis(gateway.server.url, { name: 'admin' });
    await admin.config('SET', 'maxmemory', '1mb');
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ key: gateway.key });
    const response = await gateway.call('/api/session', { method: 'POST', headers, body });
    const submitted = await post('message/rfc822', MAIL);
    await admin.config('SET', 'maxmemory', '0');
    await closeRedis(admin);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response, gateway)).toMatchObject({ status: 503, code: 'unavailable' });
    // Refused before Redis is full, where that has been noticed.
    expect(['unavailable', 'memory-full']).toContain((await problemOf(submitted, gateway)).code);
  });
});

test('so many large bodies at a time as there is memory for; the next is told when to come again, and a small one finds room', async () => {
  const head = (type: string) =>
    [
      'POST /api/pipeline/jobs HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${gateway.key}`,
      `Content-Type: ${type}`,
      `Content-Length: ${CAP_BYTES}`,
      '',
      'Subject: x',
    ].join('\r\n');
  // It is not waited for: of its body only a beginning comes.
  const held = Array.from({ length: 10 }, () => {
    const socket = connect({ host: '127.0.0.1', port: gateway.port });
    socket.write(head('message/rfc822'));
    return socket;
  });
  const ask = () => exchange(gateway.port, head('text/plain'), '"requestId"');
  try {
    const answer = await eventually(async () => {
      const text = await ask();
      expect(text).toContain('"too-much-at-once"');
      return text;
    });
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/^retry-after: \d+\r$/im);
    expect((await post('message/rfc822', '')).status).toBe(400);
  } finally {
    for (const socket of held) socket.destroy();
  }
  await eventually(async () => expect(await ask()).toContain('"unsupported-body"'));
});
