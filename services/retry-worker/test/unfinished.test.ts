import { describe, expect, test } from '@jest/globals';
import { ALL_BUCKETS, type ErrorInfo, isTerminal } from '@sluice/contracts';
import { type JobSnapshot, keysOf } from '@sluice/fleet/jobs';
import type { QueuedTask } from '@sluice/fleet/queue';
import { chooseSeed, eventually, seededRandom } from '@sluice/testkit';
import { createOrphanSearch } from '../src/reaper/orphans.ts';
import { createReaper } from '../src/reaper/reaper.ts';
import { createRounds } from '../src/rounds.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();
const JOBS = 24;
const MOST_MISHAPS = 4;
const retry: ErrorInfo = { code: 'provider-unreachable', message: 'no answer', disposition: 'retry' };

/** What may happen to a job between any two steps of those who work on it. Each is safe in any state. */
const MISHAPS: Record<string, (task: QueuedTask) => Promise<unknown>> = {
  'the queue loses its message': ({ message }) => {
    const id = `${message.jobId}-${message.task}-${message.generation}`;
    const queue = '{sluice:analysis}:analysis';
    return world.redis().multi().del(`${queue}:${id}`).zrem(`${queue}:prioritized`, id).exec();
  },
  'the message is there twice': (task) => world.means().producer.tasks([task]),
  'its place in the list is lost': ({ message: { jobId } }) => world.redis().zrem(keysOf(jobId).open, jobId),
  'its look is put off for a day': ({ message: { jobId } }) =>
    world.redis().zadd(keysOf(jobId).open, 'XX', Date.now() + 86_400_000, jobId),
  'a worker begins it and dies': ({ message }) => world.means().jobs.begin(message, `dead-${Math.random()}`),
  'a worker fails': async ({ message }) => {
    await world.means().jobs.begin(message, 'bad');
    const outcome = { error: retry, attempts: 1, settledMs: Date.now() };
    await world.means().jobs.settle(message, 'failed', outcome);
  },
  'a worker puts it into a line that is lost': async ({ message }) => {
    await world.means().jobs.begin(message, 'lined');
    await world.means().jobs.release(message, 'lined', { isParked: true, error: retry });
  },
  'its failure is forgotten': ({ message: { jobId } }) => world.redis().del(keysOf(jobId).failed),
};

/** As small as an orchestrator can be: what is settled is complete, what is late has expired, all else is looked at later. */
function planner() {
  const { jobs } = world.means();
  const rest = { fields: {}, stateIndex: 2, dueMs: null, ended: true, amended: false };
  async function plan(job: JobSnapshot): Promise<void> {
    if (isTerminal(job.state)) return void (await jobs.rest(job, null));
    const isSettled = [...job.tasks.values()].every(({ isOpen }) => !isOpen);
    const isLate = job.startedMs !== null && job.nowMs > job.startedMs + job.meta.timeoutMs;
    const state = isSettled ? 'completed' : 'expired';
    if (isSettled || isLate) await jobs.apply(job, { ...rest, state, events: [{ type: 'job.ended', state }] });
    else await jobs.rest(job, job.nowMs + 86_400_000);
  }
  return createRounds({
    everyMs: 20,
    onError: () => undefined,
    work: async () => {
      for (const bucket of ALL_BUCKETS) for (const job of await jobs.claim(bucket, 50, 100)) await plan(job);
    },
  });
}

describe('a job cannot stay unfinished for ever', () => {
  test.each([
    ['with an orchestrator', true],
    ['without one', false],
  ])(
    '%s, whatever happened to it',
    async (_what, hasPlanner) => {
      const seed = chooseSeed('unfinished');
      const random = seededRandom(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
      const { redis, log } = world.means();
      const queued: { task: QueuedTask; story: string[] }[] = [];
      for (let n = 0; n < JOBS; n++) {
        const digit = n.toString(16).slice(-1);
        const plan = { digit, required: random() < 0.5, timeoutMs: 1_500 };
        queued.push({ task: random() < 0.8 ? await world.queued(plan) : await world.planned(plan), story: [] });
      }
      for (const { task, story } of queued) {
        for (let left = Math.floor(random() * (MOST_MISHAPS + 1)); left > 0; left--) {
          const name = pick(Object.keys(MISHAPS));
          story.push(name);
          await MISHAPS[name]?.(task);
        }
      }
      world.startPool();
      world.startDesk();
      const overdue = { nudgeMs: 200, endMs: hasPlanner ? 1_000 : 400 };
      world.run(createReaper({ ...world.means(), stillMs: 200, overdue, everyMs: 50 }));
      world.run(createOrphanSearch({ redis, jobs: world.means().jobs, log, everyMs: 50 }));
      if (hasPlanner) world.run(planner());
      await eventually(async () => {
        const states = await Promise.all(queued.map(({ task }) => world.jobOf(task.message.jobId)));
        const open = states.flatMap(({ state }, at) =>
          isTerminal(state) ? [] : [{ state, story: queued[at]?.story }],
        );
        expect(open).toEqual([]);
      }, 30_000);
      for (const { task } of queued) {
        const { error, state } = await world.jobOf(task.message.jobId);
        if (!hasPlanner) expect({ state, code: error?.code }).toEqual({ state: 'expired', code: 'job-deadline' });
      }
    },
    60_000,
  );
});
