import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { chooseSeed, eventually, seededRandom, startRedis, type TestRedis } from '@sluice/testkit';
import { Redis } from 'ioredis';

const HOST = fileURLToPath(new URL('./cache-host.ts', import.meta.url));
const LEASE_MS = 1_500;

interface Line {
  resource: string;
  call: number;
  source: string;
  errors: number;
}

interface Worker {
  pid: number;
  lines: Line[];
  want(resource: string, callers: number): void;
  kill(): Promise<void>;
}

interface Call {
  pid: number;
  resource: string;
  response: ServerResponse;
}

let cacheServer: TestRedis;
let queueServer: TestRedis;
const workers: Worker[] = [];
const providers: { close(): void }[] = [];

beforeAll(async () => {
  [cacheServer, queueServer] = await Promise.all([startRedis({ policy: 'allkeys-lru' }), startRedis()]);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()));
  for (const provider of providers.splice(0)) provider.close();
});
afterAll(async () => {
  await Promise.all([cacheServer.stop(), queueServer.stop()]);
});

/** A provider that notes every call at its door; what becomes of one is decided by `answer`. */
async function openProvider(answer: (call: Call, number: number) => void) {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const [, pid = '', resource = ''] = (request.url ?? '').split('/');
    calls.push({ pid: Number(pid), resource, response });
    answer({ pid: Number(pid), resource, response }, calls.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const provider = {
    calls,
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  providers.push(provider);
  return provider;
}

const succeed = ({ response }: Call, number: number) => response.end(JSON.stringify({ call: number }));
const fail = ({ response }: Call) => response.writeHead(500).end();

async function startWorker(providerUrl: string): Promise<Worker> {
  const args = [HOST, cacheServer.url, queueServer.url, providerUrl, String(LEASE_MS)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines: Line[] = [];
  let isReady = false;
  if (child.stdout === null) throw new TypeError('no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') isReady = true;
    else lines.push(JSON.parse(line) as Line);
  });
  const worker: Worker = {
    pid: child.pid ?? 0,
    lines,
    want: (resource, callers) => void child.stdin?.write(`${resource} ${callers}\n`),
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
  workers.push(worker);
  await eventually(() => isReady);
  return worker;
}

const linesOf = (of: readonly Worker[]) => of.flatMap(({ lines }) => lines);

/** Resolves when all these processes, which have asked for nothing before, have looked at a lease: one of them asks, the others wait. */
async function allLooked(processes: number): Promise<void> {
  const redis = new Redis(queueServer.url);
  await eventually(async () => {
    const clients = String(await redis.client('LIST')).split('\n');
    return clients.filter((client) => /name=leases .*cmd=eval/.test(client)).length === processes;
  }).finally(() => redis.disconnect());
}

test('25 callers in each of 3 processes spend one call on an unseen resource, and each has its answer', async () => {
  const held: Call[] = [];
  const provider = await openProvider((call) => held.push(call));
  const fleet = await Promise.all([1, 2, 3].map(() => startWorker(provider.url)));
  for (const worker of fleet) worker.want('unseen', 25);
  await allLooked(3);
  await eventually(() => held.length > 0);
  for (const call of held) succeed(call, 1);
  await eventually(() => linesOf(fleet).length === 75);
  expect(provider.calls).toHaveLength(1);
  expect(linesOf(fleet).filter(({ source }) => source === 'fresh')).toHaveLength(1);
  expect(new Set(linesOf(fleet).map(({ call }) => call))).toEqual(new Set([1]));
});

test('the death of the process that asks costs the others one lease and one call', async () => {
  const provider = await openProvider((call, number) => {
    if (number > 1) succeed(call, number);
  });
  const fleet = await Promise.all([1, 2, 3].map(() => startWorker(provider.url)));
  for (const worker of fleet) worker.want('interrupted', 10);
  await allLooked(3);
  await eventually(() => provider.calls.length === 1);
  const dead = fleet.find(({ pid }) => pid === provider.calls[0]?.pid);
  const others = fleet.filter((worker) => worker !== dead);
  const redis = new Redis(queueServer.url);
  await dead?.kill();
  const leftMs = await redis.pttl('flight:{fleet:1::interrupted}');
  expect(leftMs).toBeLessThanOrEqual(LEASE_MS);
  expect(provider.calls).toHaveLength(1);
  await eventually(() => linesOf(others).length === 20);
  expect(provider.calls).toHaveLength(2);
  expect(linesOf(others).every(({ call, errors }) => call === 2 && errors === 0)).toBe(true);
  redis.disconnect();
});

test('an error is forgotten with its flight: one more call serves all, and nobody hears of it twice', async () => {
  const held: Call[] = [];
  const provider = await openProvider((call, number) => {
    if (number === 1) held.push(call);
    else succeed(call, number);
  });
  const fleet = await Promise.all([1, 2, 3].map(() => startWorker(provider.url)));
  for (const worker of fleet) worker.want('failing', 10);
  await allLooked(3);
  await eventually(() => held.length === 1);
  for (const call of held) fail(call);
  await eventually(() => linesOf(fleet).length === 30);
  expect(provider.calls).toHaveLength(2);
  expect(linesOf(fleet).every(({ call, errors }) => call === 2 && errors <= 1)).toBe(true);
  // Its own process has heard of it at once; others may see the next flight first, and wait for that.
  expect(linesOf(fleet).filter(({ errors }) => errors === 1).length).toBeGreaterThanOrEqual(10);
});

test('under failures and deaths every resource costs one successful call and at most one more for each that failed', async () => {
  const random = seededRandom(chooseSeed('cache fleet'));
  const resources = Array.from({ length: 12 }, (_, at) => `r${at}`);
  let failures = 0;
  const hanging: Call[] = [];
  const provider = await openProvider((call, number) => {
    if (hanging.length === 0 && number > 3) hanging.push(call);
    else if (random() < 0.3) {
      failures += 1;
      fail(call);
    } else succeed(call, number);
  });
  const fleet = await Promise.all([1, 2, 3].map(() => startWorker(provider.url)));
  for (const resource of resources) for (const worker of fleet) worker.want(resource, 8);
  await eventually(() => hanging.length === 1);
  const dead = fleet.find(({ pid }) => pid === hanging[0]?.pid);
  await dead?.kill();
  const others = fleet.filter((worker) => worker !== dead);
  await eventually(() => linesOf(others).length === resources.length * 2 * 8);
  // What the dead process was asking when it died: at most one call a resource, answered or not.
  const interrupted = provider.calls.filter(({ pid, resource }) => {
    const again = provider.calls.filter((call) => call.resource === resource && call.pid !== pid);
    return pid === dead?.pid && again.length > 0;
  });
  expect(provider.calls.length).toBeLessThanOrEqual(resources.length + failures + interrupted.length);
  for (const resource of resources) {
    const answers = new Set(linesOf(others).flatMap((line) => (line.resource === resource ? [line.call] : [])));
    expect(answers.size).toBe(1);
  }
});
