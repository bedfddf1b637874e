import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type JobEventBody, type JobId, JobsMessage } from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { Census } from './census.ts';
import { createFeed, type Feed } from './feed.ts';
import type { Owner } from './owners.ts';

const OWNER: Owner = { tenant: 'acme', pipeline: 'email-scan', priority: 'normal' };
const EMPTY: Census = { live: [], isCut: false, ended: [], isPartial: false };
const idOf = (n: number): JobId => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`;

let feed: Feed | undefined;
afterEach(() => {
  feed?.close();
  jest.useRealTimers();
});

/** A feed of jobs that stand in a map, on a clock of its own. */
async function setUp({ census = EMPTY, begun = true } = {}) {
  jest.useFakeTimers();
  const jobs = new Map<JobId, JobSnapshot>();
  const reads: JobId[] = [];
  const world = { isHearing: true, error: null as Error | null };
  const troubles: unknown[] = [];
  const it = createFeed({
    census: () => (world.error === null ? Promise.resolve(census) : Promise.reject(world.error)),
    snapshot: (jobId) => {
      reads.push(jobId);
      return world.error === null ? Promise.resolve(jobs.get(jobId) ?? null) : Promise.reject(world.error);
    },
    onError: (error) => void troubles.push(error),
    isHearing: () => world.isHearing,
  });
  feed = it;
  if (begun) {
    it.begin();
    await jest.advanceTimersByTimeAsync(1);
  }
  return { it, jobs, reads, world, troubles };
}

function reader() {
  const messages: JobsMessage[] = [];
  const send = (text: Buffer) => void messages.push(JobsMessage.parse(JSON.parse(text.toString())));
  const deltas = () => messages.flatMap((message) => (message.type === 'deltas' ? message.deltas : []));
  return { send, messages, deltas };
}

function tell(it: Feed, n: number, seq: number, body: JobEventBody): void {
  it.onEvent(OWNER, { jobId: idOf(n), seq, atMs: 1_000 + seq, ...body });
}

const queued = (it: Feed, n: number) => tell(it, n, 1, { type: 'job.queued', pipeline: 'email-scan' });
const state = (it: Feed, n: number, seq: number, name: string) => tell(it, n, seq, { type: 'job.state', state: name });
const ended = (it: Feed, n: number, seq: number) => tell(it, n, seq, { type: 'job.ended', state: 'completed' });
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

function snapshot(n: number, seq: number, name: string): JobSnapshot {
  const meta = { v: 1, jobId: idOf(n), ...OWNER, input: null, timeoutMs: 1 } as const;
  const numbers = { nowMs: 1, seq, base: 0, version: 1, stateIndex: 1, createdMs: 1_001, sinceMs: 1, revision: 0 };
  const rest = { healed: 0, amended: 0, amending: 0, startedMs: null, endedMs: null, result: null, error: null };
  return {
    meta,
    state: name,
    ...numbers,
    ...rest,
    outline: [{ name: 'a', state: 'a', share: 100 }],
    stages: new Map(),
    tasks: new Map(),
  };
}

describe('the changes of a job', () => {
  test('are told four times a second at most, and the last state always', async () => {
    const { it, jobs } = await setUp();
    const one = reader();
    it.join(one, undefined);
    queued(it, 1);
    jobs.set(idOf(1), snapshot(1, 2, 's_a'));
    for (let seq = 2; seq <= 401; seq += 1) {
      state(it, 1, seq, `s_${seq % 2 === 0 ? 'a' : 'b'}${'x'.repeat(seq % 7)}`);
      await pass(5);
    }
    ended(it, 1, 402);
    await pass(1_000);
    const told = one.deltas();
    expect(told.length).toBeLessThanOrEqual(4 * 2 + 3);
    expect(told.length).toBeGreaterThan(4);
    expect(told.at(-1)).toMatchObject({ type: 'job', atMs: 1_402, job: { state: 'completed', percent: 100 } });
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, at) => at + 1));
  });

  test('that show nothing new are not told', async () => {
    const { it, jobs } = await setUp();
    const one = reader();
    it.join(one, undefined);
    queued(it, 1);
    jobs.set(idOf(1), snapshot(1, 2, 'queued'));
    await pass(300);
    tell(it, 1, 2, { type: 'task.released', task: 'a.b', stage: 'a', name: 'x', generation: 1 });
    await pass(300);
    expect(one.deltas()).toHaveLength(1);
  });

  test('go on from a reading where a number is missing, or where it is seen first', async () => {
    const { it, jobs, reads } = await setUp();
    const one = reader();
    it.join(one, undefined);
    queued(it, 1);
    jobs.set(idOf(1), snapshot(1, 9, 'extracting')).set(idOf(2), snapshot(2, 30, 'scoring'));
    state(it, 1, 9, 'extracting');
    state(it, 2, 30, 'scoring');
    state(it, 1, 10, 'scoring');
    await pass(300);
    expect(one.deltas().map(({ job }) => [job.jobId, job.state])).toEqual(
      expect.arrayContaining([
        [idOf(1), 'scoring'],
        [idOf(2), 'scoring'],
      ]),
    );
    expect(reads.toSorted()).toEqual([idOf(1), idOf(2)]);
    state(it, 1, 9, 'extracting');
    await pass(300);
    expect(one.deltas().at(-1)?.job.state).toBe('scoring');
  });

  test('are those of the reading where what was heard does not fit it, and never an endless reading', async () => {
    const { it, jobs, reads } = await setUp();
    const one = reader();
    it.join(one, undefined);
    jobs.set(idOf(1), snapshot(1, 3, 'extracting'));
    state(it, 1, 9, 'scoring');
    await pass(300);
    expect(one.deltas().at(-1)?.job.state).toBe('extracting');
    expect(reads).toHaveLength(3);
  });
});

describe('the list', () => {
  test('keeps the last 100 that ended, and says which have left it', async () => {
    const { it } = await setUp();
    const one = reader();
    it.join(one, undefined);
    for (let n = 1; n <= 130; n += 1) {
      queued(it, n);
      ended(it, n, 2);
    }
    queued(it, 131);
    await pass(300);
    const finals = one.deltas().filter(({ type, job }) => type === 'job' && job.state === 'completed');
    expect(finals).toHaveLength(130);
    const gone = one.deltas().filter(({ type }) => type === 'gone');
    expect(gone.map(({ job }) => job.jobId)).toEqual(Array.from({ length: 30 }, (_, at) => idOf(at + 1)));
    const late = reader();
    it.join(late, undefined);
    const [first] = late.messages;
    if (first?.type !== 'snapshot') throw new Error('no snapshot');
    expect(first.jobs).toHaveLength(101);
    expect(first.seq).toBe(161);
  });

  test('lets a job go that does not exist any more', async () => {
    const { it } = await setUp();
    const one = reader();
    it.join(one, undefined);
    queued(it, 1);
    await pass(300);
    state(it, 1, 5, 'scoring');
    await pass(300);
    expect(one.deltas().at(-1)).toMatchObject({ type: 'gone', job: { jobId: idOf(1) } });
  });
});

describe('a reader that comes again', () => {
  const positionOf = (one: ReturnType<typeof reader>) => {
    const [first] = one.messages;
    const epoch = first !== undefined && 'epoch' in first ? first.epoch : '';
    return { epoch, seq: one.deltas().at(-1)?.seq ?? 0 };
  };

  test('gets exactly the rest from the same feed', async () => {
    const { it } = await setUp();
    const one = reader();
    it.join(one, undefined);
    for (let n = 1; n <= 5; n += 1) queued(it, n);
    await pass(300);
    it.leave(one);
    const { epoch, seq } = positionOf(one);
    for (let n = 1; n <= 3; n += 1) ended(it, n, 2);
    await pass(300);
    const again = reader();
    it.join(again, `${epoch}.${seq}`);
    expect(again.messages[0]).toEqual({ type: 'resumed', epoch, seq: 5, resumed: true });
    expect(again.deltas().map((delta) => [delta.seq, delta.job.jobId])).toEqual([
      [6, idOf(1)],
      [7, idOf(2)],
      [8, idOf(3)],
    ]);
  });

  test.each(['other.1', 'EPOCH.999', undefined])('gets a snapshot instead, and is told so: %s', async (position) => {
    const { it } = await setUp();
    const one = reader();
    it.join(one, undefined);
    queued(it, 1);
    await pass(300);
    const again = reader();
    it.join(again, position?.replace('EPOCH', positionOf(one).epoch));
    expect(again.messages).toMatchObject([{ type: 'snapshot', resumed: false, seq: 1, jobs: [{ state: 'queued' }] }]);
  });

  test('after more than is kept gets a snapshot', async () => {
    const { it } = await setUp();
    const one = reader();
    it.join(one, undefined);
    for (let n = 1; n <= 5_100; n += 1) queued(it, n);
    await pass(300);
    const again = reader();
    it.join(again, `${positionOf(one).epoch}.1`);
    expect(again.messages[0]).toMatchObject({ type: 'snapshot', resumed: false, isCut: true });
    const close = reader();
    it.join(close, `${positionOf(one).epoch}.101`);
    expect(close.messages[0]?.type).toBe('resumed');
    expect(close.deltas()).toHaveLength(4_999);
  });
});

describe('when nothing is heard', () => {
  test('readers are told, and get a snapshot of a new epoch when it is heard again', async () => {
    const { it, world } = await setUp();
    const one = reader();
    it.join(one, undefined);
    world.isHearing = false;
    it.onLost();
    const late = reader();
    it.join(late, undefined);
    expect(one.messages.at(-1)?.type).toBe('stale');
    expect(late.messages.map(({ type }) => type)).toEqual(['stale']);
    it.onGap();
    await pass(1);
    const last = one.messages.at(-1);
    expect(last?.type).toBe('snapshot');
    expect(late.messages.at(-1)).toEqual(last);
    expect(last).not.toMatchObject({
      epoch: one.messages[0] !== undefined && 'epoch' in one.messages[0] ? one.messages[0].epoch : '',
    });
  });

  test('a beginning that fails is tried again until it succeeds', async () => {
    const { it, world, troubles } = await setUp({ begun: false });
    world.error = new Error('Command timed out');
    const one = reader();
    it.join(one, undefined);
    it.begin();
    await pass(3_500);
    expect(troubles.length).toBeGreaterThanOrEqual(3);
    expect(one.messages).toEqual([]);
    world.error = null;
    await pass(1_100);
    expect(one.messages.map(({ type }) => type)).toEqual(['snapshot']);
  });

  test('a job that cannot be read is left out, and the others go on', async () => {
    const { it, world, troubles } = await setUp();
    const one = reader();
    it.join(one, undefined);
    world.error = new TypeError('no such thing');
    state(it, 7, 4, 'scoring');
    queued(it, 8);
    await pass(300);
    expect(troubles).toHaveLength(1);
    expect(one.deltas().map(({ job }) => job.jobId)).toEqual([idOf(8)]);
  });
});
