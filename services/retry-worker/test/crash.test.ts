import { describe, expect, test } from '@jest/globals';
import { type DeadLetter, type ErrorInfo, SluiceError } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { QueuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { createDesk } from '../src/desk/desk.ts';
import { createFailureList } from '@sluice/fleet/jobs';
import { type Mortal, mortal } from './mortal.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();
const { jobOf, letterOf } = world;

const retry: ErrorInfo = { code: 'provider-unreachable', message: 'no answer', disposition: 'retry' };
const giveUp: ErrorInfo = { code: 'blob-missing', message: 'gone', disposition: 'give-up' };

/** A desk that dies after so many steps; it is over when it is dead, or has nothing more to do. */
function mortalDesk(steps: number) {
  const life = mortal(steps);
  const { redis, jobs, producer, catalogue, announcer, log } = world.means();
  const desk = createDesk({
    redis: life.wrap(redis, ['publish']),
    jobs: life.wrap(jobs, ['snapshot', 'redrive', 'restore']),
    producer: life.wrap(producer, ['tasks']),
    list: life.wrap(createFailureList(redis), ['postpone', 'close', 'note', 'follow']),
    record: life.wrap(world.record(), ['find', 'save', 'image']),
    gate: async () => Promise.resolve(null),
    catalogue,
    announcer,
    log,
    policy: { baseMs: 1, most: 3 },
    budgetPercent: 20,
    budgetFloor: 1_000,
    everyMs: 5,
    leaseMs: 40,
  });
  return { desk, life };
}

/** The task's first try fails so. */
async function failed(error: ErrorInfo, required = false): Promise<QueuedTask> {
  const task = await world.planned({ required });
  const { jobs } = world.means();
  await jobs.begin(task.message, 'w');
  const nowMs = Date.now();
  const attempt = { generation: 1, number: 1, startedMs: nowMs, endedMs: nowMs, worker: 'w' };
  const outcome = { error, attempts: 1, settledMs: nowMs };
  await jobs.settle(task.message, 'failed', outcome, { ...attempt, code: error.code, message: error.message });
  return task;
}

/** One desk dies after so many steps, the next one goes on. Resolves when the letter says how it ended and nothing is left to do. */
async function live(task: QueuedTask, steps: number, end: Partial<DeadLetter>): Promise<Mortal> {
  const { jobId } = task.message;
  const isOver = async () => {
    await world.hurry(jobId);
    expect(letterOf(jobId)).toMatchObject(end);
    expect(await world.redis().zcard(keysOf(jobId).failed)).toBe(0);
  };
  const { desk, life } = mortalDesk(steps);
  desk.start();
  await eventually(async () => {
    if (!life.isDead()) await isOver();
  });
  await desk.stop();
  const next = mortalDesk(Number.POSITIVE_INFINITY);
  next.desk.start();
  await eventually(isOver);
  await next.desk.stop();
  return life;
}

/** Lets the scenario be broken after each of its steps, until it comes to its end unbroken. */
async function breakEverywhere(scenario: (steps: number) => Promise<Mortal>): Promise<number> {
  for (let steps = 0; ; steps++) {
    const life = await scenario(steps);
    if (!life.isDead()) return life.taken();
  }
}

async function outcomeOf({ message }: QueuedTask) {
  const job = await jobOf(message.jobId);
  return { healed: job.healed, generation: job.tasks.get(message.task)?.generation };
}

describe('a desk that dies after any of its steps', () => {
  test('has a failure tried again once, and its letter resolved', async () => {
    const counter = world.startPool();
    let runs = 0;
    const steps = await breakEverywhere(async (after) => {
      const task = await failed(retry);
      runs += 1;
      const life = await live(task, after, { state: 'resolved', reason: 'healed' });
      expect(await outcomeOf(task)).toEqual({ healed: 1, generation: 2 });
      return life;
    });
    expect(steps).toBeGreaterThan(8);
    expect(counter.calls).toBe(runs);
  });

  test('has bad data parked, and nothing tried', async () => {
    const steps = await breakEverywhere(async (after) => {
      const task = await failed(giveUp);
      const life = await live(task, after, { state: 'parked', reason: 'bad-data' });
      expect(await outcomeOf(task)).toEqual({ healed: 0, generation: 1 });
      return life;
    });
    expect(steps).toBeGreaterThan(3);
  });

  test('has an order to requeue carried out once, also for a job that its failure had ended', async () => {
    const counter = world.startPool();
    let runs = 0;
    await breakEverywhere(async (after) => {
      const task = await failed(giveUp, true);
      await world.endJob(task.message.jobId, 'failed');
      await live(task, Number.POSITIVE_INFINITY, { state: 'parked', reason: 'bad-data' });
      await world.order(task, 'requeue');
      runs += 1;
      const life = await live(task, after, { state: 'resolved', reason: 'healed' });
      expect((await outcomeOf(task)).generation).toBe(2);
      return life;
    });
    expect(counter.calls).toBe(runs);
  });

  test('has an order carried out once although its try fails, too', async () => {
    const counter = world.startPool(...Array.from({ length: 100 }, () => new SluiceError('blob-missing', 'gone')));
    let runs = 0;
    await breakEverywhere(async (after) => {
      const task = await failed(giveUp);
      await live(task, Number.POSITIVE_INFINITY, { state: 'parked', reason: 'bad-data' });
      await world.order(task, 'requeue');
      runs += 1;
      const end = { state: 'parked', reason: 'bad-data', generation: 2 } as const;
      const life = await live(task, after, end);
      expect(await outcomeOf(task)).toEqual({ healed: 0, generation: 2 });
      return life;
    });
    expect(counter.calls).toBe(runs);
  });

  test('has an order carried out once where the record must bring the job back', async () => {
    const counter = world.startPool();
    let runs = 0;
    await breakEverywhere(async (after) => {
      const task = await failed(giveUp);
      const { jobId } = task.message;
      await world.endJob(jobId, 'completed');
      await live(task, Number.POSITIVE_INFINITY, { state: 'parked', reason: 'bad-data' });
      const image = await world.means().jobs.image(jobId);
      if (image === null) throw new Error('no image');
      world.record().images.set(jobId, image);
      await world.redis().del(keysOf(jobId).job, keysOf(jobId).events);
      await world.order(task, 'requeue');
      runs += 1;
      const life = await live(task, after, { state: 'resolved', reason: 'healed' });
      expect(await outcomeOf(task)).toEqual({ healed: 1, generation: 2 });
      return life;
    });
    expect(counter.calls).toBe(runs);
  });

  test('has an order carried out once where the failure still stands in the list, and the try fails, too', async () => {
    const counter = world.startPool(...Array.from({ length: 100 }, () => new SluiceError('blob-missing', 'gone')));
    let runs = 0;
    await breakEverywhere(async (after) => {
      const task = await failed({ ...retry, disposition: 'retry-at', retryAtMs: Date.now() + 3_600_000 });
      await world.order(task, 'requeue');
      runs += 1;
      return live(task, after, { state: 'parked', reason: 'bad-data', generation: 2 });
    });
    expect(counter.calls).toBe(runs);
  });

  test('has an order to discard carried out, and nothing tried', async () => {
    await breakEverywhere(async (after) => {
      const task = await failed({ ...retry, disposition: 'retry-at', retryAtMs: Date.now() + 3_600_000 });
      const { desk } = mortalDesk(Number.POSITIVE_INFINITY);
      desk.start();
      await world.letter(task, 'scheduled', 'quota');
      await desk.stop();
      await world.order(task, 'discard');
      const life = await live(task, after, { state: 'discarded', reason: 'person' });
      expect(await outcomeOf(task)).toEqual({ healed: 0, generation: 1 });
      return life;
    });
  });
});
