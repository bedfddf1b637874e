import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { QueuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { retryWorld } from './world.ts';

const world = retryWorld();
const { cleared, done, jobOf, letter, letterOf } = world;

const refused = new SluiceError('provider-key', 'refused');
const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });
const poison = new SluiceError('poison', 'The worker died 3 times while doing this task.');

/** A task whose letter is parked. */
async function parked(options: Parameters<typeof world.queued>[0] = {}): Promise<QueuedTask> {
  const task = await world.queued(options);
  await eventually(() => expect(letterOf(task.message.jobId)?.state).toBe('parked'));
  await cleared(task);
  return task;
}

/** All that Redis holds of the job is gone, as after its time; the record has its image. */
async function forget({ message: { jobId } }: QueuedTask): Promise<void> {
  const image = await world.means().jobs.image(jobId);
  if (image !== null) world.record().images.set(jobId, image);
  const { job, events } = keysOf(jobId);
  await world.redis().del(job, events);
}

describe('a requeue', () => {
  test.each([
    ['what no repetition helps', refused],
    ['poison', poison],
    ['what is used up', down],
  ])('tries %s again, past budget, pause and maximum', async (_what, error) => {
    const counter = world.startPool(error);
    world.startDesk({ policy: { baseMs: 3_600_000, most: 0 }, budgetFloor: 0 });
    const task = await parked();
    await world.order(task, 'requeue');
    await done(task);
    expect(counter.calls).toBe(2);
    await world.hurry(task.message.jobId);
    expect(await letter(task, 'resolved', 'healed')).toMatchObject({ redrives: 1 });
    await cleared(task);
  });

  test('that fails is parked again, with both attempts in its story', async () => {
    world.startPool(refused, refused);
    world.startDesk();
    const task = await parked();
    await world.order(task, 'requeue');
    await eventually(() => expect(letterOf(task.message.jobId)).toMatchObject({ state: 'parked', generation: 2 }));
    expect(letterOf(task.message.jobId)?.attempts).toHaveLength(2);
    await world.hurry(task.message.jobId);
    await cleared(task);
  });

  test('opens the job again that the failure had ended', async () => {
    world.startPool(refused);
    world.startDesk();
    const task = await parked({ required: true });
    const { jobId } = task.message;
    await world.endJob(jobId, 'failed');
    await world.order(task, 'requeue');
    await done(task);
    expect((await jobOf(jobId)).state).toBe('checks');
    const types = (await world.means().jobs.eventsAfter(jobId, 0)).map(({ type }) => type);
    expect(types).toContain('job.reopened');
    await world.hurry(jobId);
    await letter(task, 'resolved', 'healed');
  });

  test('brings back a job whose keys are gone, from the record', async () => {
    world.startPool(refused);
    world.startDesk();
    const task = await parked();
    await world.endJob(task.message.jobId, 'completed');
    await forget(task);
    await world.order(task, 'requeue');
    await done(task);
    await world.hurry(task.message.jobId);
    await letter(task, 'resolved', 'healed');
    await cleared(task);
    expect((await jobOf(task.message.jobId)).healed).toBe(1);
  });

  test('waits for the record where only that can bring the job back', async () => {
    world.startPool(refused);
    world.startDesk();
    const task = await parked();
    await forget(task);
    world.record().isAway = true;
    await world.order(task, 'requeue');
    const { failed } = keysOf(task.message.jobId);
    await eventually(async () => {
      const [, dueMs] = await world.redis().zrange(failed, '0', '-1', 'WITHSCORES');
      expect(Number(dueMs)).toBeGreaterThan(Date.now() + 1_000);
    });
    world.record().isAway = false;
    await eventually(async () => {
      await world.hurry(task.message.jobId);
      expect((await jobOf(task.message.jobId)).tasks.get('checks.t')?.outcome?.status).toBe('done');
    });
  });

  test('of a job that nobody knows any more ends, and says so', async () => {
    world.startPool(refused);
    world.startDesk();
    const task = await parked();
    const { job, events } = keysOf(task.message.jobId);
    await world.redis().del(job, events);
    await world.order(task, 'requeue');
    await letter(task, 'discarded', 'job-over');
    await cleared(task);
  });

  test('of a cancelled job tries nothing', async () => {
    const counter = world.startPool(refused);
    world.startDesk();
    const task = await parked();
    await world.means().jobs.cancel(task.message.jobId);
    await world.order(task, 'requeue');
    await letter(task, 'discarded', 'job-over');
    await cleared(task);
    expect(counter.calls).toBe(1);
  });

  test('is carried out while the record is away', async () => {
    const counter = world.startPool(refused);
    world.startDesk();
    const task = await parked();
    world.record().isAway = true;
    await world.order(task, 'requeue');
    await done(task);
    expect(counter.calls).toBe(2);
    world.record().isAway = false;
    await eventually(async () => {
      await world.hurry(task.message.jobId);
      expect(letterOf(task.message.jobId)).toMatchObject({ state: 'resolved' });
    });
  });
});

test('a job that is retried as a whole takes its letters with it, also where nobody lives to queue what was opened', async () => {
  world.startPool(refused);
  world.startDesk();
  const task = await parked();
  const { jobId } = task.message;
  expect(await world.means().jobs.retry(jobId)).toMatchObject({ tasks: [{ generation: 2 }] });
  await world.hurry(jobId);
  await letter(task, 'scheduled', 'order');
  await done(task);
  await world.hurry(jobId);
  await letter(task, 'resolved', 'healed');
  await cleared(task);
});

describe('a discard', () => {
  test('ends a letter that is to be tried again: it is not', async () => {
    const counter = world.startPool(down);
    world.startDesk({ policy: { baseMs: 3_600_000, most: 3 } });
    const task = await world.queued();
    await letter(task, 'scheduled', 'backoff');
    await world.order(task, 'discard');
    await letter(task, 'discarded', 'person');
    await cleared(task);
    expect(counter.calls).toBe(1);
  });

  test('holds when a try that was under way fails', async () => {
    const { jobs } = world.means();
    world.startPool(refused);
    const desk = world.startDesk();
    const task = await parked();
    await world.order(task, 'discard');
    await letter(task, 'discarded', 'person');
    await desk.stop();
    // A worker that began before the person spoke settles now.
    const opened = await jobs.redrive(task.message);
    if ('refused' in opened) throw new Error(opened.refused);
    const again = { ...task.message, generation: opened.generation };
    await jobs.begin(again, 'late');
    const error = { code: 'provider-key', message: 'refused', disposition: 'give-up' } as const;
    await jobs.settle(again, 'failed', { error, attempts: 1, settledMs: Date.now() });
    world.startDesk();
    await cleared(task);
    expect(letterOf(task.message.jobId)).toMatchObject({ state: 'discarded', reason: 'person' });
  });

  test('leaves what has healed as it is', async () => {
    world.startPool(down);
    world.startDesk();
    const task = await world.queued();
    await done(task);
    await world.hurry(task.message.jobId);
    await letter(task, 'resolved', 'healed');
    await cleared(task);
    await world.order(task, 'discard');
    await cleared(task);
    expect(letterOf(task.message.jobId)?.state).toBe('resolved');
  });
});
