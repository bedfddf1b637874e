import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { eventually } from '@sluice/testkit';
import { createDesk } from '../src/desk.ts';
import type { RedrivePolicy } from '../src/judge.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();
const { done, jobOf, planned, startPool } = world;

function startDesk(policy: RedrivePolicy = { baseMs: 1, most: 3 }): void {
  world.run(createDesk({ ...world.means(), policy, everyMs: 20 }));
}

const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });

async function queued(digit?: string) {
  const task = await planned({ digit, required: false });
  await world.means().producer.tasks([task]);
  return task;
}

/** The desk has nothing more to look at. */
const cleared = (jobId: string) =>
  eventually(async () => expect(await world.redis().zcard(keysOf(jobId).failed)).toBe(0));

describe('the failure desk', () => {
  test('tries a failed task again until it is done, and its job has healed', async () => {
    const counter = startPool(down, down);
    startDesk();
    const task = await queued();
    await done(task);
    expect(counter.calls).toBe(3);
    const job = await jobOf(task.message.jobId);
    expect(job.healed).toBe(1);
    expect(job.tasks.get(task.message.task)).toMatchObject({ generation: 3, outcome: { generation: 3 } });
    await cleared(task.message.jobId);
  });

  test('takes up what failed while it was away', async () => {
    startPool(down);
    const task = await queued('b');
    await eventually(async () => expect(await world.redis().zcard(keysOf(task.message.jobId).failed)).toBe(1));
    startDesk();
    await done(task);
  });

  test('leaves alone what no repetition heals, and what has failed too often', async () => {
    const counter = startPool(new SluiceError('provider-key', 'refused'), down, down);
    startDesk({ baseMs: 1, most: 1 });
    const hopeless = await queued('1');
    await eventually(() => counter.calls === 1);
    await cleared(hopeless.message.jobId);
    const failing = await queued('2');
    await eventually(() => counter.calls === 3);
    await cleared(failing.message.jobId);
    expect(counter.calls).toBe(3);
  });

  test('waits until the moment that the error names', async () => {
    const later = new SluiceError('quota-exhausted', 'used up', {
      disposition: 'retry-at',
      retryAtMs: Date.now() + 3_600_000,
    });
    const counter = startPool(later);
    startDesk();
    const { message } = await queued();
    const due = async () =>
      Number(await world.redis().zscore(keysOf(message.jobId).failed, `${message.jobId} ${message.task} 1`));
    await eventually(async () => expect(await due()).toBe(later.retryAtMs));
    expect(counter.calls).toBe(1);
  });

  test('queues what a desk opened that died before it could queue it', async () => {
    const pool = startPool(down);
    const task = await queued();
    const { jobId } = task.message;
    await eventually(async () => expect(await world.redis().zcard(keysOf(jobId).failed)).toBe(1));
    await world.means().jobs.redrive(task.message);
    expect(pool.calls).toBe(1);
    startDesk();
    await done(task);
    expect(pool.calls).toBe(2);
  });

  test('is as good as one when there are several', async () => {
    const counter = startPool(down);
    for (let n = 0; n < 3; n++) startDesk();
    const task = await queued();
    await done(task);
    await cleared(task.message.jobId);
    expect(counter.calls).toBe(2);
  });
});
