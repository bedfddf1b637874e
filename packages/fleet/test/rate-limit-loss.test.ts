import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createQuotas, type QuotaInput, type Recall, withQuota } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit-loss' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

const T0 = Date.parse('2026-03-10T12:00:00Z');
const HOUR = 3_600_000;
const MINUTE_AND_DAY: QuotaInput['windows'] = [
  { kind: 'sliding', seconds: 60, limit: 4 },
  { kind: 'sliding', seconds: 86_400, limit: 500 },
];
const TIMEOUT_MS = 1_000;
const MARGIN_MS = 500;
/** A window, the longest call, its margin, and what is rounded up. */
const CLOSED_MS = 60_000 + TIMEOUT_MS + MARGIN_MS + 2;

interface Setup {
  windows?: QuotaInput['windows'];
  recall?: Recall;
}

/** Processes on one clock that the test moves; Redis's may be set apart from the monotonic one. */
function fleetOf(name: string, { windows = MINUTE_AND_DAY, recall }: Setup = {}) {
  let nowMs = T0;
  let setMs = 0;
  const clock = { redisMs: () => nowMs + setMs, monotonicMs: () => nowMs - T0 + 1_000 };
  return {
    pass: (ms: number) => (nowMs += ms),
    setRedisClock: (ms: number) => (setMs += ms),
    /** A process that begins to know the quota now. */
    process() {
      const quotas = createQuotas({
        redis,
        quotas: [{ name, windows, marginMs: MARGIN_MS }],
        now: () => nowMs,
        clock,
        ...(recall === undefined ? {} : { recall }),
      });
      return {
        quotas,
        take: () => quotas.take(name, { timeoutMs: TIMEOUT_MS }),
        used: async () => (await quotas.state(name)).windows.map((window) => window.used),
        async call(): Promise<boolean> {
          const taken = await quotas.take(name, { timeoutMs: TIMEOUT_MS });
          if (taken.granted) await quotas.end(taken.lease);
          return taken.granted;
        },
      };
    },
    lose: () => redis.flushall(),
  };
}

describe('lost counters', () => {
  test('are no first start: a first start is open', async () => {
    expect(await fleetOf('first').process().call()).toBe(true);
  });

  test('close a short window for its length and the longest call, from the next look of a process that knew them', async () => {
    const fleet = fleetOf('short', { windows: MINUTE_AND_DAY.slice(0, 1) });
    const process = fleet.process();
    expect(await process.call()).toBe(true);
    await fleet.lose();
    expect(await process.take()).toMatchObject({ granted: false, retryAtMs: T0 + CLOSED_MS });
    fleet.pass(CLOSED_MS - 1);
    expect(await process.call()).toBe(false);
    fleet.pass(1);
    expect([await process.call(), await process.call()]).toEqual([true, true]);
  });

  test('are taken over from the record where a window is long', async () => {
    const asked: number[] = [];
    const recall: Recall = async (_name, { seconds = 0 }) => {
      asked.push(seconds);
      return 498;
    };
    const fleet = fleetOf('recalled', { recall });
    const process = fleet.process();
    // The record knows the quota though Redis does not: that is no first start.
    expect(await process.call()).toBe(false);
    expect(asked).toEqual([86_400]);
    fleet.pass(CLOSED_MS);
    expect(await process.used()).toEqual([0, 498]);
    expect([await process.call(), await process.call(), await process.call()]).toEqual([true, true, false]);
    fleet.pass(24 * HOUR + 1);
    expect(await process.used()).toEqual([0, 0]);
  });

  test('close a long window for its length where there is no record', async () => {
    const fleet = fleetOf('unrecorded');
    const process = fleet.process();
    await process.call();
    await fleet.lose();
    expect(await process.call()).toBe(false);
    fleet.pass(24 * HOUR);
    expect(await process.call()).toBe(false);
    fleet.pass(CLOSED_MS);
    expect(await process.call()).toBe(true);
  });

  test('close a calendar window until its period is over', async () => {
    const windows: QuotaInput['windows'] = [{ kind: 'calendar', period: 'day', zone: 'UTC', limit: 500 }];
    const fleet = fleetOf('calendar', { windows });
    const process = fleet.process();
    await process.call();
    await fleet.lose();
    expect(await process.call()).toBe(false);
    fleet.pass(12 * HOUR);
    expect(await process.call()).toBe(false);
    fleet.pass(MARGIN_MS);
    expect(await process.call()).toBe(true);
  });

  test('that a newcomer took for a first start are closed by the next process that knew better, once', async () => {
    const fleet = fleetOf('newcomer', { windows: MINUTE_AND_DAY.slice(0, 1) });
    const [old, older] = [fleet.process(), fleet.process()];
    await old.call();
    await older.call();
    await fleet.lose();
    expect(await fleet.process().call()).toBe(true);
    expect(await old.call()).toBe(false);
    expect(await fleet.process().call()).toBe(false);
    fleet.pass(CLOSED_MS);
    expect(await old.call()).toBe(true);
    // One who hears of the loss only now closes nothing again.
    expect(await older.call()).toBe(true);
  });

  test('are closed once when many callers of one process see it together', async () => {
    const fleet = fleetOf('together');
    const process = fleet.process();
    await process.call();
    await fleet.lose();
    const takes = await Promise.all(Array.from({ length: 20 }, () => process.take()));
    expect(takes.filter((take) => take.granted)).toHaveLength(0);
  });

  test('of a call that runs are counted again when it ends', async () => {
    const fleet = fleetOf('runs', { windows: [{ kind: 'sliding', seconds: 60, limit: 1 }] });
    const process = fleet.process();
    const running = await process.take();
    await fleet.lose();
    fleet.pass(TIMEOUT_MS);
    if (running.granted) await process.quotas.end(running.lease);
    expect(await process.used()).toEqual([1]);
  });
});

describe("a jump of Redis's clock", () => {
  test.each([
    ['forwards', 2 * HOUR],
    ['backwards', -2 * HOUR],
  ])('%s is noticed before a call is made, and handled as a loss', async (direction, ms) => {
    const fleet = fleetOf(`jump-${direction}`, { windows: MINUTE_AND_DAY.slice(0, 1) });
    const process = fleet.process();
    for (let n = 0; n < 4; n++) expect(await process.call()).toBe(true);
    fleet.setRedisClock(ms);
    fleet.pass(100);
    expect(await process.call()).toBe(false);
    fleet.pass(CLOSED_MS - 1);
    expect(await process.call()).toBe(false);
    fleet.pass(1);
    expect(await process.call()).toBe(true);
  });

  test('lets none of many callers through, in any process, and is handled once', async () => {
    const fleet = fleetOf('jump-many', { windows: MINUTE_AND_DAY.slice(0, 1) });
    const [one, two] = [fleet.process(), fleet.process()];
    for (let n = 0; n < 2; n++) expect([await one.call(), await two.call()]).toEqual([true, true]);
    fleet.setRedisClock(HOUR);
    const takes = await Promise.all(Array.from({ length: 10 }, () => [one.take(), two.take()]).flat());
    expect(takes.filter((take) => take.granted)).toHaveLength(0);
    fleet.pass(CLOSED_MS);
    const after = [await one.call(), await two.call(), await one.call(), await two.call(), await one.call()];
    expect(after).toEqual([true, true, true, true, false]);
  });

  test('of less than two seconds, or a long silence, is none', async () => {
    const fleet = fleetOf('jump-none');
    const process = fleet.process();
    await process.call();
    fleet.setRedisClock(1_500);
    expect(await process.call()).toBe(true);
    fleet.pass(10 * HOUR);
    expect(await process.call()).toBe(true);
  });
});

test('a server that was killed and started anew without its counters lets no window be broken', async () => {
  const own = await startRedis();
  const connection = connectRedis(own.url, { name: 'killed' });
  const windowMs = 1_000;
  const windows = [{ kind: 'sliding' as const, seconds: windowMs / 1_000, limit: 5 }];
  const quotas = createQuotas({ redis: connection, quotas: [{ name: 'killed', windows, marginMs: 20 }] });
  const use = quotas.use('killed', { timeoutMs: 200 });
  const arrivals: number[] = [];
  const call = () => withQuota(use, async () => void arrivals.push(performance.now())).catch(() => undefined);
  for (let n = 0; n < 8; n++) await call();
  expect(arrivals).toHaveLength(5);
  await own.crash();
  await own.restart();
  await eventually(async () => {
    await call();
    return arrivals.length >= 10;
  });
  const spans = arrivals.slice(5).map((last, first) => last - (arrivals[first] ?? 0));
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(windowMs);
  await closeRedis(connection);
  await own.stop();
});

test.each([
  ['just begun', false],
  ['run long enough for that to be noted', true],
])(
  'a server that had %s comes back with its counters: the last of them may be lost, what they can have been is counted',
  async (_how, isNoted) => {
    const own = await startRedis({ appendOnly: true });
    const connection = connectRedis(own.url, { name: 'appended' });
    const quotas = createQuotas({
      redis: connection,
      quotas: [{ name: 'appended', windows: MINUTE_AND_DAY, marginMs: 20 }],
    });
    const noted = async () => (await connection.hget('quota:{appended}:state', 'saved')) !== null;
    if (isNoted) {
      await eventually(async () => {
        const taken = await quotas.take('appended', { timeoutMs: 200 });
        if (taken.granted) await quotas.release(taken.lease);
        return noted();
      });
    }
    expect(await quotas.take('appended', { timeoutMs: 200 })).toMatchObject({ granted: true });
    // The counters are written to the file every second: the restart finds them there.
    await eventually(async () => /aof_pending_bio_fsync:0/.test(await connection.info('persistence')));
    await connection.config('SET', 'appendfsync', 'always');
    await connection.set('flush', '1', 'PX', 60_000);
    await own.crash();
    await own.restart();
    expect(await quotas.take('appended', { timeoutMs: 200 })).toMatchObject({ granted: false });
    const { windows } = await quotas.state('appended');
    // The call before, and the 4 that a minute's window allows within what may be lost.
    expect(windows.map(({ used }) => used)).toEqual([5, 5]);
    await closeRedis(connection);
    await own.stop();
  },
);
