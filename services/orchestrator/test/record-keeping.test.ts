import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineTasks, type JobId, type JobMeta } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { createPool, createProducer, type Handlers, type Producer, queuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { z } from 'zod';
import { createEngine, definePipeline, taskMaker } from '../src/engine/index.ts';
import { createRecordKeeping } from '../src/record/index.ts';
import { createWorld, log, type World } from './record-world.ts';

const LONG_MS = 60_000;
const limits = { attempts: 4, timeLimitMs: LONG_MS, payload: z.object({}), result: z.object({}) };
const catalogue = defineTasks({
  'test.first': { pool: 'analysis', ...limits },
  'test.second': { pool: 'sandbox', ...limits },
});
const task = taskMaker(catalogue);
const pipeline = definePipeline({
  name: 'two-steps',
  input: z.object({}),
  stages: [
    { name: 'first', share: 50, timeLimitMs: LONG_MS, tasks: () => [task('test.first', {})] },
    { name: 'second', share: 50, timeLimitMs: LONG_MS, tasks: () => [task('test.second', {})] },
  ],
  result: () => ({ summary: { verdict: 'clean' } }),
});

let world: World;
let producer: Producer;
const running: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await createWorld();
  producer = createProducer(world.redis);
});
afterAll(async () => {
  await Promise.all(running.map((part) => part.stop()));
  await producer.close();
  await world.stop();
});

async function startFleet(second: Handlers<typeof catalogue, 'sandbox'>['test.second']): Promise<void> {
  const { jobs, redis } = world;
  const shared = { catalogue, jobs, producer, redisUrl: world.server.url, concurrency: 5, log, retryBaseMs: 5 };
  const first = () => Promise.resolve({});
  const parts = [
    createPool({ pool: 'analysis', worker: 'a', handlers: { 'test.first': first }, ...shared }),
    createPool({ pool: 'sandbox', worker: 's', handlers: { 'test.second': second }, ...shared }),
    ...['o1', 'o2'].flatMap((worker) => [
      createEngine({ ...shared, pipelines: [pipeline], worker }),
      createRecordKeeping({
        ...world,
        catalogue,
        redis,
        worker,
        log,
        recordDays: 365,
        auditDays: 365,
        mailDays: 30,
        forgetCached: () => Promise.resolve(),
      }),
    ]),
  ];
  for (const part of parts) await part.start();
  running.push(...parts);
}

async function submit(): Promise<JobId> {
  const jobId = randomUUIDv7();
  const meta: JobMeta = {
    v: 1,
    jobId,
    tenant: 'default',
    pipeline: 'two-steps',
    priority: 'normal',
    input: {},
    timeoutMs: LONG_MS,
  };
  await world.inbox.put(meta);
  await world.jobs.create(meta);
  return jobId;
}

const isRecordedAs = (jobId: JobId, state: string) =>
  eventually(async () => expect(await world.table.find(jobId)).toMatchObject({ state }), 40_000);

/** As the reaper of retry-worker does it: no queue holds the message of this task. */
async function queueAgain(jobId: JobId): Promise<void> {
  const job = await world.jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is gone');
  const open = [...job.tasks.values()].filter(({ isOpen }) => isOpen);
  await producer.tasks(open.map((one) => queuedTask(job, one, catalogue, undefined)));
}

test('a fleet whose Redis is emptied has the reports of what was finished, and finishes the rest, once', async () => {
  const gate = Promise.withResolvers<object>();
  let isHeld = false;
  await startFleet(() => (isHeld ? gate.promise : Promise.resolve({})));
  const finished = await Promise.all(Array.from({ length: 5 }, submit));
  for (const jobId of finished) await isRecordedAs(jobId, 'completed');

  isHeld = true;
  const held = await Promise.all(Array.from({ length: 5 }, submit));
  for (const jobId of held) await isRecordedAs(jobId, 'second');
  await world.redis.flushall();
  // Accepted a moment before the loss: no more than its manifest is left.
  const unknown = await submit();
  await world.redis.unlink(Object.values(keysOf(unknown)).filter((key) => key.includes(unknown)));

  for (const jobId of held) await eventually(async () => expect(await world.keysLeft(jobId)).toBe(1), 40_000);
  isHeld = false;
  gate.resolve({});
  for (const jobId of held) await queueAgain(jobId);
  for (const jobId of [...held, unknown]) await isRecordedAs(jobId, 'completed');

  for (const jobId of [...finished, ...held, unknown]) {
    const events = await world.table.events(jobId, 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ type }) => type === 'job.ended')).toHaveLength(1);
  }
  const { jobs } = await world.table.search({ tenant: 'default', limit: 100 });
  expect(jobs.map(({ jobId }) => jobId).toSorted()).toEqual([...finished, ...held, unknown].toSorted());
  await eventually(async () => expect(await world.inbox.list({ olderThanMs: 0, limit: 10 })).toEqual([]), 40_000);
}, 180_000);
