import { randomUUIDv7 } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { defineTasks, type JobMeta, SluiceError } from '@sluice/contracts';
import { createJobStore, type JobStore, keysOf } from '@sluice/fleet/jobs';
import {
  createPool,
  createProducer,
  type Handlers,
  type PoolRuntime,
  type Producer,
  queuedTask,
} from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { z } from 'zod';
import { createEngine, definePipeline, taskMaker } from '../src/engine/index.ts';

const limits = { attempts: 4, timeLimitMs: 2_000 };
const catalogue = defineTasks({
  'test.split': {
    pool: 'analysis',
    payload: z.object({ into: z.int() }),
    result: z.object({ parts: z.int() }),
    ...limits,
  },
  'test.part': { pool: 'sandbox', payload: z.object({ n: z.int() }), result: z.object({ n: z.int() }), ...limits },
  'test.sum': {
    pool: 'aggregation',
    payload: z.object({ ns: z.array(z.int()) }),
    result: z.object({ sum: z.int() }),
    ...limits,
  },
});
const task = taskMaker(catalogue);
const Input = z.object({ into: z.int() });

/** One task, then as many as it says, then one that sums up what succeeded. */
const spread = definePipeline({
  name: 'spread',
  input: Input,
  stages: [
    { name: 'split', share: 20, timeLimitMs: 5_000, tasks: (job) => [task('test.split', { into: job.input.into })] },
    {
      name: 'work',
      share: 60,
      timeLimitMs: 5_000,
      tasks: (job) => {
        const split = job.settled.find(({ name }) => name === 'test.split');
        const { parts } = z.object({ parts: z.int() }).parse(split?.result);
        return Array.from({ length: parts }, (_, n) => task('test.part', { n }, { key: `part-${n}`, optional: true }));
      },
    },
    {
      name: 'sum',
      share: 20,
      timeLimitMs: 5_000,
      concludes: true,
      tasks: (job) => {
        const parts = job.settled.filter(({ name, status }) => name === 'test.part' && status === 'done');
        return [task('test.sum', { ns: parts.map(({ result }) => z.object({ n: z.int() }).parse(result).n) })];
      },
    },
  ],
  result: (job) => {
    const sum = job.settled.find(({ name }) => name === 'test.sum');
    return { summary: z.object({ sum: z.int() }).parse(sum?.result) };
  },
});

/** One stage whose optional parts get 300 ms, then the sum. */
const hasty = definePipeline({
  name: 'hasty',
  input: Input,
  stages: [
    {
      name: 'work',
      share: 80,
      timeLimitMs: 300,
      tasks: ({ input }) =>
        Array.from({ length: input.into }, (_, n) => task('test.part', { n }, { key: `part-${n}`, optional: true })),
    },
    { name: 'sum', share: 20, timeLimitMs: 5_000, concludes: true, tasks: () => [task('test.sum', { ns: [] })] },
  ],
  result: () => ({ summary: {} }),
});

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
let producer: Producer;
const log = createLogger('test', 'test', 'error');
log.silent = true;
let running: { stop(): Promise<void> }[] = [];

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

type Part = Handlers<typeof catalogue, 'sandbox'>['test.part'];

const sumUp: Handlers<typeof catalogue, 'aggregation'>['test.sum'] = ({ ns }) =>
  Promise.resolve({ sum: ns.reduce((a, b) => a + b, 0) });

function startFleet(part: Part = ({ n }) => Promise.resolve({ n }), sum = sumUp, store = jobs): void {
  const shared = { catalogue, redisUrl: server.url, jobs, producer, concurrency: 5, log, retryBaseMs: 5 };
  const engine = createEngine({ ...shared, jobs: store, pipelines: [spread, hasty], worker: 'o' });
  const pools: PoolRuntime[] = [
    createPool({
      pool: 'analysis',
      worker: 'a',
      handlers: { 'test.split': ({ into }) => Promise.resolve({ parts: into }) },
      ...shared,
    }),
    createPool({ pool: 'sandbox', worker: 's', handlers: { 'test.part': part }, ...shared }),
    createPool({
      pool: 'aggregation',
      worker: 'g',
      handlers: { 'test.sum': sum },
      ...shared,
    }),
  ];
  for (const piece of [engine, ...pools]) piece.start();
  running.push(engine, ...pools);
}

async function submit(into: number, change: Partial<JobMeta> = {}): Promise<string> {
  const jobId = randomUUIDv7();
  const meta: JobMeta = {
    v: 1,
    jobId,
    tenant: 'default',
    pipeline: 'spread',
    priority: 'normal',
    input: { into },
    timeoutMs: 10_000,
    ...change,
  };
  await jobs.create(meta);
  return jobId;
}

async function ended(jobId: string) {
  return eventually(async () => {
    const job = await jobs.snapshot(jobId);
    if (job?.endedMs == null) throw new Error(`job is ${job?.state}`);
    return job;
  });
}

describe('the engine', () => {
  test('carries a job through its stages, and every event has the next number', async () => {
    startFleet();
    const job = await ended(await submit(5));
    expect(job.state).toBe('completed');
    expect(job.result).toEqual({ summary: { sum: 10 } });
    const events = await jobs.eventsAfter(job.meta.jobId, 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'job.ended', state: 'completed' });
    const states = events.flatMap((event) => (event.type === 'job.state' ? [event.state] : []));
    expect(states).toEqual(['split', 'work', 'sum']);
  });

  test('completes a stage without tasks while planning', async () => {
    startFleet();
    const job = await ended(await submit(0));
    expect(job.result).toEqual({ summary: { sum: 0 } });
  });

  test('tries again what may heal, and reports without what does not', async () => {
    let tries = 0;
    startFleet(({ n }) => {
      if (n === 0 && ++tries < 3) throw new SluiceError('flaky', 'not now', { disposition: 'retry' });
      if (n === 1) throw new SluiceError('hopeless', 'never', { disposition: 'give-up' });
      return Promise.resolve({ n });
    });
    const job = await ended(await submit(4));
    expect(job.result).toEqual({ summary: { sum: 5 } });
    expect(job.tasks.get('work.part-0')?.outcome).toMatchObject({ status: 'done', attempts: 3 });
    expect(job.tasks.get('work.part-1')?.outcome).toMatchObject({ status: 'failed', error: { code: 'hopeless' } });
  });

  test('defers optional work of the first stage at its limit, though its clock started after the plan was made', async () => {
    startFleet(({ n }, { signal }) =>
      n === 0
        ? Promise.resolve({ n })
        : new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late')))),
    );
    const job = await ended(await submit(2, { pipeline: 'hasty' }));
    expect(job.state).toBe('completed');
    expect(job.tasks.get('work.part-0')?.outcome?.status).toBe('done');
    expect(job.tasks.get('work.part-1')?.outcome?.status).toBe('deferred');
    expect((job.endedMs ?? 0) - (job.startedMs ?? 0)).toBeLessThan(1_900);
  });

  test('fails a job at once whose plan cannot be queued', async () => {
    startFleet();
    const job = await ended(await submit(1_001, { pipeline: 'hasty' }));
    expect(job).toMatchObject({ state: 'failed', error: { code: 'plan-error' } });
  });

  test('shares its work with a second engine, and no look waits for a lease to end', async () => {
    startFleet();
    startFleet();
    const jobIds = await Promise.all(Array.from({ length: 20 }, () => submit(5)));
    for (const jobId of jobIds) {
      const job = await ended(jobId);
      expect(job.result).toEqual({ summary: { sum: 10 } });
      expect((job.endedMs ?? 0) - job.createdMs).toBeLessThan(9_000);
    }
  });

  test('plans again at once when another change overtook its plan', async () => {
    const jobId = await submit(3);
    const stale: JobStore['apply'] = async (seen, changes) => {
      if (changes.state === 'work' && (await redis.set('overtaken', 1, 'NX')) !== null) {
        await redis.hincrby(keysOf(jobId).job, 'version', 1);
      }
      return jobs.apply(seen, changes);
    };
    startFleet(undefined, undefined, { ...jobs, apply: stale });
    const job = await ended(jobId);
    expect(job.state).toBe('completed');
    expect((job.endedMs ?? 0) - job.createdMs).toBeLessThan(5_000);
    expect(await redis.exists('overtaken')).toBe(1);
  });
});

describe('a job that failed', () => {
  test('and is opened again goes on from where it was to its report, with all its time', async () => {
    let isWell = false;
    startFleet(undefined, (payload, context) => {
      if (!isWell) throw new SluiceError('broken', 'no', { disposition: 'give-up' });
      return sumUp(payload, context);
    });
    const failed = await ended(await submit(4));
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'broken' } });
    const { jobId } = failed.meta;
    const retry = async () => {
      const retried = await jobs.retry(jobId);
      if ('refused' in retried) throw new Error(retried.refused);
      await producer.tasks(retried.tasks.map((opened) => queuedTask(failed, opened, catalogue, undefined)));
    };
    await retry();
    expect((await ended(jobId)).state).toBe('failed');
    isWell = true;
    await retry();
    const job = await ended(jobId);
    expect(job).toMatchObject({
      state: 'completed',
      revision: 1,
      healed: 0,
      result: { summary: { sum: 6 } },
      error: null,
    });
    expect(job.tasks.get('work.part-0')?.generation).toBe(1);
    expect(job.tasks.get('sum.test-sum')).toMatchObject({
      generation: 3,
      attempts: [{ code: 'broken' }, { code: 'broken' }],
    });
    const events = await jobs.eventsAfter(jobId, 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const turns = events.flatMap((event) =>
      event.type === 'job.ended' || event.type === 'job.reopened' ? [`${event.type} ${event.state}`] : [],
    );
    expect(turns).toEqual([
      'job.ended failed',
      'job.reopened sum',
      'job.ended failed',
      'job.reopened sum',
      'job.ended completed',
    ]);
    expect(await redis.zscore(keysOf(jobId).open, jobId)).toBeNull();
    expect((await jobs.statistics()).ended).toEqual({ failed: 0, completed: 1 });
  });

  test('because its pipeline could not plan can be opened again, and fails again', async () => {
    startFleet();
    const { meta } = await ended(await submit(1_001, { pipeline: 'hasty' }));
    expect(await jobs.retry(meta.jobId)).toEqual({ tasks: [] });
    const events = () => jobs.eventsAfter(meta.jobId, 0);
    await eventually(async () => {
      expect((await events()).filter(({ type }) => type === 'job.ended')).toHaveLength(2);
    });
    expect(await ended(meta.jobId)).toMatchObject({ state: 'failed', error: { code: 'plan-error' } });
  });
});

describe('a report', () => {
  /** Redrives a task as the failure desk does. */
  async function redrive(jobId: string, id: string): Promise<void> {
    const job = await jobs.snapshot(jobId);
    const known = job?.tasks.get(id);
    if (job == null || known === undefined) throw new Error(`there is no task ${id}`);
    const { stage, name, wakes } = known.record;
    const opened = await jobs.redrive({ jobId, task: id, stage, name, wakes, generation: known.generation });
    if ('refused' in opened) throw new Error(opened.refused);
    await producer.tasks([queuedTask(job, opened, catalogue, undefined)]);
  }

  /** A job whose parts 0 and 1 failed, and a switch that heals them. */
  async function completedWithFailures(): Promise<{ jobId: string; heal: () => void; sums: { fails: boolean } }> {
    let isWell = false;
    const sums = { fails: false };
    startFleet(
      ({ n }) => {
        if (n < 2 && !isWell) throw new SluiceError('hopeless', 'never', { disposition: 'give-up' });
        return Promise.resolve({ n: n + 1 });
      },
      (payload, context) => {
        if (sums.fails) throw new SluiceError('broken', 'no', { disposition: 'give-up' });
        return sumUp(payload, context);
      },
    );
    const job = await ended(await submit(4));
    expect(job).toMatchObject({ state: 'completed', revision: 1, result: { summary: { sum: 7 } } });
    const heal = () => {
      isWell = true;
    };
    return { jobId: job.meta.jobId, heal, sums };
  }

  const atRest = (jobId: string, revision: number) =>
    eventually(async () => {
      const job = await jobs.snapshot(jobId);
      expect(job).toMatchObject({ state: 'completed', revision, amending: 0 });
      expect(job?.amended).toBe(job?.healed);
      expect(await redis.zscore(keysOf(jobId).open, jobId)).toBeNull();
      return job;
    });

  test('is amended when a failed task heals after its job was completed, and the job stays completed', async () => {
    const { jobId, heal } = await completedWithFailures();
    heal();
    await redrive(jobId, 'work.part-0');
    const job = await eventually(async () => {
      const healed = await jobs.snapshot(jobId);
      expect(healed?.revision).toBe(2);
      return healed;
    });
    expect(job).toMatchObject({ state: 'completed', result: { summary: { sum: 8 } } });
    await atRest(jobId, 2);
    const events = await jobs.eventsAfter(jobId, 0);
    expect(events.at(-1)).toMatchObject({ type: 'report.amended', revision: 2, result: { summary: { sum: 8 } } });
    expect(events.filter(({ type }) => type === 'job.ended')).toHaveLength(1);
    await redrive(jobId, 'work.part-1');
    await eventually(async () => expect((await jobs.snapshot(jobId))?.revision).toBe(3));
    expect(await atRest(jobId, 3)).toMatchObject({ result: { summary: { sum: 10 } } });
  });

  test('has both when two tasks heal at the same time', async () => {
    const { jobId, heal } = await completedWithFailures();
    heal();
    await Promise.all([redrive(jobId, 'work.part-0'), redrive(jobId, 'work.part-1')]);
    await eventually(async () => {
      expect((await jobs.snapshot(jobId))?.result).toEqual({ summary: { sum: 10 } });
    });
    const { revision } = (await jobs.snapshot(jobId)) ?? {};
    expect([2, 3]).toContain(revision);
    await atRest(jobId, revision ?? 0);
  });

  test('is left alone by a task that fails again', async () => {
    const { jobId } = await completedWithFailures();
    await redrive(jobId, 'work.part-0');
    await eventually(async () => {
      const redriven = (await jobs.snapshot(jobId))?.tasks.get('work.part-0');
      expect(redriven).toMatchObject({ generation: 2, isOpen: false, outcome: { status: 'failed' } });
    });
    expect(await atRest(jobId, 1)).toMatchObject({ result: { summary: { sum: 7 } } });
  });

  test('stays as it is when its amendment fails, and the next one that succeeds is revision 2', async () => {
    const { jobId, heal, sums } = await completedWithFailures();
    heal();
    sums.fails = true;
    await redrive(jobId, 'work.part-0');
    await eventually(async () => expect((await jobs.snapshot(jobId))?.amended).toBe(1));
    expect(await atRest(jobId, 1)).toMatchObject({ result: { summary: { sum: 7 } } });
    sums.fails = false;
    await redrive(jobId, 'work.part-1');
    await eventually(async () => expect((await jobs.snapshot(jobId))?.amended).toBe(2));
    expect(await atRest(jobId, 2)).toMatchObject({ result: { summary: { sum: 10 } } });
  });
});
