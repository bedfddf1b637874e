import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { bucketOf, type DeskOrder } from '@sluice/contracts';
import { createFailureList } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { createHost, type Host } from './jobs-host.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
});
afterEach(() => redis.flushall());
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

const statusOf = async (host: Host, task: string) => (await host.seen()).tasks.get(task);

describe('the history of a task', () => {
  test('has every attempt that did not end well: failed, tried again, deferred, crashed; and none of those given back', async () => {
    const host = createHost(redis);
    const { jobs, ref, attempt } = host;
    await host.plan({ a: {} });
    await jobs.begin(ref('a'), 'w "1"');
    await jobs.begin(ref('a'), 'w2', { attempt: 1 });
    await jobs.release(ref('a'), 'w2', { attempt: attempt(1) });
    await jobs.begin(ref('a'), 'w3', { attempt: 2 });
    await jobs.release(ref('a'), 'w3', {});
    await host.settle('a', 'deferred', 1, attempt(2, { code: 'quota-exhausted' }));
    await host.settle('a', 'failed', 1, attempt(3, { internal: 'line\nbreak "quoted"', stack: 'at a\nat b' }));
    await host.settle('a', 'failed', 1, attempt(4));
    const view = await statusOf(host, 'a');
    const brief = view?.attempts.map(({ number, code, worker }) => [number, code, worker]);
    expect(brief).toEqual([
      [1, 'crash', 'w "1"'],
      [1, 'test', 'w'],
      [2, 'quota-exhausted', 'w'],
      [3, 'test', 'w'],
    ]);
    expect(view?.attempts[0]).toMatchObject({ generation: 1, startedMs: expect.any(Number) });
    expect(view?.attempts.at(-1)).toMatchObject({ internal: 'line\nbreak "quoted"', stack: 'at a\nat b' });
  });

  test('is kept through generations, and has the last 20 attempts', async () => {
    const host = createHost(redis);
    await host.plan({ a: {} });
    for (let generation = 1; generation <= 25; generation++) {
      await host.settle('a', 'failed', generation, host.attempt(1, { generation }));
      await host.jobs.redrive(host.ref('a', generation));
    }
    const generations = (await statusOf(host, 'a'))?.attempts.map(({ generation }) => generation);
    expect(generations).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
  });

  test('has 24 KB at most, and always the last attempt', async () => {
    const host = createHost(redis);
    await host.plan({ a: {} });
    for (let generation = 1; generation <= 12; generation++) {
      const long = { generation, internal: 'x'.repeat(2_000), stack: 'y'.repeat(4_000) };
      await host.settle('a', 'failed', generation, host.attempt(1, long));
      await host.jobs.redrive(host.ref('a', generation));
    }
    expect(await redis.hstrlen(host.keys.job, 'a:a')).toBeLessThanOrEqual(24 * 1024);
    expect((await statusOf(host, 'a'))?.attempts.map(({ generation }) => generation)).toEqual([9, 10, 11, 12]);
  });
});

describe('opening a job again', () => {
  async function deadJob(state: 'failed' | 'expired'): Promise<Host> {
    const host = createHost(redis);
    await host.plan({ must: { required: true }, may: {}, well: {}, open: { stage: 'sum' }, late: {} });
    await host.jobs.begin(host.ref('must'), 'w');
    await host.settle('must', 'failed');
    await host.settle('may', 'failed');
    await host.settle('late', 'deferred');
    await host.settle('well');
    await host.jobs.begin(host.ref('open', 1, 'sum'), 'aborted');
    await host.end(state);
    return host;
  }

  test.each(['failed', 'expired'] as const)(
    'that %s lets it go on from where it was, with its time anew',
    async (state) => {
      const host = await deadJob(state);
      const { jobs, jobId, ref } = host;
      expect(await jobs.redrive(ref('may'))).toEqual({ refused: 'closed' });
      const ended = await host.seen();
      expect((await jobs.statistics()).ended).toEqual({ [state]: 1 });
      expect(await jobs.redrive(ref('may'), { reopen: true })).toMatchObject({ generation: 2, record: { id: 'may' } });
      const job = await host.seen();
      expect(job).toMatchObject({ state: 'working', stateIndex: 1, endedMs: null, startedMs: null, error: null });
      expect(job.sinceMs).toBeGreaterThanOrEqual(ended.nowMs);
      expect(await host.isDue()).toBe(true);
      expect(await redis.ttl(host.keys.job)).toBe(-1);
      expect(await redis.ttl(host.keys.events)).toBe(-1);
      expect((await jobs.statistics()).ended).toEqual({ [state]: 0 });
      // What it cannot do without is tried too, and its failure is forgotten; what it can do without is a healing.
      expect(job.tasks.get('must')).toMatchObject({ generation: 2, isOpen: true, outcome: null });
      expect(job.tasks.get('may')).toMatchObject({ generation: 2, isOpen: true, outcome: { status: 'failed' } });
      expect(job.tasks.get('late')).toMatchObject({ generation: 1, isOpen: false });
      expect(await host.openCount()).toBe(2);
      const events = await jobs.eventsAfter(jobId, ended.seq);
      expect(events).toMatchObject([
        { seq: ended.seq + 1, type: 'job.reopened', state: 'working' },
        { type: 'task.planned', task: 'may', generation: 2, name: 'test.do', stage: 'work' },
        { type: 'task.planned', task: 'must', generation: 2 },
      ]);
      expect(await host.settle('must', 'done', 2)).toBe('recorded');
      expect(await host.settle('may', 'done', 2)).toBe('healed');
      expect(await host.openCount()).toBe(0);
      await host.end('completed');
      expect(await host.seen()).toMatchObject({ state: 'completed' });
      expect((await jobs.statistics()).ended).toEqual({ [state]: 0, completed: 1 });
    },
  );

  test('takes nobody who was aborted for a crash', async () => {
    const host = await deadJob('failed');
    await host.jobs.retry(host.jobId);
    expect(await host.jobs.begin(host.ref('open', 1, 'sum'), 'other')).toEqual({ verdict: 'go', crashes: 0 });
  });

  test('starts its clock with the first begin, which asks for a look', async () => {
    const host = await deadJob('expired');
    await host.jobs.retry(host.jobId);
    await host.apply({ dueMs: Date.now() + 60_000 });
    await host.jobs.begin(host.ref('must', 2), 'w');
    expect(await host.isDue()).toBe(true);
    expect((await host.seen()).startedMs).not.toBeNull();
  });

  test('twice at the same time happens once', async () => {
    const host = await deadJob('failed');
    const { jobs, jobId } = host;
    const both = await Promise.all([jobs.retry(jobId), jobs.retry(jobId)]);
    const events = await jobs.eventsAfter(jobId, 0);
    expect(events.filter(({ type }) => type === 'job.reopened')).toHaveLength(1);
    expect((await statusOf(host, 'must'))?.generation).toBe(2);
    expect(await host.openCount()).toBe(3);
    expect(both[0]).toMatchObject({ tasks: ['late', 'may', 'must', 'open'].map((id) => ({ record: { id } })) });
  });

  test('is refused where it was cancelled, where the task is done, and where there is none', async () => {
    const host = await deadJob('failed');
    const before = await host.everything();
    const { jobs, ref } = host;
    expect(await jobs.redrive(ref('well'), { reopen: true })).toEqual({ refused: 'done' });
    expect(await jobs.redrive(ref('unknown'), { reopen: true })).toEqual({ refused: 'gone' });
    expect(await host.everything()).toEqual(before);
    const cancelled = createHost(redis);
    await cancelled.plan({ a: {} });
    await cancelled.settle('a', 'failed');
    await cancelled.jobs.cancel(cancelled.jobId);
    expect(await cancelled.jobs.redrive(cancelled.ref('a'), { reopen: true })).toEqual({ refused: 'closed' });
    expect(await cancelled.jobs.retry(cancelled.jobId)).toEqual({ refused: 'closed' });
    expect(await createHost(redis).jobs.retry(cancelled.jobId.replace(/^./, 'f'))).toEqual({ refused: 'gone' });
  });
});

describe('retrying a job', () => {
  test('that goes on, or is completed, opens what failed or was deferred, and nothing else', async () => {
    for (const isCompleted of [false, true]) {
      const host = createHost(redis);
      await host.plan({ bad: {}, late: {}, well: {}, open: {} });
      await host.settle('bad', 'failed');
      await host.settle('late', 'deferred');
      await host.settle('well');
      if (isCompleted) await host.end('completed');
      const retried = await host.jobs.retry(host.jobId);
      expect(retried).toMatchObject({
        tasks: [
          { record: { id: 'bad' }, generation: 2 },
          { record: { id: 'late' }, generation: 2 },
        ],
      });
      expect(await host.openCount()).toBe(3);
      expect((await host.seen()).state).toBe(isCompleted ? 'completed' : 'working');
      // The failure desk hears of it in the same step.
      const told = await redis.zrange(host.keys.failed, '0', '-1');
      expect(told).toEqual(expect.arrayContaining([`${host.jobId} bad 2`, `${host.jobId} late 2`]));
      // Whoever opened them may have died before queueing them.
      const before = await host.everything();
      expect(await host.jobs.retry(host.jobId)).toEqual(retried);
      expect(await host.everything()).toEqual(before);
      expect(await redis.zscore(host.keys.open, host.jobId)).not.toBeNull();
    }
  });

  test('is counted, and so is fresh work, once', async () => {
    const host = createHost(redis);
    await host.plan({ must: { required: true }, well: {} });
    await host.settle('must', 'failed');
    await host.settle('well');
    await host.end('failed');
    expect(await host.jobs.statistics()).toMatchObject({ settled: 2, redriven: 0 });
    await host.jobs.retry(host.jobId);
    await host.settle('must', 'done', 2);
    await host.end('completed');
    expect(await host.jobs.statistics()).toMatchObject({ settled: 2, redriven: 1, ended: { failed: 0, completed: 1 } });
  });
});

describe('the end of a job', () => {
  test('that fails, expires, is closed or cancelled is told to the workers; one that is completed is not', async () => {
    const listener = redis.duplicate();
    const heard: string[] = [];
    listener.on('message', (_channel, id) => heard.push(id));
    await listener.subscribe('cancels');
    const ends: ((host: Host) => Promise<unknown>)[] = [
      (host) => host.end('completed'),
      (host) => host.end('failed'),
      (host) => host.end('expired'),
      ({ jobs, jobId }) => jobs.cancel(jobId),
      ({ jobs, jobId }) =>
        jobs.close(jobId, 'failed', { code: 'lost', message: 'It is lost.', disposition: 'give-up' }),
    ];
    const hosts: Host[] = [];
    for (const end of ends) {
      const host = createHost(redis);
      hosts.push(host);
      await host.plan({ a: {} });
      await end(host);
    }
    await eventually(() => expect(heard).toEqual(hosts.slice(1).map(({ jobId }) => jobId)));
    expect(await hosts.at(-1)?.seen()).toMatchObject({ state: 'failed', error: { code: 'lost' } });
    await closeRedis(listener);
  });
});

describe('the list for the failure desk', () => {
  test('takes orders of people beside failures; the same order twice is one', async () => {
    const failures = createFailureList(redis);
    const host = createHost(redis);
    await host.plan({ a: {} });
    await host.settle('a', 'failed');
    const { jobId } = host;
    const order: DeskOrder = { action: 'requeue', jobId, task: 'a', by: 'key 1 {}' };
    await failures.order(order, 1);
    await failures.order(order, 2);
    await failures.order({ ...order, action: 'discard' }, Date.now() + 60_000);
    await redis.zadd(host.keys.failed, 1, '{"action":"dance"}');
    await redis.zadd(host.keys.failed, 1, '{no json');
    const bucket = bucketOf(jobId);
    const taken = await failures.claim(bucket, 10, 60_000);
    expect(taken).toEqual([
      { kind: 'order', ...order },
      { kind: 'failure', jobId, task: 'a', generation: 1 },
    ]);
    expect(await failures.claim(bucket, 10, 60_000)).toEqual([]);
    for (const entry of taken) await failures.postpone(entry, 1);
    expect(await failures.claim(bucket, 10, 60_000)).toHaveLength(2);
    for (const entry of taken) await failures.close(entry);
    expect(await redis.zcard(host.keys.failed)).toBe(1);
  });
});
