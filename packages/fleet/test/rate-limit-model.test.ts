import { afterAll, beforeAll, test } from '@jest/globals';
import { createQuotas, type Lease, type QuotaInput } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { chooseSeed, seededRandom, startRedis, type TestRedis } from '@sluice/testkit';
import { createModel, type ModelWindow } from './rate-limit-model.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'rate-limit-model' });
});
afterAll(async () => {
  await closeRedis(redis);
  await server.stop();
});

const HISTORIES = 80;
const STEPS = 120;
const MARGIN_MS = 40;
const TIMEOUT_MS = 400;

type Random = () => number;
const pick = (random: Random, from: number, to: number) => from + Math.floor(random() * (to - from + 1));

/** Windows of each kind; above 1,000 they are kept in buckets, so calls there cost hundreds of units. */
function windowsOf(random: Random): QuotaInput['windows'] {
  const windows: QuotaInput['windows'] = [{ kind: 'sliding', seconds: pick(random, 1, 3), limit: pick(random, 3, 12) }];
  if (random() < 0.5) windows.push({ kind: 'sliding', seconds: pick(random, 5, 20), limit: pick(random, 6, 30) });
  if (random() < 0.5) windows.push({ kind: 'calendar', period: 'minute', zone: 'UTC', limit: pick(random, 3, 12) });
  return random() < 0.3
    ? [{ kind: 'sliding', seconds: pick(random, 2, 20), limit: pick(random, 1_001, 3_000) }]
    : windows;
}

/** One history, on a clock of its own. Two processes take turns; a call that was never ended is a crash. */
async function runHistory(name: string, random: Random): Promise<void> {
  const windows = windowsOf(random);
  const scale = windows[0]?.limit !== undefined && windows[0].limit > 1_000 ? 400 : 1;
  // A few seconds before a minute's end, so that calendar windows turn.
  const startMs = Date.parse('2026-03-10T12:00:59Z') - pick(random, 0, 6_000);
  let nowMs = startMs;
  let stepMs = 0;
  const clock = { redisMs: () => nowMs + stepMs, monotonicMs: () => nowMs - startMs + 1_000 };
  const processes = [0, 1].map(() =>
    createQuotas({ redis, quotas: [{ name, windows, marginMs: MARGIN_MS }], now: () => nowMs + stepMs, clock }),
  );
  const model = createModel({ windows: windows as ModelWindow[], marginMs: MARGIN_MS, holdMs: TIMEOUT_MS + MARGIN_MS });
  const running: { lease: Lease; key: number; owner: number; endsMs: number }[] = [];
  const seconds0 = windows[0]?.kind === 'sliding' ? windows[0].seconds : 0;
  let calls = 0;
  /** What was done, for the message of a failure. */
  const trace: string[] = [];

  async function take(owner: number): Promise<void> {
    const quotas = processes[owner];
    const units = pick(random, 1, 2) * scale;
    const taken = await quotas?.take(name, { units, timeoutMs: TIMEOUT_MS });
    const key = calls++;
    trace.push(
      `${nowMs} ${stepMs} take by ${owner} of ${units}: ${JSON.stringify(taken?.granted === true ? 'granted' : taken)}`,
    );
    const agrees = model.take({ key, units, redisMs: nowMs + stepMs, realMs: nowMs });
    if (taken?.granted !== agrees)
      throw new Error(`the model says ${agrees} in ${JSON.stringify(windows)}\n${trace.slice(-25).join('\n')}`);
    if (taken?.granted) running.push({ lease: taken.lease, key, owner, endsMs: nowMs + pick(random, 0, TIMEOUT_MS) });
  }

  async function end(call: (typeof running)[number]): Promise<void> {
    // One in eight is never ended: its worker died, after the call had gone out.
    if (random() < 0.125) return;
    const unanswered = random() < 0.2;
    trace.push(`${nowMs} ${stepMs} end by ${call.owner}, call ${call.key}`);
    await processes[call.owner]?.end(call.lease, { unanswered });
    model.end({ key: call.key, redisMs: nowMs + stepMs, realMs: nowMs, laterMs: unanswered ? MARGIN_MS : 0 });
  }

  /** Time passes; calls end in their order. */
  async function pass(ms: number): Promise<void> {
    const targetMs = nowMs + ms;
    for (;;) {
      running.sort((a, b) => a.endsMs - b.endsMs);
      const next = running[0];
      if (next === undefined || next.endsMs > targetMs) break;
      running.shift();
      nowMs = Math.max(nowMs, next.endsMs);
      await end(next);
    }
    nowMs = targetMs;
  }

  async function disturb(): Promise<void> {
    const redisMs = nowMs + stepMs;
    const kind = pick(random, 0, 3);
    trace.push(`${nowMs} ${stepMs} ${['block', 'report', 'loss', 'step'][kind]}`);
    if (kind === 0) {
      const untilMs = redisMs + pick(random, 50, 900);
      await processes[0]?.block(name, untilMs);
      model.block(untilMs);
    } else if (kind === 1) {
      const remaining = pick(random, 0, 3) * scale;
      await processes[0]?.report(name, { remaining, window: { seconds: seconds0 }, resetAtMs: redisMs + 800 });
      model.report({ remaining, untilMs: redisMs + 800, redisMs });
    } else if (kind === 2) {
      await redis.del(...(await redis.keys(`quota:{${name}}*`)), 'none');
      model.lose();
    } else {
      stepMs += (random() < 0.5 ? -1 : 1) * pick(random, 5_000, 100_000);
      await take(0);
      await take(1);
    }
  }

  await take(0);
  await take(1);
  for (let step = 0; step < STEPS; step++) {
    const dice = random();
    if (dice < 0.6) await take(pick(random, 0, 1));
    else if (dice < 0.98) await pass(pick(random, 0, 500));
    else await disturb();
  }
  model.expectUnbroken();
}

test('no history of takes, ends, crashes, blocks, reports, losses and clock steps breaks a window, and the scripts decide as the model does', async () => {
  const random = seededRandom(chooseSeed('rate-limit model'));
  for (let history = 0; history < HISTORIES; history++) await runHistory(`model-${history}`, random);
}, 120_000);
