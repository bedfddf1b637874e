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
