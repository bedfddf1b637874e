import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JobsMessage, type JobId, SocketMessage, TenantPolicy } from '@sluice/contracts';
import { statusOf } from '@sluice/fleet/jobs';
import { eventually } from '@sluice/testkit';
import { socketsClosed } from '../src/metrics.ts';
import { createJob, exchange, startGateway, type TestGateway } from './gateways.ts';
import { advanceHalfway, change, end, stagesFrom } from './planner.ts';
import { type JobsReader, range, read, readJobs, readStream, upgradeRequest } from './sockets.ts';

let gateway: TestGateway;
let second: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
  second = await startGateway(undefined, { server: gateway.server });
});
afterAll(async () => {
  await second.clear();
  await gateway.clear();
});

/** A tenant of its own, so that tests do not see each other's jobs. */
let tenants = 0;
async function newTenant() {
  const tenant = `tenant-${(tenants += 1)}`;
  const [key, secondKey] = await Promise.all([gateway.addKey(tenant, 'analyst'), second.addKey(tenant, 'analyst')]);
  const make = () => createJob(gateway.jobs, { tenant });
  return { tenant, at: { url: gateway.url, key }, atSecond: { url: second.url, key: secondKey }, make };
}

const begun = (reader: JobsReader) => eventually(() => reader.messages.length > 0);
const stateOf = (reader: JobsReader, jobId: JobId) => reader.list().get(jobId)?.state;

describe('a reader of a tenant', () => {
  test('gets its open and ended jobs, and then every change in order', async () => {
    const { at, make } = await newTenant();
    const [open, done] = [await make(), await make()];
    await end(gateway.jobs, done, 'completed');
    const reader = await readJobs(at);
    await begun(reader);
    expect(reader.messages[0]).toMatchObject({ type: 'snapshot', resumed: false, isCut: false, isPartial: false });
    expect([stateOf(reader, open), stateOf(reader, done)]).toEqual(['queued', 'completed']);
    const fresh = await make();
    await advanceHalfway(gateway.jobs, fresh);
    await gateway.jobs.cancel(open);
    await eventually(() => expect(reader.list().get(fresh)).toMatchObject({ state: 'extracting', percent: 37 }));
    await eventually(() => expect(reader.list().get(open)).toMatchObject({ state: 'cancelled', percent: null }));
    expect(reader.deltas().map(({ seq }) => seq)).toEqual(range(1, reader.deltas().length));
    reader.socket.close();
  });

  test('sees of each job what its status says', async () => {
    const { at, make } = await newTenant();
    const reader = await readJobs(at);
    await begun(reader);
    const jobId = await make();
    for (const step of [
      () => advanceHalfway(gateway.jobs, jobId),
      () =>
        change(gateway.jobs, jobId, {
          state: 'scoring',
          stateIndex: 5,
          events: [{ type: 'job.state', state: 'scoring' }],
        }),
      () => end(gateway.jobs, jobId, 'completed', { revision: 1 }),
    ]) {
      await step();
      const job = await gateway.jobs.snapshot(jobId);
      if (job === null) throw new Error('the job is gone');
      const { state, percent, revision, createdMs, endedMs, priority } = statusOf(job, null);
      const seen = { state, percent, revision, createdMs, endedMs, priority };
      await eventually(() => expect(reader.list().get(jobId)).toMatchObject(seen));
    }
    reader.socket.close();
  });

  test('hears nothing of another tenant, and nothing of webhook deliveries', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const [reader, foreign] = await Promise.all([readJobs(one.at), readJobs(other.at)]);
    await Promise.all([begun(reader), begun(foreign)]);
    const hidden = await createJob(gateway.jobs, { tenant: one.tenant, pipeline: 'notify' });
    await change(gateway.jobs, hidden, { events: stagesFrom(1, 2) });
    const jobId = await one.make();
    await end(gateway.jobs, jobId, 'completed');
    await eventually(() => expect(stateOf(reader, jobId)).toBe('completed'));
    const theirs = await other.make();
    await eventually(() => expect(stateOf(foreign, theirs)).toBe('queued'));
    expect([...foreign.list().keys()]).toEqual([theirs]);
    expect([...reader.list().keys()]).toEqual([jobId]);
    const late = await readJobs(one.at);
    await begun(late);
    expect([...late.list().keys()]).toEqual([jobId]);
    for (const { socket } of [reader, foreign, late]) socket.close();
  });

  test('is an analyst at least, of this tenant; an operator names any', async () => {
    const { tenant, make } = await newTenant();
    const jobId = await make();
    const submitter = { url: gateway.url, key: await gateway.addKey(tenant, 'submitter') };
    await expect(readJobs(submitter)).rejects.toThrow('403');
    const foreign = { url: gateway.url, key: await gateway.addKey('acme', 'admin') };
    await expect(readJobs(foreign, `?tenant=${tenant}`)).rejects.toThrow('403');
    const operator = await readJobs(gateway, `?tenant=${tenant}`);
    await eventually(() => expect([...operator.list().keys()]).toEqual([jobId]));
    operator.socket.close();
  });

  test.each(['x', '.1', 'a.', 'a.1.2', '1&after=a.2', ''])('comes back at a position, not at: %s', async (after) => {
    const { at } = await newTenant();
    await expect(readJobs(at, `?after=${after}`)).rejects.toThrow('400');
  });
});

describe('a reader that comes again', () => {
  test('at the same gateway gets the rest, also when it was away while jobs ended', async () => {
    const { at, make } = await newTenant();
    const first = await readJobs(at);
    await begun(first);
    const jobs = await Promise.all(range(1, 20).map(make));
    await eventually(() => expect(first.list().size).toBe(20));
    first.socket.terminate();
    await first.closed;
    await Promise.all(jobs.map((jobId) => end(gateway.jobs, jobId, 'completed')));
    const again = await readJobs(at, `?after=${first.position()}`, first.list());
    await eventually(() => expect(jobs.map((jobId) => stateOf(again, jobId))).toEqual(jobs.map(() => 'completed')));
    expect(again.messages[0]).toMatchObject({ type: 'resumed', resumed: true });
    expect(again.messages.every(({ type }) => type !== 'snapshot')).toBe(true);
    again.socket.close();
  });

  test('and goes to and fro between two gateways sees the last state of every job', async () => {
    const { at, atSecond, make } = await newTenant();
    let reader = await readJobs(at);
    await begun(reader);
    const jobs: JobId[] = [];
    const ended = new Set<JobId>();
    for (const turn of range(1, 12)) {
      jobs.push(...(await Promise.all(range(1, 5).map(make))));
      reader.socket.terminate();
      for (const jobId of jobs.filter((_, n) => n % 3 === turn % 3 && !ended.has(jobs[n] ?? ''))) {
        await end(gateway.jobs, jobId, 'completed');
        ended.add(jobId);
      }
      const next = turn % 2 === 0 ? at : atSecond;
      reader = await readJobs(
        next,
        reader.position() === undefined ? '' : `?after=${reader.position()}`,
        reader.list(),
      );
      await begun(reader);
      const wanted = new Map(jobs.map((jobId) => [jobId, ended.has(jobId) ? 'completed' : 'queued']));
      await eventually(() => {
        expect(new Map([...reader.list()].map(([jobId, { state }]) => [jobId, state]))).toEqual(wanted);
      });
    }
    expect(ended.size).toBeGreaterThan(20);
    reader.socket.close();
  });

  test('elsewhere is told that it begins anew', async () => {
    const { at, atSecond, make } = await newTenant();
    await make();
    const first = await readJobs(at);
    await begun(first);
    const other = await readJobs(atSecond, `?after=${first.position()}`);
    await begun(other);
    expect(other.messages[0]).toMatchObject({ type: 'snapshot', resumed: false });
    for (const { socket } of [first, other]) socket.close();
  });
});

describe('Redis that goes away and comes back', () => {
  test('makes the stream say that it is stale, and begin anew with what happened meanwhile', async () => {
    const { at, make } = await newTenant();
    const jobId = await make();
    const reader = await readJobs(at);
    await begun(reader);
    const epoch = reader.position();
    await gateway.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await end(gateway.jobs, jobId, 'completed');
    await eventually(() => expect(reader.messages.map(({ type }) => type)).toContain('stale'));
    await eventually(() => expect(stateOf(reader, jobId)).toBe('completed'));
    expect(reader.messages.findLast(({ type }) => type === 'snapshot')).not.toMatchObject({ epoch });
    const fresh = await make();
    await eventually(() => expect(stateOf(reader, fresh)).toBe('queued'));
    reader.socket.close();
  });
});

describe('a reader that does not read', () => {
  test('is dropped with a reason when too much waits for it, and the others get everything', async () => {
    const { tenant, at } = await newTenant();
    const [sleeper, reader] = await Promise.all([readJobs(at), readJobs(at)]);
    await Promise.all([begun(sleeper), begun(reader)]);
    sleeper.socket.pause();
    const before = await slowOnes();
    // What a system buffers for a socket is megabytes: only much fills it.
    const pipeline = 'x'.repeat(30_000);
    const jobs = await Promise.all(range(1, 100).map(() => createJob(gateway.jobs, { tenant, pipeline })));
    let stateIndex = 0;
    await eventually(async () => {
      stateIndex += 1;
      const state = stateIndex % 2 === 0 ? 'parsing' : 'scoring';
      const events = [{ type: 'job.state' as const, state }];
      await Promise.all(jobs.map((jobId) => change(gateway.jobs, jobId, { state, stateIndex, events })));
      return (await slowOnes()) > before;
    }, 60_000);
    sleeper.socket.resume();
    expect(await sleeper.closed).toEqual({ code: 1013, reason: 'the reader is too slow' });
    await Promise.all(jobs.map((jobId) => gateway.jobs.cancel(jobId)));
    await eventually(() => expect(jobs.map((jobId) => stateOf(reader, jobId))).toEqual(jobs.map(() => 'cancelled')));
    expect(reader.deltas().map(({ seq }) => seq)).toEqual(range(1, reader.deltas().length));
    reader.socket.close();
  }, 90_000);
});

async function slowOnes(): Promise<number> {
  const { values } = await socketsClosed.get();
  return values.find(({ labels }) => labels.reason === 'slow')?.value ?? 0;
}

describe('the door', () => {
  test('lets go of readers whose key is revoked or whose tenant is blocked, within some seconds', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const readers = await Promise.all([readJobs(one.at), readJobs(other.at)]);
    const keyId = one.at.key.split('_')[1];
    expect((await gateway.call(`/api/admin/keys/${keyId}?tenant=${one.tenant}`, { method: 'DELETE' })).ok).toBe(true);
    const policy = TenantPolicy.parse({ v: 1, tenant: other.tenant, name: 'x', isBlocked: true });
    await gateway.records.tenants.put(policy, 1);
    await gateway.redis.hset('settings:tenants', other.tenant, JSON.stringify(policy));
    await gateway.redis.publish('settings', JSON.stringify({ kind: 'tenant', tenant: other.tenant }));
    for (const reader of readers) {
      expect(await reader.closed).toEqual({ code: 1008, reason: 'the key is not valid any more' });
    }
  });

  test('takes a session from our own page only', async () => {
    const { at } = await newTenant();
    const body = JSON.stringify({ key: at.key });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${gateway.url}/api/session`, { method: 'POST', headers, body });
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const own = await readStream(at, 'jobs', JobsMessage, { cookie, origin: gateway.url });
    await eventually(() => expect(own.messages[0]?.type).toBe('snapshot'));
    await expect(readStream(at, 'jobs', JobsMessage, { cookie, origin: 'https://evil.example' })).rejects.toThrow(
      '403',
    );
    const csrf = { cookie, 'x-sluice-csrf': '1' };
    await fetch(`${gateway.url}/api/session`, { method: 'DELETE', headers: csrf });
    expect(await own.closed).toMatchObject({ code: 1008 });
  });

  test('has so many places for a key, and so many in all; those that go give theirs back', async () => {
    const small = await startGateway(undefined, {
      server: gateway.server,
      env: { SOCKETS_MAX: '3', SOCKETS_PER_KEY: '2' },
    });
    const jobId = await createJob(small.jobs);
    const key = await small.addKey('default', 'analyst');
    const one = await read(small, jobId);
    const two = await read(small, jobId);
    await expect(read(small, jobId)).rejects.toThrow('429');
    const three = await readJobs({ url: small.url, key });
    await expect(readJobs({ url: small.url, key })).rejects.toThrow('503');
    const refusal = await exchange(
      small.port,
      upgradeRequest('/api/pipeline/ws/jobs', { authorization: `Bearer ${key}` }),
    );
    expect(refusal).toMatch(/retry-after: \d+/);
    one.socket.close();
    await one.closed;
    // A handshake that is none takes no place for good.
    const broken = upgradeRequest('/api/pipeline/ws/jobs', {
      authorization: `Bearer ${key}`,
      'sec-websocket-key': 'x',
    });
    for (let at = 0; at < 5; at += 1) expect(await exchange(small.port, broken)).toMatch(/^HTTP\/1.1 4/);
    const again = await eventually(() => read(small, jobId));
    for (const { socket } of [two, three, again]) socket.close();
    await small.clear();
  });

  test('closes with 1001 when the gateway stops, and the readers go on elsewhere', async () => {
    const third = await startGateway(undefined, { server: gateway.server });
    const { tenant, at, make } = await newTenant();
    const key = await third.addKey(tenant, 'analyst');
    const jobId = await make();
    const there = { url: third.url, key };
    const [jobs, one] = await Promise.all([readJobs(there), readStream(there, `job/${jobId}`, SocketMessage)]);
    await begun(jobs);
    await Promise.all([third.stop(), end(gateway.jobs, jobId, 'completed')]);
    for (const { closed } of [jobs, one]) expect(await closed).toEqual({ code: 1001, reason: 'the gateway stops' });
    const again = await readJobs(at, `?after=${jobs.position()}`, jobs.list());
    await eventually(() => expect(stateOf(again, jobId)).toBe('completed'));
    again.socket.close();
    await third.clear();
  });
});
