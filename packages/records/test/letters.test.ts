import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeadLetterFilter } from '@sluice/contracts';
import type { Records } from '../src/index.ts';
import { CREATED_MS, endedRecord, jobId, jobRecord, task } from './job-records.ts';
import { deadLetter } from './letters.ts';
import { type Bench, codeOf, makeBench } from './servers.ts';

let bench: Bench;
let records: Records;
beforeAll(async () => {
  bench = await makeBench();
});
beforeEach(async () => {
  records = await bench.open();
});
afterAll(() => bench.clear());

describe('a dead letter', () => {
  test('is read back as it was', async () => {
    const letter = deadLetter(1, { payload: undefined, nextMs: null });
    await records.deadLetters.save(letter);
    expect(await records.deadLetters.find(letter.id)).toEqual({ ...letter, payload: null });
    expect(await records.deadLetters.find('unknown')).toBeNull();
  });

  test('is there once, as it was updated last, whatever the order', async () => {
    const old = deadLetter(1);
    const healed = { ...old, state: 'resolved', reason: 'healed', updatedMs: old.updatedMs + 9, redrives: 1 } as const;
    await Promise.all([
      records.deadLetters.save(healed),
      records.deadLetters.save(old),
      records.deadLetters.save(healed),
    ]);
    expect(await records.deadLetters.find(old.id)).toEqual(healed);
    expect(await records.deadLetters.count({})).toBe(1);
  });
});

describe('dead letters', () => {
  const all = [
    deadLetter(1),
    deadLetter(2, {
      state: 'parked',
      reason: 'poison',
      fingerprint: 'a'.repeat(16),
      error: { code: 'poison', message: 'It kills workers.', disposition: 'give-up' },
    }),
    deadLetter(3, { tenant: 'other', name: 'mail.parse', lastFailedMs: CREATED_MS + 90_000 }),
    deadLetter(4, { jobId: jobId(1), task: 'parsing.mail', state: 'discarded', reason: 'person' }),
  ];
  beforeEach(async () => {
    for (const letter of all) await records.deadLetters.save(letter);
  });

  test.each<[string, DeadLetterFilter, number[]]>([
    ['all, by the first failure, newest first', {}, [4, 3, 2, 1]],
    ['by id', { ids: [deadLetter(2).id, 'unknown'] }, [2]],
    ['by no id', { ids: [] }, []],
    ['by state', { state: 'parked' }, [2]],
    ['by tenant', { tenant: 'acme' }, [4, 2, 1]],
    ['by job', { jobId: jobId(1) }, [4, 1]],
    ['by task name', { name: 'mail.parse' }, [3]],
    ['by code', { code: 'poison' }, [2]],
    ['by fingerprint', { fingerprint: 'a'.repeat(16) }, [2]],
    ['by the last failure', { sinceMs: CREATED_MS + 4_000, untilMs: CREATED_MS + 90_000 }, [4]],
    ['by all at once', { tenant: 'acme', state: 'scheduled', code: 'provider-down', name: 'provider.lookup' }, [1]],
  ])('are found %s', async (_name, filter, numbers) => {
    const ids = numbers.map((number) => all[number - 1]?.id);
    const { letters } = await records.deadLetters.list(filter);
    expect(letters.map(({ id }) => id)).toEqual(ids);
    expect(await records.deadLetters.count(filter)).toBe(numbers.length);
    const exported: string[] = [];
    for await (const { id } of records.deadLetters.each(filter)) exported.push(id);
    expect(exported).toEqual(ids);
  });

  test('are paged in an order that redrives do not change', async () => {
    const { letters: first, next } = await records.deadLetters.list({}, { limit: 2 });
    await records.deadLetters.save(
      deadLetter(1, { lastFailedMs: CREATED_MS + 500_000, updatedMs: CREATED_MS + 500_000 }),
    );
    const { letters: second, next: end } = await records.deadLetters.list({}, { limit: 2, cursor: next ?? '' });
    expect([...first, ...second].map(({ id }) => id)).toEqual([4, 3, 2, 1].map((number) => all[number - 1]?.id));
    expect(end).toBeNull();
    expect(await codeOf(records.deadLetters.list({}, { cursor: 'x' }))).toBe('bad-cursor');
  });

  test('are grouped by fingerprint, the largest first, under the name of the latest', async () => {
    const [large, small] = await records.deadLetters.groups({});
    expect(large).toEqual({
      fingerprint: '0123456789abcdef',
      name: 'mail.parse',
      code: 'provider-down',
      message: 'The provider does not answer.',
      count: 3,
      byState: { scheduled: 2, discarded: 1 },
      firstSeenMs: CREATED_MS + 1_000,
      lastSeenMs: CREATED_MS + 90_000,
      example: all[2]?.id,
    });
    expect(small).toMatchObject({ count: 1, byState: { parked: 1 }, code: 'poison' });
    expect(await records.deadLetters.groups({}, { limit: 1 })).toHaveLength(1);
    expect(await records.deadLetters.groups({ tenant: 'nobody' })).toEqual([]);
  });

  test('are counted by state, with what became of redrives', async () => {
    await records.deadLetters.save(deadLetter(5, { state: 'resolved', reason: 'healed', redrives: 2 }));
    await records.deadLetters.save(deadLetter(6, { state: 'parked', reason: 'exhausted', redrives: 3 }));
    expect(await records.deadLetters.stats(CREATED_MS + 11_000)).toEqual({
      byState: { scheduled: 2, parked: 2, resolved: 1, discarded: 1, expired: 0 },
      size: 4,
      oldestMs: 10_000,
      retrySuccess: 0.5,
      meanRetries: 2.5,
    });
  });

  test('that are open for too long expire, and those that ended long ago are removed, a batch at a time', async () => {
    const nowMs = CREATED_MS + 100_000;
    const options = { beforeMs: CREATED_MS + 50_000, nowMs, limit: 1 };
    expect(await records.deadLetters.expire(options)).toEqual({ expired: 1, removed: 1 });
    expect(await records.deadLetters.expire(options)).toEqual({ expired: 1, removed: 0 });
    expect(await records.deadLetters.expire(options)).toEqual({ expired: 0, removed: 0 });
    expect(await records.deadLetters.find(deadLetter(1).id)).toMatchObject({
      state: 'expired',
      reason: 'age',
      nextMs: null,
      updatedMs: nowMs,
    });
    expect(await records.deadLetters.find(deadLetter(3).id)).toMatchObject({ state: 'scheduled' });
    expect(await records.deadLetters.find(all[3]?.id ?? '')).toBeNull();
  });
});

test('a letter that waits for a moment does not expire before it', async () => {
  const waiting = deadLetter(90, { state: 'scheduled', reason: 'quota', nextMs: CREATED_MS + 9_000_000 });
  await records.deadLetters.save(waiting);
  const beforeMs = waiting.lastFailedMs + 1_000_000;
  await records.deadLetters.expire({ beforeMs, nowMs: beforeMs, limit: 100 });
  expect((await records.deadLetters.list({ jobId: waiting.jobId })).letters).toMatchObject([{ state: 'scheduled' }]);
  await records.deadLetters.expire({ beforeMs: CREATED_MS + 9_000_001, nowMs: CREATED_MS + 9_000_001, limit: 100 });
  expect((await records.deadLetters.list({ jobId: waiting.jobId })).letters).toMatchObject([{ state: 'expired' }]);
});

test('an empty desk has counts of zero and no rates', async () => {
  expect(await records.deadLetters.stats(1)).toEqual({
    byState: { scheduled: 0, parked: 0, resolved: 0, discarded: 0, expired: 0 },
    size: 0,
    oldestMs: null,
    retrySuccess: null,
    meanRetries: null,
  });
});

describe('tasks that nobody has judged', () => {
  const times = { sinceMs: 1_000, untilMs: 9_000 };
  const failed = (id: string, completedMs: number, generation = 1) =>
    task(id, { status: 'failed', completedMs, generation });
  const idsOf = ({ tasks }: { tasks: { task: string }[] }) => tasks.map((one) => one.task);

  test('are those that failed or were given up in the time named, the latest first, page by page', async () => {
    const tasks = [
      failed('a', 2_000),
      task('b', { status: 'deferred', completedMs: 4_000, generation: 3 }),
      failed('c', 2_000),
      failed('early', 999),
      failed('late', 9_000),
      task('done', { status: 'completed', completedMs: 3_000 }),
      task('open', { status: 'retrying' }),
    ];
    await records.jobs.write([
      endedRecord(1, { row: { tasks } }),
      endedRecord(2, { row: { tasks: [failed('d', 2_000)] } }),
    ]);
    const first = await records.deadLetters.unjudged(times, { limit: 2 });
    expect(first.tasks).toEqual([
      { jobId: jobId(1), task: 'b', generation: 3 },
      { jobId: jobId(2), task: 'd', generation: 1 },
    ]);
    const second = await records.deadLetters.unjudged(times, { limit: 2, cursor: first.next ?? '' });
    expect(idsOf(second)).toEqual(['c', 'a']);
    expect(second.next).toBeNull();
    expect(await codeOf(records.deadLetters.unjudged(times, { cursor: first.next?.slice(3) ?? '' }))).toBe(
      'bad-cursor',
    );
  });

  test('are not those whose letter stands for that generation, or was closed by a person or by age, or whose job is cancelled', async () => {
    await records.jobs.write([jobRecord(2, { state: 'cancelled', row: { tasks: [failed('cancelled', 2_000)] } })]);
    const tasks = ['known', 'later', 'person', 'old', 'over', 'none'].map((id) => failed(id, 2_000, 2));
    await records.jobs.write([endedRecord(1, { row: { tasks } })]);
    for (const letter of [
      { task: 'known', generation: 2 },
      { task: 'later', generation: 1 },
      { task: 'person', generation: 1, state: 'discarded', reason: 'person' },
      { task: 'old', generation: 1, state: 'expired', reason: 'age' },
      { task: 'over', generation: 1, state: 'discarded', reason: 'job-over' },
    ] as const) {
      await records.deadLetters.save(deadLetter(1, letter));
    }
    expect(idsOf(await records.deadLetters.unjudged(times)).toSorted()).toEqual(['later', 'none', 'over']);
  });
});
