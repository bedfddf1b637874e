import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createQuotas, type Lease, type QuotaInput, type QuotasConfig } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { chooseSeed, seededRandom, startRedis, type TestRedis } from '@sluice/testkit';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit-change' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

type Window = QuotaInput['windows'][number];
const T0 = Date.parse('2026-03-10T12:34:56Z');
const MARGIN_MS = 40;
const TIMEOUT_MS = 400;
const sliding = (seconds: number, limit: number, more: { burst?: number } = {}): Window => ({
  kind: 'sliding',
  seconds,
  limit,
  ...more,
});
const minute = (limit: number): Window => ({ kind: 'calendar', period: 'minute', zone: 'UTC', limit });
const hour = (limit: number): Window => ({ kind: 'calendar', period: 'hour', zone: 'UTC', limit });
const inputOf = (name: string, windows: Window[]): QuotaInput => ({ name, windows, marginMs: MARGIN_MS });

/** Processes on one clock that the test moves. */
function fleetOf(name: string, windows: Window[], recall?: QuotasConfig['recall']) {
  let nowMs = T0;
  const clock = { redisMs: () => nowMs, monotonicMs: () => nowMs - T0 + 1_000 };
  const open = () => {
    const more = recall === undefined ? {} : { recall };
    const quotas = createQuotas({ redis, quotas: [inputOf(name, windows)], now: () => nowMs, clock, ...more });
    return {
      quotas,
      configure: (...fresh: Window[]) => quotas.configure(inputOf(name, fresh)),
      used: async () => (await quotas.state(name)).windows.map(({ used, limit }) => [used, limit]),
      async call(times = 1): Promise<number> {
        let granted = 0;
        for (let n = 0; n < times; n++) {
          const taken = await quotas.take(name, { timeoutMs: TIMEOUT_MS });
          if (!taken.granted) continue;
          await quotas.end(taken.lease);
          granted++;
        }
        return granted;
      },
    };
  };
  return { open, now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

describe('a quota that is changed', () => {
  test('counts what was used, grown or shrunk, in all processes from that moment on', async () => {
    const fleet = fleetOf('limits', [sliding(60, 4)]);
    const [one, two] = [fleet.open(), fleet.open()];
    expect(await two.call(5)).toBe(4);
    await one.configure(sliding(60, 6));
    // The second was not told.
    expect(await two.call(5)).toBe(2);
    await two.configure(sliding(60, 3));
    expect(await one.used()).toEqual([[6, 3]]);
    expect(await one.call()).toBe(0);
    fleet.pass(60_002);
    expect(await one.call(5)).toBe(3);
  });

  test('holds for a process that comes later with another configuration, until that one changes it', async () => {
    const fleet = fleetOf('later', [sliding(60, 9)]);
    const first = fleet.open();
    await first.configure(sliding(60, 2));
    expect(await first.call(3)).toBe(2);
    expect(await fleet.open().call(3)).toBe(0);
    const last = fleet.open();
    await last.configure(sliding(60, 9));
    expect(await last.call(9)).toBe(7);
  });

  test('is the same quota kept in buckets or one by one', async () => {
    const fleet = fleetOf('kinds', [sliding(64, 20)]);
    const quota = fleet.open();
    expect(await quota.call(7)).toBe(7);
    await quota.configure(sliding(64, 2_000), sliding(32, 1_500));
    expect(await quota.used()).toEqual([
      [7, 2_000],
      [7, 1_500],
    ]);
    fleet.pass(10_000);
    expect(await quota.call(3)).toBe(3);
    await quota.configure(sliding(64, 12), sliding(5, 4));
    expect(await quota.used()).toEqual([
      [10, 12],
      [3, 4],
    ]);
    expect(await quota.call(5)).toBe(1);
    // The first seven have left, at the latest one bucket after they must.
    fleet.pass(55_002);
    expect(await quota.used()).toEqual([
      [4, 12],
      [0, 4],
    ]);
  });

  test('gives a calendar window the calls that the log knows of its period', async () => {
    const fleet = fleetOf('calendar', [sliding(3_600, 50)]);
    const quota = fleet.open();
    await quota.call(5);
    fleet.pass(60_000);
    await quota.call(2);
    await quota.configure(sliding(3_600, 50), minute(4), hour(10));
    expect(await quota.used()).toEqual([
      [7, 50],
      [2, 4],
      [7, 10],
    ]);
    expect(await quota.call(5)).toBe(2);
    await quota.configure(hour(12));
    expect(await quota.call(9)).toBe(3);
  });

  test('paces a burst by what was used', async () => {
    const fleet = fleetOf('burst', [sliding(60, 6)]);
    const quota = fleet.open();
    await quota.call(2);
    await quota.configure(sliding(60, 6, { burst: 3 }));
    expect(await quota.call(5)).toBe(1);
    fleet.pass(30_002);
    expect(await quota.call(5)).toBe(3);
  });

  test('begins a window of which nothing was counted as full, or with what the record knows', async () => {
    const blind = fleetOf('blind', [sliding(60, 4)]);
    const quota = blind.open();
    await quota.call();
    await quota.configure(sliding(60, 4), sliding(7_200, 100));
    expect(await quota.call()).toBe(0);
    blind.pass(7_200_000 + TIMEOUT_MS + MARGIN_MS + 2);
    expect(await quota.call()).toBe(1);

    const recalled = fleetOf('recalled', [sliding(60, 4)], async (_name, window) =>
      window.seconds === 7_200 ? 98 : null,
    );
    const known = recalled.open();
    await known.call();
    await known.configure(sliding(60, 4), sliding(7_200, 100));
    // What the record knows may hold the call that the log knows as well.
    expect(await known.call(4)).toBe(1);
  });

  test('and lost afterwards is begun with the plan that was in force, whoever notices', async () => {
    const fleet = fleetOf('lost', [sliding(60, 9)]);
    const [one, two] = [fleet.open(), fleet.open()];
    await one.call();
    await two.call();
    await one.configure(sliding(60, 2));
    await two.call();
    await redis.del(...(await redis.keys('quota:{lost}*')));
    expect(await two.call()).toBe(0);
    fleet.pass(60_000 + TIMEOUT_MS + MARGIN_MS + 2);
    expect((await two.call(3)) + (await one.call(3))).toBe(2);
  });

  test('by two at once has one plan in the end, which both follow', async () => {
    const fleet = fleetOf('race', [sliding(60, 5)]);
    const [one, two] = [fleet.open(), fleet.open()];
    await one.call();
    await Promise.all([one.configure(sliding(60, 3)), two.configure(sliding(60, 4))]);
    const limits = [await one.used(), await two.used()].map(([window]) => window?.[1]);
    expect(limits[0]).toBe(limits[1]);
    expect((await one.call(5)) + (await two.call(5))).toBe(Number(limits[0]) - 1);
  });
});

type Random = () => number;
const pick = (random: Random, from: number, to: number) => from + Math.floor(random() * (to - from + 1));

/** Windows of each kind; in some plans each of them above 1,000, in some one. Calls cost a third of a large limit. */
function windowsOf(random: Random): Window[] {
  const limit = () => (random() < 0.4 ? pick(random, 1_001, 3_000) : pick(random, 300, 1_000));
  const windows = [sliding(pick(random, 1, 3), limit())];
  if (random() < 0.6) windows.push(sliding(pick(random, 4, 20), limit(), random() < 0.3 ? { burst: 300 } : {}));
  if (random() < 0.5) windows.push({ ...minute(limit()), ...(random() < 0.3 ? { burst: 300 } : {}) });
  return windows;
}

interface Call {
  units: number;
  beganMs: number;
  /** When it ended, or how long it may last. */
  endedMs: number;
}

/** A window, and the pacing of its burst as a window of its own. */
function boundsOf(window: Window): Window[] {
  const { limit, burst } = window;
  if (burst === undefined || burst >= limit) return [window];
  const seconds = window.kind === 'sliding' ? window.seconds : 60;
  return [window, sliding((seconds * burst) / limit, burst)];
}

const MINUTE_MS = 60_000;
const unitsOf = (calls: Call[]) => calls.reduce((sum, { units }) => sum + units, 0);

/** Units that count in the window if a call of now fits in: exactly, and not one more. */
function usedIn(window: Window, calls: Call[], nowMs: number): number {
  const counts = ({ beganMs, endedMs }: Call) => {
    if (window.kind === 'sliding') return endedMs > nowMs - window.seconds * 1_000;
    return Math.floor(endedMs / MINUTE_MS) >= Math.floor(nowMs / MINUTE_MS) && beganMs <= nowMs;
  };
  return unitsOf(calls.filter(counts));
}

/** The most units that can have arrived in one stretch of the window's length, or in one of its minutes, however early or late each call did. */
function mostIn(window: Window, calls: Call[]): number {
  const stretches =
    window.kind === 'sliding'
      ? calls.map(({ endedMs }) => [endedMs, endedMs + window.seconds * 1_000] as const)
      : calls.map(({ endedMs }) => {
          const start = Math.floor(endedMs / MINUTE_MS) * MINUTE_MS;
          return [start, start + MINUTE_MS] as const;
        });
  const within = ([from, to]: readonly [number, number]) =>
    unitsOf(calls.filter(({ beganMs, endedMs }) => beganMs < to && endedMs >= from));
  return Math.max(0, ...stretches.map(within));
}

/** What happens to one quota; gives the calls that were let through, and the windows that hold in the end. */
async function runHistory(
  name: string,
  random: Random,
  changes: number,
): Promise<{ calls: Call[]; windows: Window[] }> {
  let windows = windowsOf(random);
  const fleet = fleetOf(name, windows);
  const processes = [fleet.open(), fleet.open()] as const;
  const calls: Call[] = [];
  const running: { call: Call; lease: Lease }[] = [];
  for (let step = 0; step < 120; step++) {
    const { quotas, configure } = processes[random() < 0.5 ? 0 : 1];
    const dice = random();
    if (dice < changes) {
      windows = windowsOf(random);
      await configure(...windows);
    } else if (dice < 0.5) {
      const units = pick(random, 1, 300);
      const taken = await quotas.take(name, { units, timeoutMs: TIMEOUT_MS });
      if (!taken.granted) continue;
      for (const window of windows.flatMap(boundsOf)) {
        const used = usedIn(window, calls, fleet.now());
        if (used + units <= window.limit) continue;
        throw new Error(`${used} + ${units} in ${JSON.stringify(window)}, ${name}, step ${step}`);
      }
      const call = { units, beganMs: fleet.now(), endedMs: fleet.now() + TIMEOUT_MS + MARGIN_MS };
      calls.push(call);
      // One in eight is never ended: its worker died.
      if (random() < 0.875) running.push({ call, lease: taken.lease });
    } else if (dice < 0.75) {
      const [ended] = running.splice(0, 1);
      if (ended === undefined || fleet.now() > ended.call.endedMs) continue;
      await quotas.end(ended.lease);
      ended.call.endedMs = fleet.now();
    } else {
      fleet.pass(pick(random, 0, 1_500));
    }
  }
  return { calls, windows };
}

test('no history of changes lets a call through that a window, old or new, has no room for', async () => {
  const random = seededRandom(chooseSeed('rate-limit change'));
  let granted = 0;
  for (let history = 0; history < 40; history++) {
    granted += (await runHistory(`change-${history}`, random, 0.05)).calls.length;
  }
  // Not by refusing all.
  expect(granted).toBeGreaterThan(300);
}, 120_000);

test('no history breaks a sliding window, a minute of the calendar or the pace of a burst, counted by when calls can have arrived', async () => {
  const random = seededRandom(chooseSeed('rate-limit real time'));
  let calendars = 0;
  let bursts = 0;
  for (let history = 0; history < 40; history++) {
    const { calls, windows } = await runHistory(`real-${history}`, random, 0);
    for (const window of windows.flatMap(boundsOf)) {
      calendars += window.kind === 'calendar' ? 1 : 0;
      bursts += window.burst === undefined ? 0 : 1;
      const most = mostIn(window, calls);
      if (most > window.limit) throw new Error(`history ${history}: ${most} in ${JSON.stringify(window)}`);
    }
  }
  expect(Math.min(calendars, bursts)).toBeGreaterThan(3);
}, 120_000);
