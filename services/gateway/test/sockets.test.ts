import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobId, Problem, SluiceError } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { chooseSeed, eventually, seededRandom } from '@sluice/testkit';
import { createJobFinder } from '../src/jobs/archive.ts';
import type { Caller } from '../src/keys/caller.ts';
import { socketsOpen } from '../src/metrics.ts';
import { createHub } from '../src/sockets/hub.ts';
import { createSocketServer } from '../src/sockets/server.ts';
import { createJob, exchange, silentLog, startGateway, type TestGateway } from './gateways.ts';
import { change, end, stagesFrom } from './planner.ts';
import { range, read, upgradeRequest } from './sockets.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

const lastSeqOf = async (jobId: JobId) => (await gateway.jobs.snapshot(jobId))?.seq ?? 0;

describe('a fresh reader', () => {
  test('gets a snapshot and then every event in order, each in its contract', async () => {
    const jobId = await createJob(gateway.jobs);
    await change(gateway.jobs, jobId, { events: stagesFrom(1, 3) });
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    expect(reader.messages[0]).toMatchObject({ type: 'snapshot', seq: 4, status: { state: 'extracting', seq: 4 } });
    for (let at = 0; at < 5; at += 1) await change(gateway.jobs, jobId, { events: stagesFrom(at * 10, 10) });
    await eventually(() => expect(reader.seqs()).toEqual(range(5, 54)));
    reader.socket.close();
  });

  test('of one job hears nothing of another in the same bucket', async () => {
    const jobId = await createJob(gateway.jobs);
    const neighbour = `${randomUUIDv7().slice(0, -1)}${jobId.slice(-1)}`;
    await gateway.jobs.create({ ...(await metaOf(jobId)), jobId: neighbour });
    const [reader, other] = await Promise.all([read(gateway, jobId), read(gateway, neighbour)]);
    await change(gateway.jobs, neighbour, { events: stagesFrom(1, 2) });
    await eventually(() => expect(other.seqs()).toEqual([2, 3]));
    expect(reader.seqs()).toEqual([]);
    reader.socket.close();
    other.socket.close();
  });

  test.each(['failed', 'expired', 'cancelled'] as const)(
    'of a job that ends as %s is let go after the last event',
    async (state) => {
      const jobId = await createJob(gateway.jobs);
      const reader = await read(gateway, jobId);
      await change(gateway.jobs, jobId, { events: stagesFrom(1, 2) });
      await end(gateway.jobs, jobId, state);
      expect(await reader.closed).toEqual({ code: 1000, reason: 'the job has ended' });
      expect(reader.seqs()).toEqual([2, 3, 4]);
      expect(reader.messages.at(-1)).toMatchObject({ type: 'job.ended', state });
    },
  );

  test('of a job that has ended so gets the snapshot and is let go, also where it resumes at the end', async () => {
    const jobId = await createJob(gateway.jobs);
    await gateway.jobs.cancel(jobId);
    const reader = await read(gateway, jobId);
    expect(await reader.closed).toMatchObject({ code: 1000 });
    expect(reader.messages).toMatchObject([{ type: 'snapshot', status: { state: 'cancelled' } }]);
    expect(await (await read(gateway, jobId, '?after=2')).closed).toMatchObject({ code: 1000 });
    const middle = await read(gateway, jobId, '?after=1');
    expect(await middle.closed).toMatchObject({ code: 1000 });
    expect(middle.seqs()).toEqual([2]);
  });

  test('of a completed job stays for amendments', async () => {
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await end(gateway.jobs, jobId, 'completed');
    await eventually(() => reader.messages.at(-1)?.type === 'job.ended');
    await change(gateway.jobs, jobId, {
      state: 'completed',
      stateIndex: 9,
      amended: true,
      events: [{ type: 'report.amended', revision: 2, result: {} }],
    });
    await eventually(() => expect(reader.messages.at(-1)).toMatchObject({ type: 'report.amended', revision: 2 }));
    expect(reader.socket.readyState).toBe(reader.socket.OPEN);
    reader.socket.close();
  });
});

async function metaOf(jobId: JobId) {
  const job = await gateway.jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is not there');
  return job.meta;
}

describe('a reader that comes again', () => {
  test('gets exactly the rest, and no snapshot', async () => {
    const jobId = await createJob(gateway.jobs);
    await change(gateway.jobs, jobId, { events: stagesFrom(1, 9) });
    for (const after of [0, 1, 4, 10]) {
      const reader = await read(gateway, jobId, `?after=${after}`);
      await eventually(() => expect(reader.messages.map(({ seq }) => seq)).toEqual(range(after + 1, 10)));
      expect(reader.messages.every(({ type }) => type !== 'snapshot')).toBe(true);
      reader.socket.close();
    }
  });

  test('misses nothing and gets nothing twice over 50 reconnects while events are made', async () => {
    const jobId = await createJob(gateway.jobs);
    const random = seededRandom(chooseSeed('reconnects'));
    const making = { isOver: false };
    const maker = (async () => {
      for (let at = 0; at < 400; at += 1) {
        await change(gateway.jobs, jobId, { events: stagesFrom(at, 1 + (at % 3)) });
        await turn();
      }
      making.isOver = true;
    })();
    const seen: number[] = [];
    let connections = 0;
    while (!making.isOver || connections < 50) {
      const reader = await read(gateway, jobId, `?after=${seen.length}`);
      connections += 1;
      const enough = seen.length + Math.floor(random() * 20);
      await eventually(() => making.isOver || seen.length + reader.seqs().length > enough);
      reader.socket.terminate();
      seen.push(...reader.seqs());
    }
    await maker;
    const last = await read(gateway, jobId, `?after=${seen.length}`);
    const lastSeq = await lastSeqOf(jobId);
    await eventually(() => expect([...seen, ...last.seqs()]).toEqual(range(1, lastSeq)));
    last.socket.terminate();
    expect(connections).toBeGreaterThanOrEqual(50);
  });

  test('has company: many readers that come and go in one bucket all get everything', async () => {
    const jobId = await createJob(gateway.jobs);
    const readers = await Promise.all(range(1, 30).map(() => read(gateway, jobId, '?after=0')));
    for (const reader of readers.slice(0, 15)) reader.socket.terminate();
    await change(gateway.jobs, jobId, { events: stagesFrom(1, 5) });
    for (const reader of readers.slice(15)) {
      await eventually(() => expect(reader.seqs()).toEqual(range(1, 6)));
      reader.socket.terminate();
    }
  });
});

const cutSubscribers = () => gateway.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');

describe('pub/sub that fails', () => {
  test('is healed from the list when the subscriber comes back', async () => {
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    await cutSubscribers();
    await change(gateway.jobs, jobId, { events: stagesFrom(1, 4) });
    await eventually(() => expect(reader.seqs()).toEqual([2, 3, 4, 5]));
    await change(gateway.jobs, jobId, { events: stagesFrom(5, 1) });
    await eventually(() => expect(reader.seqs()).toEqual([2, 3, 4, 5, 6]));
    reader.socket.close();
  });

  test('without anybody noticing is healed by the next event that does come', async () => {
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    await addUnpublished(jobId);
    await addUnpublished(jobId);
    await change(gateway.jobs, jobId, { events: stagesFrom(4, 1) });
    await eventually(() => expect(reader.seqs()).toEqual([2, 3, 4]));
    reader.socket.close();
  });

  test('for good is healed by a look at the list, before long', async () => {
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    await addUnpublished(jobId);
    await eventually(() => expect(reader.seqs()).toEqual([2]));
    reader.socket.close();
  });

  test('together with the list ends the stream, so that the reader begins anew', async () => {
    const jobId = await createJob(gateway.jobs);
    const reader = await read(gateway, jobId);
    await eventually(() => reader.messages.length === 1);
    await gateway.redis.del(keysOf(jobId).events);
    await cutSubscribers();
    expect(await reader.closed).toEqual({ code: 1011, reason: 'try again' });
  });
});

/** An event that is in the job and was never published. */
async function addUnpublished(jobId: JobId): Promise<void> {
  const { job, events } = keysOf(jobId);
  const seq = await gateway.redis.hincrby(job, 'seq', 1);
  const event = { jobId, seq, atMs: Date.now(), type: 'stage.started', stage: `s${seq}` };
  await gateway.redis.rpush(events, JSON.stringify(event));
}

describe('a socket is refused', () => {
  const authorized = () => ({ authorization: `Bearer ${gateway.key}` });

  async function refusalOf(path: string, headers: Record<string, string>) {
    const answer = await exchange(gateway.port, upgradeRequest(path, headers));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toContain('content-type: application/problem+json');
    const problem = Problem.parse(JSON.parse(body));
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${problem.status} `));
    expect(head).toContain(`x-request-id: ${problem.requestId}`);
    expect(body).not.toContain(gateway.key);
    return { head, problem };
  }

  test('without a key, with 401', async () => {
    const jobId = await createJob(gateway.jobs);
    const { head, problem } = await refusalOf(`/api/pipeline/ws/job/${jobId}?after=0`, {});
    expect(problem).toMatchObject({ status: 401, code: 'unauthorized', instance: `/api/pipeline/ws/job/${jobId}` });
    expect(head).toContain('www-authenticate: Bearer');
  });

  test.each([randomUUIDv7(), 'not-an-id', '%E0%A4%A', '..%2f'])('for no job, with 404: %s', async (jobId) => {
    const { problem } = await refusalOf(`/api/pipeline/ws/job/${jobId}`, authorized());
    expect(problem).toMatchObject({ status: 404, code: 'job-not-found' });
  });

  test('for the job of another tenant, with 404', async () => {
    const jobId = await createJob(gateway.jobs, { tenant: 'somebody-else' });
    const { problem } = await refusalOf(`/api/pipeline/ws/job/${jobId}`, authorized());
    expect(problem).toMatchObject({ status: 404, code: 'job-not-found' });
  });

  test.each(['//', '/', '/api/pipeline/ws/job/', '/api/pipeline/jobs', 'http://[x/'])(
    'elsewhere, with 404: %s',
    async (path) => {
      const { problem } = await refusalOf(path, authorized());
      expect(problem).toMatchObject({ status: 404, code: 'no-such-route' });
    },
  );

  test.each(['-1', 'x', '', '1.0', '1e3', '99999999999999999999', '2', '0&after=0', 'Infinity', '0x0'])(
    'with a number that it cannot have, with 400: after=%s',
    async (after) => {
      const jobId = await createJob(gateway.jobs);
      const { problem } = await refusalOf(`/api/pipeline/ws/job/${jobId}?after=${after}`, authorized());
      expect(problem).toMatchObject({ status: 400, code: 'bad-sequence' });
    },
  );
});

describe('a reader that does not read', () => {
  test('is dropped when too much waits for it, and the others get everything', async () => {
    const jobId = await createJob(gateway.jobs);
    const path = `/api/pipeline/ws/job/${jobId}`;
    const sleeper = connect(gateway.port, '127.0.0.1');
    sleeper.write(upgradeRequest(path, { authorization: `Bearer ${gateway.key}` }));
    await once(sleeper, 'readable');
    sleeper.on('error', () => undefined);
    const reader = await read(gateway, jobId);
    const before = await openSockets();
    const padding = 'x'.repeat(1_000_000);
    for (let at = 0; at < 24; at += 1) await change(gateway.jobs, jobId, { events: stagesFrom(at, 1, padding) });
    await eventually(() => expect(reader.seqs()).toEqual(range(2, 25)));
    await eventually(async () => (await openSockets()) === before - 1);
    expect(reader.socket.readyState).toBe(reader.socket.OPEN);
    reader.socket.close();
    sleeper.destroy();
  });

  test('but sends too much is let go', async () => {
    const reader = await read(gateway, await createJob(gateway.jobs));
    reader.socket.send('x'.repeat(2_000));
    expect((await reader.closed).code).toBe(1009);
  });
});

/** What the gateway's own metric says. */
async function openSockets(): Promise<number> {
  const { values } = await socketsOpen.get();
  return values[0]?.value ?? 0;
}

describe('a reader', () => {
  /** A socket server of its own, which looks often. */
  async function openAt(authenticate: () => Promise<Caller>, often: { keysEveryMs?: number; heartbeatMs?: number }) {
    const { redis, jobs, records } = gateway;
    const subscriber = redis.duplicate();
    const hub = createHub(subscriber, redis);
    const findJob = createJobFinder({ jobs, records });
    const producer = { counts: async () => ({}) };
    const parts = { hub, redis, jobs, records, producer, findJob, log: silentLog() };
    const sockets = createSocketServer({ ...parts, gate: authenticate, authenticator: { authenticate }, ...often });
    const server = createServer();
    sockets.attach(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const stop = () => {
      sockets.stop();
      hub.stop();
      subscriber.disconnect();
      server.close();
    };
    return { url, stop };
  }
  const caller: Caller = { keyId: 'k', name: 'k', tenant: 'default', role: 'analyst', by: 'key', expiresMs: null };

  test('whose key is revoked is let go; one that nobody can be asked about is not', async () => {
    let asked = 0;
    let trouble: Error | null = new SluiceError('record-away', 'x', { httpStatus: 503 });
    const authenticate = async () => {
      asked += 1;
      if (asked > 1 && trouble !== null) throw trouble;
      return caller;
    };
    const { url, stop } = await openAt(authenticate, { keysEveryMs: 20 });
    const reader = await read({ ...gateway, url }, await createJob(gateway.jobs));
    await eventually(() => asked > 5);
    expect(reader.socket.readyState).toBe(reader.socket.OPEN);
    trouble = new SluiceError('unauthorized', 'x', { httpStatus: 401 });
    expect(await reader.closed).toEqual({ code: 1008, reason: 'the key is not valid any more' });
    stop();
  });

  test('who does not answer a ping is dropped', async () => {
    const { url, stop } = await openAt(async () => caller, { heartbeatMs: 100 });
    const jobId = await createJob(gateway.jobs);
    const mute = connect(Number(new URL(url).port), '127.0.0.1');
    mute.write(upgradeRequest(`/api/pipeline/ws/job/${jobId}`));
    mute.on('error', () => undefined);
    mute.resume();
    await once(mute, 'close');
    stop();
  });
});
