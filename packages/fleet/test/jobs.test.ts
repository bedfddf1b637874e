import { randomUUIDv7 } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobEventBody, JobMeta, OutcomeStatus, TaskOutcome, TaskRecord } from '@sluice/contracts';
import { bucketOf } from '@sluice/contracts';
import {
  createFailureList,
  createJobStore,
  type FailureList,
  field,
  type JobChanges,
  type JobSnapshot,
  type JobStore,
  keysOf,
} from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, readScript, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

const LUA = new URL('../src/jobs/lua/', import.meta.url);
const DAY_SECONDS = 24 * 60 * 60;
const KEPT_SECONDS = 7 * DAY_SECONDS;
const alone = { isAlone: true };

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
let failures: FailureList;
let jobId: string;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
  jobs = createJobStore(redis);
  failures = createFailureList(redis);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

function metaOf(id: string): JobMeta {
  const fixed = { v: 1, tenant: 'default', pipeline: 'p', priority: 'normal', input: {} } as const;
  return { ...fixed, jobId: id, timeoutMs: 10_000 };
}

/** An open job with these tasks in one stage, planned and not begun. */
async function jobWith(...ids: string[]): Promise<void> {
  jobId = randomUUIDv7();
  await jobs.create(metaOf(jobId));
  expect(await jobs.apply(await seen(), planOf(ids))).toBe(true);
}

function planOf(ids: string[], change: Partial<JobChanges> = {}): JobChanges {
  const fields: JobChanges['fields'] = { [field.open('work')]: ids.length };
  const events: JobEventBody[] = [];
  for (const id of ids) {
    const record: TaskRecord = { id, name: 'test.do', stage: 'work', payload: {}, required: false, wakes: false };
    fields[field.task(id)] = JSON.stringify(record);
    fields[field.generation(id)] = 1;
    events.push({ type: 'task.planned', task: id, stage: 'work', name: 'test.do', generation: 1 });
  }
  const dueMs = Date.now() + 60_000;
  return { fields, events, state: 'work', stateIndex: 1, dueMs, ended: false, amended: false, ...change };
}

const nothing = { fields: {}, events: [] };
const end = (state: 'completed' | 'failed'): Partial<JobChanges> => {
  const events: JobEventBody[] = [{ type: 'job.ended', state }];
  return { fields: {}, events, state, stateIndex: 2, dueMs: null, ended: true };
};

async function finish(state: 'completed' | 'failed' = 'completed'): Promise<void> {
  expect(await jobs.apply(await seen(), planOf([], end(state)))).toBe(true);
}

async function seen(): Promise<JobSnapshot> {
  const job = await jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is gone');
  return job;
}

function ref(task: string, change: { generation?: number; wakes?: boolean } = {}) {
  return { jobId, task, stage: 'work', name: 'test.do', generation: 1, wakes: false, ...change };
}

const outcome: TaskOutcome = { result: {}, attempts: 1, settledMs: 1 };
const settle = (task: string, status: OutcomeStatus = 'done', change: Parameters<typeof ref>[1] = {}) =>
  jobs.settle(ref(task, change), status, outcome);
const openCount = async () => Number(await redis.hget(keysOf(jobId).job, field.open('work')));
const dueMs = async () => {
  const score = await redis.zscore(keysOf(jobId).open, jobId);
  return score === null ? null : Number(score);
};
const isDue = async () => ((await dueMs()) ?? Number.POSITIVE_INFINITY) <= (await seen()).nowMs;
const fingerprint = async () => [await redis.hgetall(keysOf(jobId).job), await jobs.eventsAfter(jobId, 0)];

describe('the scripts', () => {
  const names = readdirSync(LUA).map((file) => file.replace('.lua', ''));
  test.each(names.filter((name) => name !== 'lib'))(
    '%s.lua loads, and says what its keys and arguments are',
    async (name) => {
      const text = readScript(LUA, name);
      expect(await redis.script('LOAD', text)).toMatch(/^[0-9a-f]{40}$/);
      for (const word of ['#!lua', '-- KEYS', '-- Returns']) expect(text).toContain(word);
    },
  );
});

describe('creating', () => {
  test('happens once, and asks for the first look', async () => {
    jobId = randomUUIDv7();
    expect(await jobs.create(metaOf(jobId))).toBe(true);
    expect(await isDue()).toBe(true);
    const before = await fingerprint();
    expect(await jobs.create({ ...metaOf(jobId), priority: 'urgent' })).toBe(false);
    expect(await fingerprint()).toEqual(before);
  });
});

describe('beginning', () => {
  test('goes ahead with an open task, and says no to one that is settled, superseded, closed or gone', async () => {
    await jobWith('a', 'b');
    expect(await jobs.begin(ref('a'), 'w')).toEqual({ verdict: 'go', crashes: 0 });
    await settle('a', 'failed');
    expect((await jobs.begin(ref('a'), 'w')).verdict).toBe('settled');
    await jobs.redrive(ref('a'));
    expect((await jobs.begin(ref('a'), 'w')).verdict).toBe('superseded');
    expect((await jobs.begin(ref('a', { generation: 2 }), 'w')).verdict).toBe('go');
    expect((await jobs.begin(ref('unknown'), 'w')).verdict).toBe('gone');
    await jobs.cancel(jobId);
    expect((await jobs.begin(ref('b'), 'w')).verdict).toBe('closed');
    jobId = randomUUIDv7();
    expect((await jobs.begin(ref('a'), 'w')).verdict).toBe('gone');
  });

  test('for the first time starts the clock once, and asks for a look at the first deadline', async () => {
    await jobWith('a', 'b');
    await jobs.apply(await seen(), planOf(['a', 'b'], { fields: { limit: 2_000 } }));
    const { version } = await seen();
    await jobs.begin(ref('a'), 'w');
    const { startedMs, version: after } = await seen();
    expect(after).toBe(version + 1);
    expect(await dueMs()).toBe(Number(startedMs) + 2_000);
    await jobs.begin(ref('b'), 'w');
    expect(await seen()).toMatchObject({ startedMs, version: after });
  });

  test('never puts a look off that is wanted earlier', async () => {
    await jobWith('a', 'b');
    await settle('a', 'done', { wakes: true });
    await jobs.begin(ref('b'), 'w');
    expect(await isDue()).toBe(true);
  });

  test('counts the crash of every other worker that left its mark, and none of its own', async () => {
    await jobWith('a');
    const crashes = async (worker: string) => (await jobs.begin(ref('a'), worker, alone)).crashes;
    expect(await crashes('first')).toBe(0);
    expect(await crashes('first')).toBe(0);
    expect(await crashes('second')).toBe(1);
    expect(await crashes('third')).toBe(2);
    expect(await crashes('first')).toBe(3);
  });

  test('takes no living worker for a crashed one: its attempt is noted, and nothing counted', async () => {
    await jobWith('a');
    const asked: string[] = [];
    const isLiving = (worker: string) => {
      asked.push(worker);
      return Promise.resolve(worker !== 'dead');
    };
    for (const worker of ['one', 'other', 'one', 'other', 'dead']) {
      expect(await jobs.begin(ref('a'), worker, { isLiving })).toEqual({ verdict: 'go', crashes: 0 });
    }
    expect(await jobs.begin(ref('a'), 'last', { isLiving })).toEqual({ verdict: 'go', crashes: 1 });
    expect(asked).toEqual(['one', 'other', 'one', 'other', 'dead']);
    expect((await seen()).tasks.get('a')?.attempts.map(({ code }) => code)).toEqual([
      ...Array.from({ length: 4 }, () => 'lost-lock'),
      'crash',
    ]);
  });

  test('asks again where yet another worker has marked the task meanwhile', async () => {
    await jobWith('a');
    await jobs.begin(ref('a'), 'one');
    const asked: string[] = [];
    const isLiving = async (worker: string) => {
      asked.push(worker);
      if (worker === 'one') await jobs.begin(ref('a'), 'two', { isLiving: () => Promise.resolve(true) });
      return worker === 'one';
    };
    expect(await jobs.begin(ref('a'), 'three', { isLiving })).toEqual({ verdict: 'go', crashes: 1 });
    expect(asked).toEqual(['one', 'two']);
  });

  test('after two crashes asks to be alone, and neither marks the task nor counts a crash until it is', async () => {
    await jobWith('a');
    for (const worker of ['first', 'second']) await jobs.begin(ref('a'), worker);
    const before = await fingerprint();
    for (const worker of ['third', 'fourth']) {
      expect(await jobs.begin(ref('a'), worker)).toEqual({ verdict: 'alone', crashes: 2 });
    }
    expect(await fingerprint()).toEqual(before);
    expect(await jobs.begin(ref('a'), 'third', alone)).toEqual({ verdict: 'go', crashes: 2 });
    expect(await jobs.begin(ref('a'), 'fourth', alone)).toEqual({ verdict: 'go', crashes: 3 });
  });

  test('remembers the crashes before an attempt that failed, was given back, or stood in a line', async () => {
    await jobWith('a');
    await jobs.begin(ref('a'), 'first');
    for (const isParked of [false, true, false]) {
      expect(await jobs.begin(ref('a'), 'second')).toEqual({ verdict: 'go', crashes: 1 });
      await jobs.release(ref('a'), 'second', { isParked });
      expect((await seen()).tasks.get('a')).toMatchObject({ running: null, isParked });
    }
  });

  test('takes a generation that the job has not come to for one that was lost', async () => {
    await jobWith('a');
    const before = await fingerprint();
    expect((await jobs.begin(ref('a', { generation: 2 }), 'w')).verdict).toBe('superseded');
    expect(await settle('a', 'done', { generation: 2 })).toBe('superseded');
    expect(await fingerprint()).toEqual(before);
  });

  test('forgets the crashes of an earlier generation', async () => {
    await jobWith('a');
    for (const worker of ['first', 'second']) await jobs.begin(ref('a'), worker);
    await settle('a', 'failed');
    await jobs.redrive(ref('a'));
    expect(await jobs.begin(ref('a', { generation: 2 }), 'third')).toEqual({ verdict: 'go', crashes: 0 });
  });
});

describe('releasing', () => {
  test('takes back the mark of its own worker and generation only', async () => {
    await jobWith('a');
    await jobs.begin(ref('a'), 'mine');
    const before = await fingerprint();
    await jobs.release(ref('a'), 'other', {});
    await jobs.release(ref('a', { generation: 2 }), 'mine', {});
    expect(await fingerprint()).toEqual(before);
    expect((await seen()).tasks.get('a')?.running).toMatchObject({ worker: 'mine', crashes: 0 });
    await jobs.release(ref('a'), 'mine', {});
    expect((await seen()).tasks.get('a')?.running).toBeNull();
    expect((await jobs.begin(ref('a'), 'other')).crashes).toBe(0);
    const events = await jobs.eventsAfter(jobId, 0);
    expect(events.filter(({ type }) => type === 'task.released')).toHaveLength(1);
  });

  test('says nothing after the last word of a job', async () => {
    await jobWith('a');
    await jobs.begin(ref('a'), 'mine');
    await jobs.cancel(jobId);
    const before = await fingerprint();
    await jobs.release(ref('a'), 'mine', {});
    expect(await fingerprint()).toEqual(before);
  });
});

describe('settling', () => {
  test('twice counts once: the second answer changes nothing, whatever it says', async () => {
    await jobWith('a', 'b');
    expect(await settle('a')).toBe('recorded');
    expect(await openCount()).toBe(1);
    const before = await fingerprint();
    for (const status of ['done', 'failed', 'deferred'] as const) expect(await settle('a', status)).toBe('duplicate');
    expect(await fingerprint()).toEqual(before);
  });

  test('does not turn a failure of the same generation into success', async () => {
    await jobWith('a');
    await settle('a', 'failed');
    expect(await settle('a', 'done')).toBe('duplicate');
    expect((await seen()).healed).toBe(0);
  });

  test('of an earlier generation is refused', async () => {
    await jobWith('a');
    await settle('a', 'failed');
    await jobs.redrive(ref('a'));
    const before = await fingerprint();
    expect(await settle('a')).toBe('superseded');
    expect(await fingerprint()).toEqual(before);
    expect(await settle('a', 'done', { generation: 2 })).toBe('healed');
    expect(await openCount()).toBe(0);
  });

  test('gives a deferred outcome its late success once, without counting the task down again', async () => {
    await jobWith('a', 'b');
    await settle('a', 'deferred');
    expect(await openCount()).toBe(1);
    expect(await settle('a', 'done')).toBe('healed');
    expect(await settle('a', 'done')).toBe('duplicate');
    expect(await settle('a', 'failed')).toBe('duplicate');
    expect(await openCount()).toBe(1);
    expect((await seen()).healed).toBe(1);
  });

  test('says why a deferred task has failed after all, without counting the task down again', async () => {
    await jobWith('a', 'b');
    await settle('a', 'deferred');
    expect(await settle('a', 'failed')).toBe('recorded');
    expect(await openCount()).toBe(1);
    expect((await seen()).tasks.get('a')).toMatchObject({ isOpen: false, outcome: { status: 'failed' } });
    expect(await failures.claim(bucketOf(jobId), 10, 1_000)).toEqual([
      { kind: 'failure', jobId, task: 'a', generation: 1 },
    ]);
  });

  test('notes a failure for the desk, which is taken by one and again when its taker is silent', async () => {
    await jobWith('a', 'b');
    await settle('a', 'failed');
    await settle('b');
    const failure = { kind: 'failure', jobId, task: 'a', generation: 1 } as const;
    const bucket = bucketOf(jobId);
    expect(await failures.claim(bucket, 10, 60_000)).toEqual([failure]);
    expect(await failures.claim(bucket, 10, 60_000)).toEqual([]);
    await failures.postpone(failure, 0);
    expect(await failures.claim(bucket, 10, 60_000)).toEqual([failure]);
    await failures.close(failure);
    await failures.postpone(failure, 0);
    expect(await failures.claim(bucket, 10, 60_000)).toEqual([]);
  });

  test('records nothing in a job that failed, expired or was cancelled, nor in one that is gone', async () => {
    await jobWith('a', 'b');
    await finish('failed');
    const before = await fingerprint();
    expect(await settle('a')).toBe('closed');
    expect(await fingerprint()).toEqual(before);
    await jobWith('a');
    await jobs.cancel(jobId);
    expect(await settle('a')).toBe('closed');
    expect(await settle('unknown')).toBe('gone');
    jobId = randomUUIDv7();
    expect(await settle('a')).toBe('gone');
    expect(await redis.exists(keysOf(jobId).job)).toBe(0);
  });

  test('asks for a look when the stage has no open task left, and not before', async () => {
    await jobWith('a', 'b');
    await settle('a');
    expect(await isDue()).toBe(false);
    await settle('b', 'failed');
    expect(await isDue()).toBe(true);
  });

  test('asks for a look when the outcome wakes another stage', async () => {
    await jobWith('a', 'b');
    await settle('a', 'done', { wakes: true });
    expect(await isDue()).toBe(true);
  });

  test('asks for a look at a completed job only when it healed', async () => {
    await jobWith('a', 'b', 'c');
    for (const task of ['a', 'b']) await settle(task, 'failed');
    await finish();
    await jobs.redrive(ref('a'));
    expect(await isDue()).toBe(false);
    expect(await settle('a', 'done', { generation: 2 })).toBe('healed');
    expect(await isDue()).toBe(true);
  });

  test('after the planner opened the task again is no healing', async () => {
    await jobWith('a');
    await settle('a', 'failed');
    const again = { [field.generation('a')]: 2, [field.outcome('a')]: '', [field.open('work')]: 1 };
    await jobs.apply(await seen(), planOf([], { fields: again }));
    expect((await seen()).tasks.get('a')).toMatchObject({ isOpen: true, outcome: null });
    expect(await settle('a', 'done', { generation: 2 })).toBe('recorded');
    expect(await seen()).toMatchObject({ healed: 0 });
    expect(await settle('a', 'done', { generation: 2 })).toBe('duplicate');
  });
});

describe('redriving', () => {
  test('opens what failed or was deferred in the next generation, and counts it as open', async () => {
    await jobWith('a', 'b');
    await settle('a', 'failed');
    await settle('b', 'deferred');
    for (const task of ['a', 'b']) {
      expect(await jobs.redrive(ref(task))).toMatchObject({ generation: 2, record: { id: task } });
    }
    expect(await openCount()).toBe(2);
    const events = await jobs.eventsAfter(jobId, 0);
    expect(events.at(-1)).toMatchObject({ type: 'task.planned', task: 'b', generation: 2 });
  });

  test('refuses what is open, done, closed or gone, and changes nothing then', async () => {
    await jobWith('a', 'b', 'c');
    await settle('b');
    await settle('c', 'failed');
    await jobs.redrive(ref('c'));
    const before = await fingerprint();
    for (const [task, refused] of Object.entries({ a: 'open', b: 'done', unknown: 'gone' })) {
      expect(await jobs.redrive(ref(task))).toEqual({ refused });
    }
    // Whoever opened it may have died before queueing it.
    expect(await jobs.redrive(ref('c'))).toMatchObject({ generation: 2, record: { id: 'c' } });
    expect(await fingerprint()).toEqual(before);
    await settle('c', 'failed', { generation: 2 });
    await jobs.cancel(jobId);
    expect(await jobs.redrive(ref('c'))).toEqual({ refused: 'closed' });
  });

  test('refuses what has failed again since the caller looked: that wants another judgement', async () => {
    await jobWith('a');
    await settle('a', 'failed');
    expect(await jobs.redrive(ref('a'))).toMatchObject({ generation: 2 });
    await settle('a', 'failed', { generation: 2 });
    const before = await fingerprint();
    expect(await jobs.redrive(ref('a'))).toEqual({ refused: 'changed' });
    expect(await fingerprint()).toEqual(before);
    expect(await jobs.redrive(ref('a', { generation: 2 }))).toMatchObject({ generation: 3 });
  });
});

describe('cancelling', () => {
  test('ends an open job once, and tells the workers', async () => {
    await jobWith('a');
    const listener = redis.duplicate();
    const heard: string[] = [];
    listener.on('message', (_channel, id) => heard.push(id));
    await listener.subscribe('cancels');
    expect(await jobs.cancel(jobId)).toBe('cancelled');
    const before = await fingerprint();
    expect(await jobs.cancel(jobId)).toBe('cancelled');
    expect(await fingerprint()).toEqual(before);
    expect((await jobs.eventsAfter(jobId, 0)).at(-1)).toMatchObject({ type: 'job.ended', state: 'cancelled' });
    await eventually(() => expect(heard).toEqual([jobId]));
    await closeRedis(listener);
  });

  test('leaves an ended job as it is, and knows no unknown one', async () => {
    await jobWith('a');
    await finish();
    expect(await jobs.cancel(jobId)).toBe('completed');
    expect((await seen()).state).toBe('completed');
    expect(await jobs.cancel(randomUUIDv7())).toBeNull();
  });
});

describe('claiming', () => {
  const claim = (leaseMs = 60_000) => jobs.claim(bucketOf(jobId), 50, leaseMs);

  test('gives a due job to one taker, and to another when the lease is over', async () => {
    jobId = randomUUIDv7();
    await jobs.create(metaOf(jobId));
    const [first, second] = await Promise.all([claim(), claim()]);
    expect([...first, ...second].map(({ meta }) => meta.jobId)).toEqual([jobId]);
    expect(await claim()).toEqual([]);
    expect(Number(await dueMs())).toBeGreaterThan((await seen()).nowMs + 50_000);
    await redis.zadd(keysOf(jobId).open, 1, jobId);
    expect(await claim(1)).toHaveLength(1);
    await eventually(async () => expect(await claim()).toHaveLength(1));
  });

  test('takes no more than it is asked for, the longest due first', async () => {
    const ids = [1, 2, 3].map((n) => `00000000-0000-0000-0000-0000000000${n}0`);
    for (const id of ids) await jobs.create(metaOf(id));
    await redis.zadd('open:{b00}', 1, ids[2] ?? '');
    const taken = await jobs.claim('b00', 2, 60_000);
    expect(taken).toHaveLength(2);
    expect(taken[0]?.meta.jobId).toBe(ids[2]);
  });

  test('gives the other jobs to their taker when one of them cannot be read', async () => {
    const ids = [1, 2].map((n) => `00000000-0000-0000-0000-0000000000${n}0`);
    for (const id of ids) await jobs.create(metaOf(id));
    await redis.hset(keysOf(ids[0] ?? '').job, 'meta', '{}');
    const taken = await jobs.claim('b00', 50, 60_000);
    expect(taken.map(({ meta }) => meta.jobId)).toContain(ids[1]);
  });

  test('drops a job whose keys have run out', async () => {
    jobId = randomUUIDv7();
    await redis.zadd(keysOf(jobId).open, 1, jobId);
    expect(await claim()).toEqual([]);
    expect(await dueMs()).toBeNull();
  });
});

describe('applying a plan', () => {
  test('is refused when the job has changed since, and changes nothing then', async () => {
    await jobWith('a');
    const old = await seen();
    await settle('a');
    const before = await fingerprint();
    expect(await jobs.apply(old, planOf(['x']))).toBe(false);
    expect(await fingerprint()).toEqual(before);
    expect(await isDue()).toBe(true);
  });

  test('of two that saw the same job happens once', async () => {
    await jobWith('a');
    const job = await seen();
    const both = await Promise.all([jobs.apply(job, planOf(['x'])), jobs.apply(job, planOf(['x']))]);
    expect(both.filter(Boolean)).toHaveLength(1);
  });

  test('that steps backwards is an error, and changes nothing', async () => {
    await jobWith('a');
    await expect(jobs.apply(await seen(), planOf([], { state: 'queued', stateIndex: 0 }))).rejects.toThrow('BACKWARDS');
    await finish();
    const before = await fingerprint();
    const steps: Partial<JobChanges>[] = [
      { state: 'work', stateIndex: 1 },
      { state: 'failed', stateIndex: 2, ended: true },
      { state: 'completed', stateIndex: 1 },
    ];
    for (const step of steps) {
      await expect(jobs.apply(await seen(), planOf([], step))).rejects.toThrow('BACKWARDS');
    }
    expect(await fingerprint()).toEqual(before);
  });

  test('of a thousand tasks fits into one script', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `t-${n}`);
    await jobWith(...ids);
    expect((await seen()).tasks.size).toBe(1_000);
    expect((await seen()).seq).toBe(1_001);
  });

  test('that ends the job leaves nothing in the list, and lets its keys live for 7 days', async () => {
    await jobWith('a');
    const { job, events } = keysOf(jobId);
    expect(await redis.ttl(job)).toBe(-1);
    for (const how of [() => finish(), () => finish('failed'), () => jobs.cancel(jobId)]) {
      await jobWith('a');
      await how();
      expect(await dueMs()).toBeNull();
      for (const key of [keysOf(jobId).job, keysOf(jobId).events]) {
        const seconds = await redis.ttl(key);
        expect(seconds).toBeGreaterThan(KEPT_SECONDS - 60);
        expect(seconds).toBeLessThanOrEqual(KEPT_SECONDS);
      }
    }
    expect(await redis.ttl(events)).toBe(-1);
  });

  test('and what comes after it do not lengthen the life of an ended job', async () => {
    await jobWith('a');
    await settle('a', 'deferred');
    await finish();
    const { job, events } = keysOf(jobId);
    await Promise.all([redis.expire(job, 100), redis.expire(events, 100)]);
    await settle('a', 'done');
    await jobs.apply(
      await seen(),
      planOf([], { ...nothing, state: 'completed', stateIndex: 2, fields: { amended: 1 } }),
    );
    expect(await redis.ttl(job)).toBeLessThanOrEqual(100);
    expect(await redis.ttl(events)).toBeLessThanOrEqual(100);
    expect(await redis.ttl(job)).toBeGreaterThan(0);
    expect(await redis.ttl(events)).toBeGreaterThan(0);
  });

  test('that ends the job keeps it in the list when it is to be amended at once', async () => {
    await jobWith('a');
    await jobs.apply(await seen(), planOf([], { ...end('completed'), dueMs: 1 }));
    expect(await isDue()).toBe(true);
  });

  test('that has nothing to say puts the look off, unless the job has changed since', async () => {
    await jobWith('a', 'b');
    const job = await seen();
    expect(await jobs.rest(job, 5)).toBe(true);
    expect(await dueMs()).toBe(5);
    await settle('a', 'done', { wakes: true });
    for (const later of [null, Date.now() + 60_000]) expect(await jobs.rest(job, later)).toBe(false);
    expect(await isDue()).toBe(true);
    expect(await jobs.rest(await seen(), null)).toBe(true);
    expect(await dueMs()).toBeNull();
  });
});

describe('events', () => {
  test('are numbered from 1 without a gap, published in order, and noted in the journal, whoever causes them', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `t-${n}`);
    const listener = redis.duplicate();
    const heard: { jobId: string; seq: number }[] = [];
    listener.on('pmessage', (_pattern, _channel, text) => {
      for (const line of text.split('\n')) heard.push(JSON.parse(line));
    });
    await listener.psubscribe('events:*');
    await jobWith(...ids);
    await Promise.all(
      ids.map(async (id, n) => {
        await jobs.begin(ref(id), 'w');
        if (n % 3 === 0) await jobs.release(ref(id), 'w', {});
        await settle(id, n % 2 === 0 ? 'failed' : 'done');
        if (n % 4 === 0) await jobs.redrive(ref(id));
      }),
    );
    await jobs.cancel(jobId);
    const events = await jobs.eventsAfter(jobId, 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.length).toBe((await seen()).seq);
    expect(await jobs.eventsAfter(jobId, events.length - 1)).toEqual(events.slice(-1));
    await eventually(() => expect(heard).toEqual(events));
    const [[, fields] = []] = await redis.xrevrange(keysOf(jobId).journal, '+', '-', 'COUNT', 1);
    expect(fields).toEqual(['j', jobId, 's', String(events.length)]);
    await closeRedis(listener);
  });

  test('of one moment belong to the snapshot of that moment', async () => {
    await jobWith('a');
    const snapshots: JobSnapshot[] = [];
    const watch = async () => {
      for (let n = 0; n < 30; n++) snapshots.push(await seen());
    };
    const other = connectRedis(server.url, { name: 'other' });
    const change = async () => {
      const store = createJobStore(other);
      for (let n = 0; n < 30; n++) {
        await store.begin(ref('a'), 'w');
        await store.release(ref('a'), 'w', {});
      }
    };
    await Promise.all([watch(), change()]);
    await closeRedis(other);
    const events = await jobs.eventsAfter(jobId, 0);
    for (const { seq, tasks } of snapshots) {
      const isRunning = events[seq - 1]?.type === 'task.started';
      expect(tasks.get('a')?.running !== null).toBe(isRunning);
    }
  });
});
