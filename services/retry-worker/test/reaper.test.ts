import { describe, expect, test } from '@jest/globals';
import { ALL_BUCKETS } from '@sluice/contracts';
import { JOURNAL_CHANNEL, type JobStore, keysOf } from '@sluice/fleet/jobs';
import type { QueuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { createJournalWatch } from '../src/reaper/journal.ts';
import { createOrphanSearch } from '../src/reaper/orphans.ts';
import { createReaper, type ReaperConfig } from '../src/reaper/reaper.ts';
import { retryWorld } from './world.ts';

const STILL_MS = 100;
const world = retryWorld();
const { done, jobOf, planned, startPool } = world;

function startReaper(changes: Partial<ReaperConfig> = {}): void {
  world.run(createReaper({ ...world.means(), stillMs: STILL_MS, everyMs: 20, ...changes }));
}

/** All that the queue holds is gone, as after a loss of its data. */
async function loseQueue(): Promise<void> {
  const keys = await world.redis().keys('{sluice:analysis}:*');
  if (keys.length > 0) await world.redis().del(...keys);
}

/** The same jobs, and how often they were looked over. */
function countedSweeps(): { jobs: JobStore; sweeps: () => number } {
  const { jobs } = world.means();
  let looks = 0;
  const pulses: JobStore['pulses'] = (bucket) => {
    looks += 1;
    return jobs.pulses(bucket);
  };
  return { jobs: { ...jobs, pulses }, sweeps: () => Math.floor(looks / ALL_BUCKETS.length) };
}

/** When an orchestrator looks at the job next. */
const dueMs = async ({ message: { jobId } }: QueuedTask) =>
  Number(await world.redis().zscore(keysOf(jobId).open, jobId));
const isDue = (task: QueuedTask) =>
  eventually(async () => expect(await dueMs(task)).toBeLessThanOrEqual((await jobOf(task.message.jobId)).nowMs));

describe('a task whose message was lost', () => {
  test('because its planner died before it could queue it is done, and the job is planned again', async () => {
    startPool();
    const task = await planned();
    startReaper();
    await done(task);
    await isDue(task);
  });

  test('because the queue lost it is done', async () => {
    const task = await planned();
    await world.means().producer.tasks([task]);
    await loseQueue();
    expect(await world.means().producer.holds('analysis', task.message)).toBe(false);
    startReaper();
    startPool();
    await done(task);
  });

  test('is queued once and done once, however many reapers find it', async () => {
    const tasksOf = await Promise.all(['0', '7', 'f'].map((digit) => planned({ digit })));
    const counter = startPool();
    startReaper();
    startReaper();
    for (const task of tasksOf) await done(task);
    expect(counter.calls).toBe(3);
  });

  test('is left alone while the job moves', async () => {
    const task = await planned();
    const counted = countedSweeps();
    startReaper({ stillMs: 60_000, jobs: counted.jobs });
    await eventually(() => counted.sweeps() >= 3);
    expect(await world.means().producer.holds('analysis', task.message)).toBe(false);
  });

  test('together with the worker that was doing it is done', async () => {
    const task = await planned();
    await world.means().jobs.begin(task.message, 'dead');
    startPool();
    startReaper();
    await done(task);
  });

  test('is done although another job cannot be inspected', async () => {
    await planned({ payload: { indicators: 'x'.repeat(70_000) } });
    const task = await planned({ digit: 'f' });
    startPool();
    startReaper();
    await done(task);
  });
});

test('a backlog is not read again and again, and what is lost of it is found all the same', async () => {
  const { jobs, producer } = world.means();
  const tasksOf = await Promise.all(
    Array.from({ length: 40 }, (_, n) => world.planned({ digit: (n % 16).toString(16) })),
  );
  await producer.tasks(tasksOf);
  let reads = 0;
  const snapshot: JobStore['snapshot'] = (jobId) => {
    reads += 1;
    return jobs.snapshot(jobId);
  };
  const counted = countedSweeps();
  startReaper({ jobs: { ...counted.jobs, snapshot } });
  await eventually(() => reads >= tasksOf.length);
  const before = counted.sweeps();
  await eventually(() => counted.sweeps() >= before + 5);
  expect(reads).toBe(tasksOf.length);
  await loseQueue();
  await eventually(async () => {
    const held = await Promise.all(tasksOf.map(({ message }) => producer.holds('analysis', message)));
    expect(held).not.toContain(false);
  });
});

describe('a job whose last settle was not followed', () => {
  test('gets a look, once for each standstill', async () => {
    const task = await planned();
    const { jobs } = world.means();
    await jobs.begin(task.message, 'alive');
    await jobs.settle(task.message, 'done', { result: {}, attempts: 1, settledMs: Date.now() });
    const { open } = keysOf(task.message.jobId);
    // Whoever took it up is gone, and its look was put off.
    await world.redis().zadd(open, Date.now() + 3_600_000, task.message.jobId);
    startReaper();
    await isDue(task);
    await world.redis().zadd(open, Date.now() + 3_600_000, task.message.jobId);
    const counted = countedSweeps();
    startReaper({ jobs: counted.jobs, stillMs: 60_000 });
    await eventually(() => counted.sweeps() >= 5);
    expect(await dueMs(task)).toBeGreaterThan(Date.now() + 1_000_000);
  });
});

describe('a job past its deadline', () => {
  async function overdue(): Promise<QueuedTask> {
    const task = await planned({ timeoutMs: 1 });
    await world.means().jobs.begin(task.message, 'slow');
    const { open } = keysOf(task.message.jobId);
    await world.redis().zadd(open, Date.now() + 3_600_000, task.message.jobId);
    return task;
  }

  test('that nobody looks at gets a look', async () => {
    const task = await overdue();
    startReaper({ overdue: { nudgeMs: 1, endMs: 3_600_000 } });
    await isDue(task);
    expect((await jobOf(task.message.jobId)).state).toBe('checks');
  });

  test('is ended with the reason when no orchestrator does it', async () => {
    const task = await overdue();
    startReaper({ overdue: { nudgeMs: 1, endMs: 2 } });
    await eventually(async () => expect((await jobOf(task.message.jobId)).state).toBe('expired'));
    const { error } = await jobOf(task.message.jobId);
    expect(error).toMatchObject({ code: 'job-deadline', disposition: 'give-up' });
    expect(await world.redis().zscore(keysOf(task.message.jobId).open, task.message.jobId)).toBeNull();
  });

  test('is ended also when it waits for a task that this version does not know', async () => {
    const { message } = await overdue();
    const { job } = keysOf(message.jobId);
    const name = `t:${message.task}`;
    const record = JSON.parse((await world.redis().hget(job, name)) ?? '') as object;
    await world.redis().hset(job, { [name]: JSON.stringify({ ...record, name: 'of.tomorrow' }) });
    startReaper({ overdue: { nudgeMs: 1, endMs: 2 } });
    await eventually(async () => expect((await jobOf(message.jobId)).state).toBe('expired'));
  });

  test('that nobody began within a day is ended, too', async () => {
    const task = await planned();
    const { jobId } = task.message;
    const long = String(Date.now() - 25 * 3_600_000);
    await world.redis().hset(keysOf(jobId).job, { created: long, since: long });
    startReaper();
    await eventually(async () => expect((await jobOf(jobId)).state).toBe('expired'));
    expect((await jobOf(jobId)).error?.message).toContain('24 hours');
  });

  test('and that cannot be read is ended after a day, not before', async () => {
    const [old, young] = [await planned(), await planned({ digit: '1' })];
    const keyOf = (task: QueuedTask) => keysOf(task.message.jobId).job;
    const long = String(Date.now() - 25 * 3_600_000);
    for (const task of [old, young]) await world.redis().hset(keyOf(task), { meta: '{}' });
    await world.redis().hset(keyOf(old), { created: long });
    startReaper();
    await eventually(async () => expect(await world.redis().hget(keyOf(old), 'state')).toBe('failed'));
    expect(await world.redis().hget(keyOf(young), 'state')).toBe('checks');
  });
});

describe('an open job that is in no list', () => {
  test('is found among all jobs and gets a look', async () => {
    const task = await planned({ digit: 'c' });
    const { open } = keysOf(task.message.jobId);
    await world.redis().zrem(open, task.message.jobId);
    world.run(createOrphanSearch({ ...world.means(), everyMs: 20 }));
    await isDue(task);
  });

  test('is not one that has ended, nor one that stands in the list', async () => {
    const [ended, listed, lost] = await Promise.all(['1', '2', '3'].map((digit) => planned({ digit })));
    if (ended === undefined || listed === undefined || lost === undefined) throw new Error('not planned');
    await world.endJob(ended.message.jobId, 'completed');
    const before = await dueMs(listed);
    await world.redis().zrem(keysOf(lost.message.jobId).open, lost.message.jobId);
    world.run(createOrphanSearch({ ...world.means(), everyMs: 20 }));
    await isDue(lost);
    await world.redis().zrem(keysOf(lost.message.jobId).open, lost.message.jobId);
    await isDue(lost);
    expect(await dueMs(listed)).toBe(before);
    expect(await world.redis().zscore(keysOf(ended.message.jobId).open, ended.message.jobId)).toBeNull();
  });
});

describe('a journal that is not drained', () => {
  test('calls for whoever drains it; one that is, does not', async () => {
    const heard: string[] = [];
    const subscriber = world.redis().duplicate();
    subscriber.on('message', (_channel: string, text: string) => void heard.push(text));
    await subscriber.subscribe(JOURNAL_CHANNEL);
    world.run({ start: () => undefined, stop: async () => void (await subscriber.quit()) });
    const ages = [19_000, null, 21_000];
    const lag = async () => Promise.resolve({ entries: 5, oldestMs: ages.shift() ?? null });
    world.run(createJournalWatch({ ...world.means(), journal: { lag }, everyMs: 10 }));
    await eventually(() =>
      expect(heard.map((text) => JSON.parse(text) as unknown)).toEqual([{ entries: 5, oldestMs: 21_000 }]),
    );
  });
});
