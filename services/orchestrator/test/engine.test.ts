import { randomUUIDv7 } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { defineTasks, type JobMeta, SluiceError } from '@sluice/contracts';
import { createJobStore, type JobStore } from '@sluice/fleet/jobs';
import { createPool, createProducer, type Handlers, type PoolRuntime, type Producer } from '@sluice/fleet/queue';
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

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
let producer: Producer;
const log = createLogger('test', 'test', 'error');
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

function startFleet(part: Part = ({ n }) => Promise.resolve({ n })): void {
  const shared = { catalogue, redisUrl: server.url, jobs, producer, concurrency: 5, log, retryBaseMs: 5 };
  const engine = createEngine({ ...shared, pipelines: [spread], worker: 'o' });
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
      handlers: { 'test.sum': ({ ns }) => Promise.resolve({ sum: ns.reduce((a, b) => a + b, 0) }) },
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
});
