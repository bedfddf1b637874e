import { describe, expect, test } from '@jest/globals';
import { type JobStore, keysOf } from '@sluice/fleet/jobs';
import { eventually } from '@sluice/testkit';
import { createReaper } from '../src/reaper.ts';
import { retryWorld } from './world.ts';

const STILL_MS = 100;
const world = retryWorld();
const { done, jobOf, planned, startPool } = world;

function startReaper(stillMs = STILL_MS, jobs: JobStore = world.means().jobs): void {
  world.run(createReaper({ ...world.means(), jobs, stillMs, everyMs: 20 }));
}

/** All that the queue holds is gone, as after a loss of its data. */
async function loseQueue(): Promise<void> {
  const keys = await world.redis().keys('{sluice:analysis}:*');
  if (keys.length > 0) await world.redis().del(...keys);
}

describe('a task whose message was lost', () => {
  test('because its planner died before it could queue it is done, and the job is planned again', async () => {
    startPool();
    const task = await planned();
    startReaper();
    await done(task);
    const { open } = keysOf(task.message.jobId);
    expect(Number(await world.redis().zscore(open, task.message.jobId))).toBeLessThanOrEqual(Date.now() + 1_000);
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
    let inspections = 0;
    const snapshot: JobStore['snapshot'] = (jobId) => {
      inspections += 1;
      return world.means().jobs.snapshot(jobId);
    };
    startReaper(60_000, { ...world.means().jobs, snapshot });
    await eventually(() => inspections >= 3);
    expect(await world.means().producer.holds('analysis', task.message)).toBe(false);
  });

  test('together with the worker that was doing it is done', async () => {
    const task = await planned();
    await world.means().jobs.begin(task.message, 'dead');
    startPool();
    startReaper();
    await done(task, 1_500);
  });

  test('is done although another job cannot be inspected', async () => {
    await planned({ payload: { indicators: 'x'.repeat(70_000) } });
    const task = await planned({ digit: 'f' });
    await eventually(async () => {
      const { nowMs, createdMs } = await jobOf(task.message.jobId);
      return nowMs - createdMs > 2 * STILL_MS;
    });
    startPool();
    startReaper();
    await done(task, 1_500);
  });
});
