import { randomUUIDv7 } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobMeta, type TaskRecord, tasks } from '@sluice/contracts';
import { createJobStore, field, type JobSnapshot, type JobStore, keysOf } from '@sluice/fleet/jobs';
import {
  createPool,
  createProducer,
  type PoolRuntime,
  type Producer,
  type QueuedTask,
  queuedTask,
} from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { createReaper } from '../src/reaper.ts';

const catalogue = { 'observable.check': tasks['observable.check'] };
const blob = `default/${'0'.repeat(64)}`;
const STILL_MS = 100;

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
let producer: Producer;
let running: { stop(): Promise<void> }[] = [];
const log = createLogger('test', 'test', 'error');
log.silent = true;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
  jobs = createJobStore(redis);
  producer = createProducer(redis);
});
afterEach(async () => {
  await Promise.all(running.map((part) => part.stop()));
  running = [];
  await redis.flushall();
});
afterAll(async () => {
  await producer.close();
  await closeRedis(redis);
  await server.stop();
});

function startReaper(stillMs = STILL_MS, store = jobs): void {
  const reaper = createReaper({ jobs: store, producer, catalogue, log, stillMs, everyMs: 20 });
  reaper.start();
  running.push(reaper);
}

/** Counts how often the work is done. */
function startPool(): { calls: number } {
  const counter = { calls: 0 };
  const check = () => {
    counter.calls += 1;
    return Promise.resolve({ findings: blob, count: 0 });
  };
  const handlers = { 'observable.check': check };
  const shared = { catalogue, redisUrl: server.url, jobs, concurrency: 2, log };
  const pool: PoolRuntime = createPool({ pool: 'analysis', worker: 'alive', handlers, ...shared });
  pool.start();
  running.push(pool);
  return counter;
}

/** A job whose planner died after it wrote the plan: its task is open, and no queue holds it. */
async function planned(bucketDigit = '0', payload: unknown = { indicators: blob }): Promise<QueuedTask> {
  const jobId = `${randomUUIDv7().slice(0, -1)}${bucketDigit}`;
  const fixed = { v: 1, tenant: 'default', pipeline: 'observable-scan', priority: 'normal', input: {} } as const;
  const meta: JobMeta = { ...fixed, jobId, timeoutMs: 60_000 };
  await jobs.create(meta);
  const record: TaskRecord = {
    id: 'checks.t',
    name: 'observable.check',
    stage: 'checks',
    payload,
    required: true,
    wakes: false,
  };
  const stages = JSON.stringify([{ name: 'checks', state: 'checks', share: 100 }]);
  const fields = {
    stages,
    [field.task(record.id)]: JSON.stringify(record),
    [field.generation(record.id)]: 1,
    [field.open('checks')]: 1,
  };
  const dueMs = Date.now() + 60_000;
  const changes = { fields, events: [], state: 'checks', stateIndex: 1, dueMs, ended: false, amended: false };
  expect(await jobs.apply(await jobOf(jobId), changes)).toBe(true);
  return queuedTask({ meta, outline: [{ name: 'checks' }] }, { record, generation: 1 }, catalogue, undefined);
}

async function jobOf(jobId: string): Promise<JobSnapshot> {
  const job = await jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is gone');
  return job;
}

const done = ({ message }: QueuedTask, patienceMs?: number) =>
  eventually(async () => {
    const { tasks: views } = await jobOf(message.jobId);
    expect(views.get(message.task)?.outcome?.status).toBe('done');
  }, patienceMs);

/** All that the queue holds is gone, as after a loss of its data. */
async function loseQueue(): Promise<void> {
  const keys = await redis.keys('{sluice:analysis}:*');
  if (keys.length > 0) await redis.del(...keys);
}

describe('a task whose message was lost', () => {
  test('because its planner died before it could queue it is done, and the job is planned again', async () => {
    startPool();
    const task = await planned();
    startReaper();
    await done(task);
    const { open } = keysOf(task.message.jobId);
    expect(Number(await redis.zscore(open, task.message.jobId))).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  test('because the queue lost it is done', async () => {
    const task = await planned();
    await producer.tasks([task]);
    await loseQueue();
    expect(await producer.holds('analysis', task.message)).toBe(false);
    startReaper();
    startPool();
    await done(task);
  });

  test('is queued once and done once, however many reapers find it', async () => {
    const tasksOf = await Promise.all(['0', '7', 'f'].map((digit) => planned(digit)));
    const counter = startPool();
    startReaper();
    startReaper();
    for (const task of tasksOf) await done(task);
    expect(counter.calls).toBe(3);
  });

  test('is left alone while the job moves', async () => {
    const task = await planned();
    let inspections = 0;
    const snapshot: JobStore['snapshot'] = (jobId) => {
      inspections += 1;
      return jobs.snapshot(jobId);
    };
    startReaper(60_000, { ...jobs, snapshot });
    await eventually(() => inspections >= 3);
    expect(await producer.holds('analysis', task.message)).toBe(false);
  });

  test('together with the worker that was doing it is done', async () => {
    const task = await planned();
    await jobs.begin(task.message, 'dead');
    startPool();
    startReaper();
    await done(task, 1_500);
  });

  test('is done although another job cannot be inspected', async () => {
    await planned('0', { indicators: 'x'.repeat(70_000) });
    const task = await planned('f');
    await eventually(async () => {
      const { nowMs, createdMs } = await jobOf(task.message.jobId);
      return nowMs - createdMs > 2 * STILL_MS;
    });
    startPool();
    startReaper();
    await done(task, 1_500);
  });
});
