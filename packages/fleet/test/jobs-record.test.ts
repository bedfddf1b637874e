import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { bucketOf, type JobImage } from '@sluice/contracts';
import { createFailureList, createJournal, readImage } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis, type TestRedis } from '@sluice/testkit';
import { createHost, type Host } from './jobs-host.ts';

const DAY_SECONDS = 24 * 60 * 60;

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
});
afterEach(() => redis.flushall());
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

async function imageOf({ jobs, jobId }: Host): Promise<JobImage> {
  const image = await jobs.image(jobId);
  if (image === null) throw new Error('there is no image');
  return image;
}

describe('the journal', () => {
  test('holds every change until it is trimmed, oldest first, and says how far behind its reader is', async () => {
    const journal = createJournal(redis);
    expect(await journal.lag()).toEqual({ entries: 0, oldestMs: null });
    const host = createHost(redis);
    await host.plan({ a: {}, b: {} });
    for (const task of ['a', 'b']) await host.settle(task);
    const bucket = bucketOf(host.jobId);
    const entries = await journal.read(bucket, 100);
    expect(entries.map(({ jobId, seq }) => [jobId, seq])).toEqual([1, 1, 2, 3].map((seq) => [host.jobId, seq]));
    expect(await journal.read(bucket, 2)).toEqual(entries.slice(0, 2));
    await redis.xadd(host.keys.journal, '99999999999999-0', 'j', host.jobId, 's', 9);
    expect((await journal.lag()).entries).toBe(5);
    await journal.trim(bucket, entries[1]?.entryId ?? '');
    expect((await journal.read(bucket, 100)).slice(0, 2)).toEqual(entries.slice(2));
    await journal.trim(bucket, entries[3]?.entryId ?? '');
    expect((await journal.read(bucket, 100)).map(({ seq }) => seq)).toEqual([9]);
  });

  test('of a job that has ended notes what is begun and given back too: nothing else may follow', async () => {
    const host = createHost(redis);
    await host.plan({ late: {} });
    await host.settle('late', 'deferred');
    const journal = createJournal(redis);
    const seqs = async () => (await journal.read(bucketOf(host.jobId), 100)).map(({ seq }) => seq);
    const task = host.ref('late');
    const beginAndRelease = async () => {
      await host.jobs.begin(task, 'w');
      await host.jobs.release(task, 'w', {});
    };
    const before = await seqs();
    await beginAndRelease();
    expect(await seqs()).toEqual(before);
    await host.end('completed');
    const ended = (await host.seen()).seq;
    await beginAndRelease();
    expect((await seqs()).slice(-3)).toEqual([ended, ended + 1, ended + 2]);
  });

  test('loses nothing of ten thousand changes and more that nobody reads', async () => {
    const host = createHost(redis);
    const pipeline = redis.pipeline();
    for (let n = 1; n <= 10_500; n++) pipeline.xadd(host.keys.journal, `1-${n}`, 'j', host.jobId, 's', n);
    await pipeline.exec();
    await host.plan({ a: {} });
    const journal = createJournal(redis);
    expect((await journal.read(bucketOf(host.jobId), 1))[0]?.seq).toBe(1);
    const { entries, oldestMs } = await journal.lag();
    expect(entries).toBe(10_502);
    expect(oldestMs).toBeGreaterThan(1_000_000);
  });
});

describe('what the record has', () => {
  test('lets an ended job go after 24 hours, and does nothing to an open one', async () => {
    const host = createHost(redis);
    await host.plan({ a: {} });
    await host.jobs.recorded(host.jobId);
    expect(await redis.ttl(host.keys.job)).toBe(-1);
    await host.end('completed');
    for (const key of [host.keys.job, host.keys.events]) {
      expect(await redis.ttl(key)).toBeGreaterThan(6 * DAY_SECONDS);
    }
    await host.jobs.recorded(host.jobId);
    for (const key of [host.keys.job, host.keys.events]) {
      expect(await redis.ttl(key)).toBeGreaterThan(DAY_SECONDS - 60);
      expect(await redis.ttl(key)).toBeLessThanOrEqual(DAY_SECONDS);
    }
    await redis.expire(host.keys.job, 100);
    await host.jobs.recorded(host.jobId);
    expect(await redis.ttl(host.keys.job)).toBeLessThanOrEqual(100);
  });
});

describe('an image', () => {
  test('brings an open job back: due at once, its time begins anew, its events go on after the last recorded one', async () => {
    const host = createHost(redis);
    const { jobs, jobId, ref } = host;
    await host.plan({ a: {}, b: {}, c: {} });
    await jobs.begin(ref('a'), 'first');
    await jobs.begin(ref('a'), 'second');
    await jobs.begin(ref('b'), 'w');
    await jobs.release(ref('b'), 'w', { isParked: true });
    await host.settle('c', 'failed');
    const image = await imageOf(host);
    const before = await host.seen();
    expect(readImage(image)).toMatchObject({ state: 'working', seq: before.seq });
    expect(await jobs.restore(image)).toBe(false);

    await redis.flushall();
    expect(await jobs.restore(image)).toBe(true);
    expect(await jobs.restore(image)).toBe(false);
    expect(await host.isDue()).toBe(true);
    const job = await host.seen();
    expect(job).toMatchObject({ state: 'working', stateIndex: 1, startedMs: null, createdMs: before.createdMs });
    expect(job).toMatchObject({ seq: before.seq, base: before.seq });
    expect(job.sinceMs).toBeGreaterThanOrEqual(before.nowMs);
    expect(job.version).toBeGreaterThan(before.version);
    expect(job.tasks.get('a')).toMatchObject({ isOpen: true, running: null, attempts: [{ code: 'crash' }] });
    expect(job.tasks.get('b')).toMatchObject({ isOpen: true, isParked: false });
    expect(await redis.ttl(host.keys.job)).toBe(-1);
    const failures = await createFailureList(redis).claim(bucketOf(jobId), 10, 1_000);
    expect(failures).toEqual([{ kind: 'failure', jobId, task: 'c', generation: 1 }]);

    expect(await jobs.eventsAfter(jobId, 0)).toEqual([]);
    expect(await jobs.begin(ref('a'), 'third')).toEqual({ verdict: 'go', crashes: 1 });
    await host.settle('a');
    for (const [after, seqs] of [
      [0, [1, 2]],
      [before.seq, [1, 2]],
      [before.seq + 1, [2]],
      [before.seq + 2, []],
    ] as const) {
      const events = await jobs.eventsAfter(jobId, after);
      expect(events.map(({ seq }) => seq - before.seq)).toEqual(seqs);
    }
  });

  test('older than what was lost: what that planned and began changes nothing, and the count of open tasks stays right', async () => {
    const host = createHost(redis);
    await host.plan({ a: {}, b: {} });
    await host.settle('a', 'failed');
    const image = await imageOf(host);
    const stale = await host.seen();
    await host.jobs.redrive(host.ref('a'));
    await redis.flushall();
    await host.jobs.restore(image);
    expect(await host.openCount()).toBe(1);
    expect(await host.settle('a', 'done', 2)).toBe('superseded');
    expect(await host.openCount()).toBe(1);
    const late = { fields: {}, events: [], state: 'summing', stateIndex: 2, dueMs: null, ended: false, amended: false };
    expect(await host.jobs.apply(stale, late)).toBe(false);
    expect(await host.jobs.redrive(host.ref('a'))).toMatchObject({ generation: 2 });
    expect(await host.settle('a', 'done', 2)).toBe('healed');
  });

  test('of an ended job comes back for as long as an ended job lives, and asks for a look only where something is to come', async () => {
    for (const isHealed of [false, true]) {
      const host = createHost(redis);
      await host.plan({ a: {} });
      await host.settle('a', 'deferred');
      await host.end('completed');
      if (isHealed) await host.settle('a', 'done');
      const image = await imageOf(host);
      await redis.flushall();
      await host.jobs.restore(image);
      expect(await host.isDue()).toBe(isHealed);
      expect(await redis.ttl(host.keys.job)).toBeGreaterThan(6 * DAY_SECONDS);
      expect(await host.seen()).toMatchObject({ state: 'completed', healed: isHealed ? 1 : 0 });
    }
  });

  test('of a thousand tasks comes back whole', async () => {
    const host = createHost(redis);
    await host.plan(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`t-${n}`, {}])));
    const image = await imageOf(host);
    await redis.flushall();
    await host.jobs.restore(image);
    expect((await host.seen()).tasks.size).toBe(1_000);
    expect(await host.openCount()).toBe(1_000);
  });

  test('that is of another job, or of none, is refused; an unknown job has none', async () => {
    const host = createHost(redis);
    await host.plan({ a: {} });
    const image = await imageOf(host);
    const other = createHost(redis);
    await expect(other.jobs.restore({ ...image, jobId: other.jobId })).rejects.toThrow(other.jobId);
    await expect(other.jobs.restore({ ...image, hash: {} })).rejects.toThrow();
    expect(await other.jobs.image(other.jobId)).toBeNull();
  });
});
