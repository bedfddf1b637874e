import { describe, expect, test } from '@jest/globals';
import { type DeadLetter, SluiceError } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { QueuedTask } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { register } from 'prom-client';
import { createFailureList } from '@sluice/fleet/jobs';
import { createUpkeep } from '../src/desk/upkeep.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();
const DAY_MS = 86_400_000;
const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });

/** The clock of the upkeep stands this far ahead. */
function upkeepOf(aheadMs: number) {
  const { redis, log } = world.means();
  const now = () => Date.now() + aheadMs;
  return createUpkeep({
    record: world.record(),
    list: createFailureList(redis),
    redis,
    log,
    retentionMs: 7 * DAY_MS,
    now,
  });
}

/** A letter that waits for its backoff of an hour. */
async function scheduled(): Promise<QueuedTask> {
  world.startPool(down);
  const desk = world.startDesk({ policy: { baseMs: 3_600_000, most: 3 } });
  const task = await world.queued();
  await world.letter(task, 'scheduled', 'backoff');
  await desk.stop();
  return task;
}

describe('the retention', () => {
  test('closes a letter that nobody looked at for seven days, tells of it, and nothing is tried any more', async () => {
    const task = await scheduled();
    const heard = await world.heard();
    await upkeepOf(6 * DAY_MS).expire();
    expect(world.letterOf(task.message.jobId)?.state).toBe('scheduled');
    await upkeepOf(8 * DAY_MS).expire();
    await world.letter(task, 'expired', 'age');
    await eventually(() => expect(heard.map((text) => (JSON.parse(text) as DeadLetter).state)).toEqual(['expired']));
    await world.hurry(task.message.jobId);
    world.startDesk();
    await world.cleared(task);
    expect((await world.jobOf(task.message.jobId)).tasks.get('checks.t')?.generation).toBe(1);
  });
});

describe('a letter that is to be tried again', () => {
  test('is found again when Redis has lost its list, and its job', async () => {
    const task = await scheduled();
    const { jobId } = task.message;
    const image = await world.means().jobs.image(jobId);
    if (image === null) throw new Error('no image');
    world.record().images.set(jobId, image);
    await world.redis().flushall();
    await upkeepOf(2 * 3_600_000).follow();
    world.startDesk();
    world.startPool();
    await eventually(async () => {
      await world.hurry(jobId);
      expect(world.letterOf(jobId)).toMatchObject({ state: 'resolved', reason: 'healed' });
    });
  });

  test('is left where it stands, when it is in the list or not due for long', async () => {
    const task = await scheduled();
    const { failed } = keysOf(task.message.jobId);
    const before = await world.redis().zrange(failed, '0', '-1', 'WITHSCORES');
    await upkeepOf(2 * 3_600_000).follow();
    expect(await world.redis().zrange(failed, '0', '-1', 'WITHSCORES')).toEqual(before);
    await world.redis().del(failed);
    await upkeepOf(0).follow();
    expect(await world.redis().zcard(failed)).toBe(0);
  });
});

describe('a failure that nobody judged before Redis lost it', () => {
  test('is found by its recorded task, and comes to its letter and its answer', async () => {
    const counter = world.startPool(down);
    const task = await world.queued();
    const { jobId, task: id } = task.message;
    await eventually(() => expect(counter.calls).toBe(1));
    await world.failed(task);
    await world.endJob(jobId, 'completed');
    const image = await world.means().jobs.image(jobId);
    if (image === null) throw new Error('no image');
    world.record().images.set(jobId, image);
    world.record().failed = [{ jobId, task: id, generation: 1 }];
    await world.redis().flushall();
    await upkeepOf(0).followMissed();
    world.startDesk();
    await eventually(async () => {
      await world.hurry(jobId);
      expect(world.letterOf(jobId)).toMatchObject({ state: 'resolved', reason: 'healed', redrives: 1 });
    });
  });

  test('is looked for as long ago as letters are kept, but not among the newest, which the desk may have before it', async () => {
    const record = world.record();
    const asked: unknown[] = [];
    record.unjudged = async (times, page) => {
      asked.push({ agesMs: [Date.now() - times.sinceMs, Date.now() - times.untilMs], cursor: page?.cursor });
      return Promise.resolve({ tasks: [], next: asked.length === 12 ? null : 'on' });
    };
    const upkeep = upkeepOf(0);
    await upkeep.followMissed();
    expect(asked).toHaveLength(10);
    await upkeep.followMissed();
    expect(asked).toHaveLength(12);
    expect(asked.map((one) => (one as { cursor?: string }).cursor)).toEqual([undefined, ...Array(11).fill('on')]);
    const [{ agesMs }] = asked as [{ agesMs: [number, number] }];
    expect(agesMs[0]).toBeGreaterThanOrEqual(7 * DAY_MS);
    expect(agesMs[1]).toBeGreaterThanOrEqual(5 * 60_000);
  });
});

describe('what a person ordered', () => {
  /** A parked letter, and the audit's entry about an order for it. */
  async function parked(action: 'requeue' | 'discard') {
    world.startPool(new SluiceError('provider-key', 'refused'));
    const desk = world.startDesk();
    const task = await world.queued();
    const letter = await world.letter(task, 'parked', 'bad-data');
    await desk.stop();
    const { jobId } = task.message;
    const filters = [{ ids: [letter.id] }];
    const order = {
      id: 'entry-1',
      atMs: letter.updatedMs + 1,
      action,
      by: 'key-1',
      filters,
      most: 1,
      ratePerSecond: 1,
    };
    const { failed } = keysOf(jobId);
    return { task, jobId, order, failed, entries: () => world.redis().zrange(failed, '0', '-1', 'WITHSCORES') };
  }

  test('is given again after Redis lost it, once, and is carried out', async () => {
    const { task, jobId, order, entries } = await parked('requeue');
    const image = await world.means().jobs.image(jobId);
    if (image === null) throw new Error('no image');
    world.record().images.set(jobId, image);
    world.record().ordered = [order];
    await world.redis().flushall();
    await upkeepOf(0).giveLostOrders();
    expect(await entries()).toHaveLength(2);
    const desk = world.startDesk();
    await eventually(async () => {
      await world.hurry(jobId);
      expect(world.letterOf(jobId)).toMatchObject({ state: 'resolved', redrives: 1 });
    });
    await world.cleared(task);
    await desk.stop();
    await upkeepOf(0).giveLostOrders();
    expect(await entries()).toEqual([]);
  });

  test('stays as it is where it is still in the list', async () => {
    const { task, order, entries } = await parked('discard');
    world.record().ordered = [order];
    await world.order(task, 'discard');
    const before = await entries();
    await upkeepOf(0).giveLostOrders();
    expect(await entries()).toEqual(before);
  });

  test('is not given again where the letter has changed since, this Redis has had it, or it was to be done long ago', async () => {
    const { jobId, order, failed, entries } = await parked('discard');
    const record = world.record();
    record.ordered = [{ ...order, id: 'before', atMs: order.atMs - 2 }];
    await upkeepOf(0).giveLostOrders();
    record.ordered = [order];
    await upkeepOf(61 * 60_000).giveLostOrders();
    expect(await entries()).toEqual([]);
    await upkeepOf(0).giveLostOrders();
    expect(await entries()).toEqual([expect.stringContaining(jobId), String(order.atMs)]);
    await world.redis().del(failed);
    await upkeepOf(0).giveLostOrders();
    expect(await entries()).toEqual([]);
  });
});

test('the figures of the record are metrics', async () => {
  const record = world.record();
  const byState = { scheduled: 2, parked: 3, resolved: 5, discarded: 7, expired: 11 };
  record.stats = async () =>
    Promise.resolve({ byState, size: 5, oldestMs: 90_000, retrySuccess: 0.5, meanRetries: 1.5 });
  await upkeepOf(0).measure();
  const text = await register.metrics();
  expect(text).toContain('sluice_dead_letters{state="parked"} 3');
  expect(text).toContain('sluice_dead_letters_oldest_seconds 90');
  expect(text).toContain('sluice_retry_success_ratio 0.5');
  expect(text).toContain('sluice_retries_mean 1.5');
});
