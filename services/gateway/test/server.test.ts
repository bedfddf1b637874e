import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, request, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { JobStatus, Problem } from '@sluice/contracts';
import { eventually, type TestRedisOptions } from '@sluice/testkit';
import { loadAdminKey } from '../src/keys/admin-key.ts';
import { createHttpServer } from '../src/http/server.ts';
import { problems } from '../src/metrics.ts';
import { createJob, exchange, MAIL, problemOf, startGateway, type TestGateway } from './gateways.ts';
import { change, stagesFrom } from './planner.ts';
import { read, upgradeRequest } from './sockets.ts';

let cleaners: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  cleaners = [];
});
afterEach(async () => {
  for (const clean of cleaners.toReversed()) await clean();
});

async function gatewayForTest(redis?: TestRedisOptions): Promise<TestGateway> {
  const gateway = await startGateway(redis);
  cleaners.push(gateway.clear);
  return gateway;
}

/** The HTTP server alone, with limits that a test can wait for. */
async function startServer(listener: (...args: Parameters<RequestListener>) => unknown) {
  const pace = { slowestBytesPerMs: 1_000, longestMs: 60_000 };
  const waits = { idleMs: 5_000, keepAliveMs: 5_000, drainMs: 500 };
  const limits = { headersMs: 150, requestMs: 300, checkMs: 50, ...waits, ...pace };
  const http = createHttpServer((...args) => void listener(...args), limits);
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  cleaners.push(() => http.close());
  return { ...http, port: (http.server.address() as AddressInfo).port };
}

function problemIn(answer: string): Problem {
  expect(answer).toContain('content-type: application/problem+json');
  return Problem.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''));
}

describe('a connection', () => {
  test.each([
    ['that speaks no HTTP', 'EHLO mail.example\r\n\r\n', 400, 'not-http'],
    ['with 20 KB of headers', `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
    ['whose headers never end', 'GET / HTTP/1.1\r\nhost: x\r\n', 408, 'request-timeout'],
    ['whose body never ends', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1', 408, 'request-timeout'],
  ])('%s is answered with a problem and closed', async (_name, bytes, status, code) => {
    const { port } = await startServer((incoming) => void incoming.resume());
    const answer = await exchange(port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(problemIn(answer)).toMatchObject({ status, code });
  });

  test('that brings a large body has as long as its bytes take at the slowest pace, and no longer', async () => {
    const heard = Promise.withResolvers<number>();
    const { port } = await startServer((incoming) => {
      const beganMs = performance.now();
      incoming.on('data', () => undefined).once('close', () => heard.resolve(performance.now() - beganMs));
    });
    const body = 'x'.repeat(1_000_000);
    const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length + 1}\r\n\r\n`;
    expect(problemIn(await exchange(port, head + body))).toMatchObject({ status: 408, code: 'request-timeout' });
    // 300 ms, and nearly a second for what came after the head.
    expect(await heard.promise).toBeGreaterThan(1_100);
  });

  test('whose answer was given while its body was coming is only closed', async () => {
    const { port } = await startServer((_incoming, response) => void response.end('early'));
    const answer = await exchange(port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1');
    expect(answer).toMatch(/early$/);
  });

  test('that offers h2c is served as it is', async () => {
    const gateway = await gatewayForTest();
    const answer = await exchange(gateway.port, upgradeRequest('/', { upgrade: 'h2c', connection: 'Upgrade, close' }));
    expect(answer).toMatch(/^HTTP\/1.1 200 .*"name":"sluice"/s);
  });
});

/** How many requests were refused as unreadable: even a refusal that nobody reads is the end of its request. */
async function refusals(): Promise<number> {
  const { values } = await problems.get();
  return values.find(({ labels }) => labels.code === 'bad-request')?.value ?? 0;
}

describe('an upload that is given up', () => {
  test.each(['message/rfc822', 'multipart/form-data; boundary=b', 'application/json'])(
    'makes no job and harms nobody: %s',
    async (type) => {
      const gateway = await gatewayForTest();
      const head = `POST /api/pipeline/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\n`;
      const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nFrom: x';
      const before = await refusals();
      const socket = connect(gateway.port, '127.0.0.1');
      socket.write(`${head}content-type: ${type}\r\ncontent-length: 5000\r\n\r\n${part}`, () => socket.destroy());
      await once(socket, 'close');
      await eventually(async () => (await refusals()) === before + 1);
      const body = new FormData();
      body.set('file', new Blob([MAIL]));
      expect((await gateway.job('', { method: 'POST', body })).status).toBe(202);
      expect((await gateway.jobs.statistics()).accepted).toBe(1);
    },
  );
});

describe('a gateway that stops', () => {
  test('lets a request under way end, and waits for no idle connection', async () => {
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { port, close } = await startServer(async (incoming, response) => {
      if (incoming.url === '/slow') {
        reached.resolve();
        await goOn.promise;
      }
      response.end('done');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (path: string) => {
      const asked = request({ port, path, agent }).end();
      const [response] = (await once(asked, 'response')) as [AsyncIterable<Buffer>];
      let text = '';
      for await (const chunk of response) text += String(chunk);
      return text;
    };
    expect(await ask('/')).toBe('done');
    const slow = ask('/slow');
    await reached.promise;
    const beforeMs = performance.now();
    const closed = close();
    goOn.resolve();
    expect(await slow).toBe('done');
    await closed;
    expect(performance.now() - beforeMs).toBeLessThan(400);
    agent.destroy();
  });

  test('cuts off what does not end in its time', async () => {
    const reached = Promise.withResolvers<void>();
    const { port, close } = await startServer(() => reached.resolve());
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await reached.promise;
    const gone = once(socket, 'close');
    await close();
    await gone;
  });

  test('tells its readers to come again, and what happened meanwhile is there then', async () => {
    const gateway = await gatewayForTest();
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    await gateway.stop();
    expect(await reader.closed).toEqual({ code: 1001, reason: 'the gateway stops' });
    await expect(read(gateway, jobId)).rejects.toThrow(/ECONNREFUSED/);
    await change(gateway.jobs, jobId, { events: stagesFrom(1, 1) });
    expect((await gateway.jobs.snapshot(jobId))?.seq).toBe(2);
  });

  test('does not wait for a reader that does not say goodbye', async () => {
    const gateway = await gatewayForTest();
    const jobId = await createJob(gateway.jobs);
    const sleeper = connect(gateway.port, '127.0.0.1');
    sleeper.on('error', () => undefined);
    const path = `/api/pipeline/ws/job/${jobId}`;
    sleeper.write(upgradeRequest(path, { authorization: `Bearer ${gateway.key}` }));
    await once(sleeper, 'readable');
    await gateway.stop();
    sleeper.destroy();
  });
});

describe('without Redis', () => {
  test('requests and new sockets are 503 after a while; an open socket stays, and catches up when Redis is back', async () => {
    const gateway = await gatewayForTest({ appendOnly: true });
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    await gateway.server.crash();
    const upgrade = upgradeRequest(`/api/pipeline/ws/job/${jobId}`, { authorization: `Bearer ${gateway.key}` });
    expect(problemIn(await exchange(gateway.port, upgrade))).toMatchObject({ status: 503, code: 'unavailable' });
    // By the end of this one, the reader's own look at the list has failed too.
    for (const response of await Promise.all([gateway.job(`/${jobId}/status`), gateway.call('/api/quotas')])) {
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await problemOf(response, gateway)).toMatchObject({ status: 503, code: 'unavailable' });
    }
    await gateway.server.restart();
    await change(gateway.jobs, jobId, { events: stagesFrom(1, 2) });
    await eventually(() => expect(reader.seqs()).toEqual([2, 3]));
    JobStatus.parse(await (await gateway.job(`/${jobId}/status`)).json());
    (await read(gateway, jobId)).socket.close();
    reader.socket.close();
  });
});

describe('the admin key', () => {
  async function makeFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-key-'));
    cleaners.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  test('is made once, by whichever gateway comes first, for its owner only', async () => {
    const folder = join(await makeFolder(), 'new');
    const keys = await Promise.all(Array.from({ length: 10 }, () => loadAdminKey(folder)));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^slu_[\w-]{32}$/);
    expect(await readFile(join(folder, 'admin.key'), 'utf8')).toBe(`${keys[0]}\n`);
    expect((await stat(join(folder, 'admin.key'))).mode & 0o777).toBe(0o600);
  });

  test.each(['', '\n', 'short', 'two words are no key at all'])(
    'that is none is refused at the start: %j',
    async (text) => {
      const folder = await makeFolder();
      await writeFile(join(folder, 'admin.key'), text);
      await expect(loadAdminKey(folder)).rejects.toMatchObject({ code: 'bad-admin-key' });
    },
  );
});
