import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ALL_BUCKETS, bucketOf, type JobId, SluiceError } from '@sluice/contracts';
import { bucketKeys, JOURNAL_CHANNEL, keysOf } from '@sluice/fleet/jobs';
import { eventually } from '@sluice/testkit';
import { createCalls } from '../src/record/calls.ts';
import { asideKeyOf, leaseKey, RECORDERS_KEY } from '../src/record/keys.ts';
import { createShares } from '../src/record/shares.ts';
import { createWorld, type World } from './record-world.ts';

const DAY_SECONDS = 24 * 60 * 60;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

/** One row, and a log without a gap that says what Redis says. */
async function expectRecorded(jobId: JobId): Promise<void> {
  const [row, { inRedis, inRecord }] = await Promise.all([world.table.find(jobId), world.logs(jobId)]);
  expect(inRecord).toEqual(inRedis);
  expect(inRecord.map(({ seq }) => seq)).toEqual(inRecord.map((_, index) => index + 1));
  expect(row).toMatchObject({ jobId, seq: inRedis.length });
}

describe('the drainer', () => {
  test('records a job with its log, its tasks, its report, and what it is found by', async () => {
    const { jobId } = await world.finished({ tlp: 'green' });
    await world.drain();
    await expectRecorded(jobId);
    expect(await world.table.find(jobId)).toMatchObject({
      tenant: 'default',
      state: 'completed',
      tlp: 'green',
      verdict: 'suspicious',
      score: 50,
      subject: 'Your account \uFFFD is locked',
      sender: 'mallory@sender.example',
      senderDomain: 'sender.example',
    });
    expect((await world.table.report(jobId))?.report).toMatchObject({ jobId, revision: 1 });
    expect(await world.table.tasks(jobId)).toMatchObject([
      { id: 'work.0', type: 'mail.parse', status: 'completed', pool: 'analysis', worker: 'worker', retryCount: 0 },
      { id: 'work.1', type: 'mail.extract', status: 'completed' },
    ]);
    for (const search of [
      { sender: 'mallory@sender.example' },
      { domain: 'bad.example' },
      { domain: 'sender.example' },
      { hash: 'b'.repeat(64) },
      { ip: '192.0.2.7' },
      { text: 'is locked' },
    ]) {
      const { jobs } = await world.table.search({ tenant: 'default', ...search });
      expect(jobs.map((job) => job.jobId)).toContain(jobId);
    }
  });

  test('leaves nothing in the journal, removes the manifest, and lets the keys of an ended job go after a day', async () => {
    const ended = await world.finished();
    const open = await world.submit();
    await world.drain();
    expect(await world.journal.lag()).toEqual({ entries: 0, oldestMs: null });
    expect(await world.inbox.list({ olderThanMs: 0, limit: 10 })).toEqual([]);
    expect(await world.redis.ttl(keysOf(ended.jobId).job)).toBeLessThanOrEqual(DAY_SECONDS);
    expect(await world.redis.ttl(keysOf(open.jobId).job)).toBe(-1);
  });

  test('killed before or after any of its steps, it is followed by one that brings the same', async () => {
    let survived = false;
    for (let step = 1; !survived; step += 1) {
      for (const when of ['before', 'after'] as const) {
        const first = await world.finished();
        const second = await world.submit();
        await world.begin(second.jobId);
        const { parts, wasReached } = killedAt(step, when);
        await world
          .drainer(parts)
          .round()
          .catch(() => undefined);
        survived = !wasReached();
        await world.end(second.jobId);
        await world.drain();
        for (const { jobId } of [first, second]) {
          await expectRecorded(jobId);
          expect((await world.table.report(jobId))?.report).toMatchObject({ jobId });
          expect(await world.redis.ttl(keysOf(jobId).job)).toBeLessThanOrEqual(DAY_SECONDS);
        }
        expect((await world.journal.lag()).entries).toBe(0);
      }
    }
  });

  test('keeps every revision of a report, also those that came between two looks', async () => {
    const { jobId } = await world.finished();
    await world.amend(jobId, 2);
    await world.amend(jobId, 3);
    await world.drain();
    await expectRecorded(jobId);
    for (const revision of [1, 2, 3]) {
      expect((await world.table.report(jobId, revision))?.report).toMatchObject({ revision });
    }
    expect(await world.table.find(jobId)).toMatchObject({ revision: 3 });
  });

  test('records a job whose report is gone, with what the last stage said of it', async () => {
    const { jobId } = await world.finished();
    const job = await world.jobs.snapshot(jobId);
    await world.blobs.remove(job?.result?.report ?? '');
    await world.drain();
    await expectRecorded(jobId);
    expect(await world.table.find(jobId)).toMatchObject({ verdict: 'suspicious', score: 50, subject: null });
    expect(await world.table.report(jobId)).toMatchObject({ revision: 1, report: null });
  });
});

/** Ports of the drainer, of which the call of that number fails, as if the process had ended there. */
function killedAt(step: number, when: 'before' | 'after') {
  let calls = 0;
  const mortal = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      calls += 1;
      const dies = calls >= step;
      if (dies && (when === 'before' || calls > step))
        throw new SluiceError('killed', 'killed', { disposition: 'retry' });
      const result = await call(...args);
      if (dies) throw new SluiceError('killed', 'killed', { disposition: 'retry' });
      return result;
    };
  };
  const { journal, table, inbox, jobs, blobs } = world;
  const parts = {
    journal: { read: journal.read, trim: mortal(journal.trim) },
    table: { lastEvents: mortal(table.lastEvents), write: mortal(table.write) },
    inbox: { remove: mortal(inbox.remove) },
    jobs: {
      ...jobs,
      image: mortal(jobs.image),
      eventsAfter: mortal(jobs.eventsAfter),
      recorded: mortal(jobs.recorded),
    },
    blobs: { get: mortal(blobs.get) },
  };
  return { parts, wasReached: () => calls >= step };
}

describe('a job that cannot be recorded', () => {
  const inBucketOf = async (jobId: JobId) => {
    for (;;) {
      const meta = await world.submit();
      if (bucketOf(meta.jobId) === bucketOf(jobId)) return meta;
    }
  };

  test('is set aside without holding up the others, and is recorded when it can be', async () => {
    const bad = await world.finished();
    const good = await inBucketOf(bad.jobId);
    const { job } = keysOf(bad.jobId);
    const meta = (await world.redis.hget(job, 'meta')) ?? '';
    await world.redis.hset(job, 'meta', '{"v":1,"broken"');
    await world.drain();
    await expectRecorded(good.jobId);
    expect(await world.table.find(bad.jobId)).toBeNull();
    expect((await world.journal.lag()).entries).toBe(0);
    expect(await world.redis.zrangebyscore(asideKeyOf(bad.jobId), '-inf', '+inf')).toEqual([bad.jobId]);
    await world.redis.hset(job, 'meta', meta);
    await world.drain();
    expect(await world.table.find(bad.jobId)).toBeNull();
    await world.redis.zadd(asideKeyOf(bad.jobId), 0, bad.jobId);
    await world.drain();
    await expectRecorded(bad.jobId);
    expect(await world.redis.exists(asideKeyOf(bad.jobId))).toBe(0);
  });

  test('is found among many that are written at once, and refused three times first', async () => {
    const bad = await world.finished();
    const others = await Promise.all(Array.from({ length: 20 }, () => world.finished()));
    let refusals = 0;
    const write: World['table']['write'] = async (batch) => {
      if (batch.some(({ image }) => image.jobId === bad.jobId)) {
        refusals += batch.length === 1 ? 1 : 0;
        throw new SluiceError('record-fault', 'no', { disposition: 'retry' });
      }
      await world.table.write(batch);
    };
    await world.drainer({ table: { lastEvents: world.table.lastEvents, write } }).round();
    for (const { jobId } of others) await expectRecorded(jobId);
    expect(refusals).toBe(3);
    expect(await world.redis.zrangebyscore(asideKeyOf(bad.jobId), '-inf', '+inf')).toEqual([bad.jobId]);
    await world.redis.del(asideKeyOf(bad.jobId));
  });
});

describe('several orchestrators', () => {
  test('share the buckets evenly, take those of one that leaves, and leave none undrained', async () => {
    const [one, other] = ['one', 'other'].map((worker) => createShares({ redis: world.redis, worker }));
    if (one === undefined || other === undefined) throw new Error('there are two');
    await one.renew();
    expect(one.held()).toHaveLength(16);
    await other.renew();
    expect(other.held()).toEqual([]);
    await one.renew();
    await other.renew();
    expect([...one.held(), ...other.held()].toSorted()).toEqual([...ALL_BUCKETS]);
    expect(one.held()).toHaveLength(8);
    await one.release();
    await other.renew();
    expect(other.held()).toHaveLength(16);
    await other.release();
  });

  test('take the buckets of one that dies', async () => {
    const [dead, alive] = ['dead', 'alive'].map((worker) => createShares({ redis: world.redis, worker }));
    if (dead === undefined || alive === undefined) throw new Error('there are two');
    await dead.renew();
    await alive.renew();
    expect(alive.held()).toEqual([]);
    // As if ten seconds had passed without a word of it.
    await world.redis.zadd(RECORDERS_KEY, 0, 'dead');
    await world.redis.unlink(ALL_BUCKETS.map(leaseKey));
    await alive.renew();
    expect(alive.held().toSorted()).toEqual([...ALL_BUCKETS]);
    await alive.release();
  });

  test('that drain the same buckets at once record each job once, while it changes', async () => {
    const drainers = [world.drainer(), world.drainer()];
    for (const drainer of drainers) drainer.start();
    const metas = await Promise.all(Array.from({ length: 30 }, () => world.finished()));
    await eventually(async () => expect((await world.journal.lag()).entries).toBe(0));
    await Promise.all(drainers.map((drainer) => drainer.stop()));
    for (const { jobId } of metas) await expectRecorded(jobId);
  });
});

describe('while PostgreSQL is away', () => {
  test('jobs go on and the journal waits; when it is back everything is recorded', async () => {
    const before = await world.submit();
    const drainer = world.drainer();
    drainer.start();
    await eventually(() => expectRecorded(before.jobId));
    await world.postgres.crash();
    const metas = await Promise.all(Array.from({ length: 20 }, () => world.finished()));
    await world.begin(before.jobId);
    await world.end(before.jobId);
    for (const { jobId } of metas) expect((await world.jobs.snapshot(jobId))?.state).toBe('completed');
    const waiting = await Promise.all(ALL_BUCKETS.map((bucket) => world.redis.xlen(bucketKeys(bucket).journal)));
    expect(waiting.reduce((sum, length) => sum + length)).toBeGreaterThan(20 * 4);
    await world.postgres.restart();
    await eventually(async () => expect((await world.journal.lag()).entries).toBe(0), 30_000);
    await drainer.stop();
    for (const { jobId } of [before, ...metas]) await expectRecorded(jobId);
  }, 60_000);
});

test('a call for whoever drains the journal ends the rest between two rounds', async () => {
  const drainer = world.drainer({ lingerMs: 3_600_000 });
  const calls = createCalls({
    redis: world.redis,
    onCall: () => drainer.hurry(),
    onError: (error) => {
      throw error;
    },
  });
  drainer.start();
  calls.start();
  const { jobId } = await world.finished();
  await eventually(async () => {
    // As retry-worker does it: again and again.
    await world.redis.publish(JOURNAL_CHANNEL, '{}');
    expect(await world.table.find(jobId)).toMatchObject({ state: 'completed' });
  });
  await calls.stop();
  await drainer.stop();
});
