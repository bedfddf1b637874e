import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bucketOf, type JobEvent } from '@sluice/contracts';
import { createJournal, keysOf } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';
import fc from 'fast-check';
import { TIMEOUT_MS, World } from './model-world.ts';
import { pipelineFrom, pipelineSpecs } from './random-pipeline.ts';

const RUNS = 200;
const MOST_ROUNDS = 300;
const LONGEST_MS = 90_000;
const seed = Number(process.env.SLUICE_SEED ?? randomInt(2 ** 31));

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'model' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

/** What may happen next. `pick` chooses among equals, `twist` how it goes. */
const happenings = {
  claim: (world: World) => world.claim(),
  step: async (world: World, pick: number) => {
    const planner = world.planners[pick % Math.max(1, world.planners.length)];
    if (planner !== undefined) await world.step(planner);
  },
  plannerDies: (world: World, pick: number) => {
    const planner = world.planners[pick % Math.max(1, world.planners.length)];
    if (planner !== undefined) world.drop(planner);
  },
  deliver: (world: World, pick: number, twist: number) =>
    world.deliver(pick % Math.max(1, world.waiting.length), twist % 4 === 0),
  lose: (world: World, pick: number) => void world.waiting.splice(pick % Math.max(1, world.waiting.length), 1),
  finish: (world: World, pick: number, twist: number) => {
    const index = pick % Math.max(1, world.attempts.length);
    const isOptional = world.isOptional(world.attempts[index]?.message.task);
    const failsOneIn = isOptional ? 2 : 3;
    return world.finish(index, twist % failsOneIn === 1 ? 'failed' : 'done', twist % 5 === 0, twist % 7 !== 0);
  },
  settleAgain: async (world: World, pick: number, twist: number) => {
    const message = world.delivered[pick % Math.max(1, world.delivered.length)];
    if (message !== undefined) await world.settle(message, twist % 2 === 0 ? 'done' : 'failed', twist % 3 === 0);
  },
  workerDies: (world: World, pick: number) => world.crash(pick % Math.max(1, world.attempts.length)),
  release: (world: World, pick: number) => world.release(pick % Math.max(1, world.attempts.length)),
  redrive: (world: World, pick: number, twist: number) => world.redrive(pick, twist % 4 !== 0),
  retry: (world: World, pick: number, twist: number) => world.retry(pick, twist % 3 !== 0),
  remember: (world: World) => world.remember(),
  loseAll: async (world: World, pick: number, twist: number) => {
    if (twist % 2 === 0) await world.loseAll(pick);
  },
  reap: (world: World) => world.reap(),
  tick: (world: World, pick: number, twist: number) => world.tick(twist % (pick % 10 === 0 ? 9_000 : 2_500)),
  cancel: async (world: World, _pick: number, twist: number) => {
    if (twist % 10 === 0) await world.cancel();
  },
} satisfies Record<string, (world: World, pick: number, twist: number) => unknown>;

type Happening = keyof typeof happenings;
const names = Object.keys(happenings) as Happening[];

function storyOf(maxLength: number, often: Happening[]) {
  const what = fc.constantFrom<Happening>(...names, ...often);
  const happening = fc.record({ what, pick: fc.nat(1_000), twist: fc.nat(10_000) });
  return fc.array(happening, { minLength: 10, maxLength, size: 'max' });
}

const way: Happening[] = ['claim', 'step', 'step', 'deliver', 'finish'];
const firstAct = storyOf(70, [...way, ...way, 'step']);
/** After the job came to rest for the first time: mostly redrives, that amend its report. */
const again: Happening[] = ['redrive', 'redrive', 'redrive', 'retry', 'retry', 'settleAgain', 'remember', 'loseAll'];
const secondAct = storyOf(50, [...way, ...way, ...again]);

const isEnded = (world: World): boolean => ['completed', 'failed', 'expired', 'cancelled'].includes(world.state);

/** Everyone dies; then nothing is lost any more, and whoever is left does the rest. The clock goes on only where nothing else does. */
async function comeToRest(world: World): Promise<void> {
  world.planners.length = 0;
  while (world.attempts.length > 0) world.crash(0);
  let openMs = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const planner = await world.claim();
    while (world.planners[0] !== undefined) await world.step(world.planners[0]);
    const messages = world.waiting.length;
    while (world.waiting.length > 0) await world.deliver(0, false);
    while (world.attempts.length > 0) await world.finish(0, 'done', false, true);
    if (planner !== null || messages > 0 || (await world.reap()) > 0) continue;
    const dueInMs = await world.dueInMs();
    if (dueInMs === null) return;
    await world.tick(Math.max(1, dueInMs));
    if (!isEnded(world)) openMs += Math.max(1, dueInMs);
    expect(openMs).toBeLessThanOrEqual(2 * TIMEOUT_MS);
  }
  throw new Error(`the job does not come to rest: ${world.state}`);
}

/** Those that the record has, and those that Redis has. */
async function eventsOf({ history, jobs, jobId }: World): Promise<JobEvent[]> {
  return [...history, ...(await jobs.eventsAfter(jobId, 0))];
}

async function checkEnd(world: World): Promise<void> {
  const job = await world.snapshot();
  expect(job.base).toBe(world.history.length);
  const events = await eventsOf(world);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events).toHaveLength(job.seq);
  const last = events.findLastIndex(({ type }) => type === 'job.ended');
  expect(events[last]).toMatchObject({ state: job.state });
  const count = (wanted: JobEvent['type']) => events.filter(({ type }) => type === wanted).length;
  expect(count('job.ended')).toBe(count('job.reopened') + 1);
  if (job.state !== 'completed') expect(events.slice(last + 1)).toEqual([]);
  checkOrder(world, events);
  const journal = await createJournal(redis).read(bucketOf(world.jobId), 100_000);
  expect(Math.max(job.base, ...journal.map(({ seq }) => seq))).toBeGreaterThanOrEqual(last + 1);
  expect(await redis.zscore(keysOf(world.jobId).open, world.jobId)).toBeNull();
  expect(await redis.ttl(keysOf(world.jobId).job)).toBeGreaterThan(0);
  if (job.state === 'completed') checkReport(world, job, events);
}

/** States only move to the right, but where the job was opened again. */
function checkOrder({ pipeline }: World, events: readonly JobEvent[]): void {
  let place = 0;
  for (const event of events) {
    if (event.type === 'job.reopened') place = pipeline.states.indexOf(event.state);
    if (event.type !== 'job.state') continue;
    const next = pipeline.states.indexOf(event.state);
    expect(next).toBeGreaterThan(place);
    place = next;
  }
}

function checkReport(world: World, job: Awaited<ReturnType<World['snapshot']>>, events: JobEvent[]): void {
  const revisions = events.flatMap((event) => (event.type === 'report.amended' ? [event.revision] : []));
  expect(revisions).toEqual(revisions.map((_, index) => index + 2));
  expect(job.revision).toBe(revisions.length + 1);
  expect(revisions.length).toBeLessThanOrEqual(world.healed);
  expect(job.amended).toBe(world.healed);
  const seen = JSON.parse(String(job.result?.summary?.seen)) as string[];
  expect(new Set(seen).size).toBe(seen.length);
  const done = [...world.tasks].filter(([id, { isOpen, last }]) => id.startsWith('work') && !isOpen && last === 'done');
  if (!world.concludingFailed) expect(seen.toSorted()).toEqual(done.map(([id]) => id).toSorted());
}

describe('whatever dies, repeats, gets lost or comes late', () => {
  test(
    `every job ends, and no outcome is lost or counted twice (SLUICE_SEED=${seed})`,
    async () => {
      process.stderr.write(`engine model: SLUICE_SEED=${seed}\n`);
      const ends: Record<string, number> = {};
      const property = fc.asyncProperty(pipelineSpecs, firstAct, secondAct, async (spec, ...acts) => {
        const world = new World(redis, pipelineFrom(spec));
        await world.submit();
        for (const act of acts) {
          for (const { what, pick, twist } of act) {
            await happenings[what](world, pick, twist);
            await world.check();
          }
          await comeToRest(world);
          await world.check();
          await checkEnd(world);
          if (world.state === 'cancelled') break;
        }
        const { revision } = await world.snapshot();
        const note = (end: string) => (ends[end] = (ends[end] ?? 0) + 1);
        for (const event of await eventsOf(world)) if (event.type === 'job.ended') note(event.state);
        if (revision > 1) note('amended');
        if (world.history.length > 0) note('restored');
        if (world.reopened > 0) note('reopened');
      });
      const afterEach = () => redis.flushall().then(() => undefined);
      await fc.assert(property.afterEach(afterEach), {
        seed,
        numRuns: RUNS,
        // Shrinking ends in time for its result to be read.
        interruptAfterTimeLimit: LONGEST_MS,
        markInterruptAsFailure: true,
      });
      process.stderr.write(`engine model: ${JSON.stringify(ends)}\n`);
      for (const end of ['completed', 'amended', 'cancelled', 'failed', 'restored', 'reopened'])
        expect(ends).toHaveProperty(end);
    },
    2 * LONGEST_MS,
  );
});
