import { createQuotas, type Lease, type QuotaInput, type Quotas, type Take } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { startRedis } from '@sluice/testkit';
import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';
import { type Measures, median, round } from '../measure.ts';

const MANY = 50;
const ROUND_MS = 800;
const ROUNDS = 3;
const TIMEOUT_MS = 1_000;
/** Nothing is refused within the run. */
const PLENTY = 1_000_000;

type Window = QuotaInput['windows'][number];
const DAY_SECONDS = 86_400;
const sliding = (seconds: number, limit: number): Window => ({ kind: 'sliding', seconds, limit });
/** Up to a limit of 1,000 sliding windows count every call, above that they are kept in buckets. */
const sixOf = (limit: number): Window[] => [
  ...[1, 60, 3_600, DAY_SECONDS].map((seconds) => sliding(seconds, limit)),
  { kind: 'calendar', period: 'day', limit },
  { kind: 'calendar', period: 'month', limit },
];
const EXACT_LIMIT = 1_000;
/** So many quotas in turn that none of them is used up. */
const EXACT_QUOTAS = 100;
const FLEXIBLE_SECONDS = [1, 60, 3_600, DAY_SECONDS, 2 * DAY_SECONDS, 31 * DAY_SECONDS];

/** Takes a second with six limits at once, beside rate-limiter-flexible's union of six; from one process, 50 in flight and one after another, in turn, medians. */
export async function measureTakes(say: (line: string) => void): Promise<Measures> {
  const server = await startRedis();
  const redis = connectRedis(server.url, { name: 'bench' });
  try {
    const kinds = Object.entries(kindsOf(redis)).flatMap(([kind, once]) => [
      { kind, once, inFlight: MANY },
      { kind: `${kind}_one_by_one`, once, inFlight: 1 },
    ]);
    const samples = new Map(kinds.map(({ kind }) => [kind, [] as Pace[]]));
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      for (const { kind, once, inFlight } of kinds) samples.get(kind)?.push(await paceOf(redis, once, inFlight));
    }
    const measures: Measures = {};
    for (const [kind, paces] of samples) {
      measures[`${kind}_per_s`] = Math.round(median(paces.map(({ perSecond }) => perSecond)));
      measures[`${kind}_redis_us`] = round(median(paces.map(({ redisUs }) => redisUs)));
      say(`${kind}: ${measures[`${kind}_per_s`]} a second, ${measures[`${kind}_redis_us`]} µs of Redis each`);
    }
    measures.flexible_6_bytes_per_limit = Math.round((await bytesBelow(redis, 'flexible-')) / FLEXIBLE_SECONDS.length);
    return measures;
  } finally {
    await closeRedis(redis);
    await server.stop();
  }
}

function kindsOf(redis: Redis): Record<string, () => Promise<unknown>> {
  const exact = Array.from({ length: EXACT_QUOTAS }, (_, n) => quotaOf(`exact-${n}`, sixOf(EXACT_LIMIT)));
  // The first window is full after one call.
  const full = quotaOf('full', [sliding(600, 1), ...sixOf(EXACT_LIMIT).slice(1)]);
  const quotas = createQuotas({ redis, quotas: [...exact, full, quotaOf('large', sixOf(PLENTY))] });
  const call = { timeoutMs: TIMEOUT_MS };
  let turn = 0;
  const next = () => exact[turn++ % EXACT_QUOTAS]?.name ?? '';
  const limiters = FLEXIBLE_SECONDS.map(
    (duration) =>
      new RateLimiterRedis({ storeClient: redis, keyPrefix: `flexible-${duration}`, points: PLENTY, duration }),
  );
  const union = new RateLimiterUnion(...limiters);
  return {
    sluice_6_takes: () => granted(quotas.take(next(), call)),
    sluice_6_takes_with_end: async () => quotas.end(await granted(quotas.take(next(), call))),
    sluice_6_refusals: () => quotas.take('full', call),
    sluice_6_large_takes: () => granted(quotas.take('large', call)),
    flexible_6_takes: () => union.consume('door'),
  };
}

function quotaOf(name: string, windows: Window[]): QuotaInput {
  return { name, windows, marginMs: 0 };
}

async function granted(take: Promise<Take>): Promise<Lease> {
  const taken = await take;
  if (!taken.granted) throw new Error('a take was refused that should not be');
  return taken.lease;
}

interface Pace {
  perSecond: number;
  /** Time of Redis in scripts, for each. */
  redisUs: number;
}

async function paceOf(redis: Redis, once: () => Promise<unknown>, inFlight: number): Promise<Pace> {
  for (let warm = 0; warm < MANY; warm += 1) await once();
  await redis.config('RESETSTAT');
  const startMs = performance.now();
  let done = 0;
  const lane = async () => {
    while (performance.now() - startMs < ROUND_MS) {
      await once();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const perSecond = (done * 1_000) / (performance.now() - startMs);
  const usec = Number(/cmdstat_evalsha:calls=\d+,usec=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
  return { perSecond, redisUs: usec / done };
}

/** Memory of the keys that begin so, in bytes. */
async function bytesBelow(redis: Redis, stem: string): Promise<number> {
  let bytes = 0;
  for await (const keys of redis.scanStream({ match: `${stem}*`, count: 1_000 })) {
    for (const key of keys as string[]) bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  }
  return bytes;
}

const USED = 500;

/** What six limits cost, what one more used unit costs where each is counted, and what the fullest window kept in buckets costs. */
export async function measureBytes(): Promise<Measures> {
  const server = await startRedis();
  const redis = connectRedis(server.url, { name: 'bench' });
  try {
    const six = createQuotas({ redis, quotas: [quotaOf('six', sixOf(EXACT_LIMIT)), quotaOf('large', sixOf(PLENTY))] });
    await callOnce(six, 'six');
    await callOnce(six, 'large');
    const [sixBytes, largeBytes] = [await bytesBelow(redis, 'quota:{six}:'), await bytesBelow(redis, 'quota:{large}:')];
    for (let unit = 0; unit < USED; unit += 1) await callOnce(six, 'six');
    const usedBytes = await bytesBelow(redis, 'quota:{six}:');
    await fillBuckets(redis);
    return {
      sluice_6_bytes_per_limit: Math.round(sixBytes / sixOf(1).length),
      sluice_6_bytes_per_used_unit: Math.round((usedBytes - sixBytes) / USED),
      sluice_6_large_bytes_per_limit: Math.round(largeBytes / sixOf(1).length),
      sluice_full_buckets_bytes: await bytesBelow(redis, 'quota:{buckets}:'),
    };
  } finally {
    await closeRedis(redis);
    await server.stop();
  }
}

async function callOnce(quotas: Quotas, name: string): Promise<void> {
  await quotas.end(await granted(quotas.take(name, { timeoutMs: TIMEOUT_MS })));
}

/** A day's window with a call in each of its 64ths, on a clock of its own. */
async function fillBuckets(redis: Redis): Promise<void> {
  const beginMs = Date.now();
  let passedMs = 0;
  const clock = { redisMs: () => beginMs + Math.ceil(passedMs), monotonicMs: () => passedMs };
  const quotas = createQuotas({ redis, clock, quotas: [quotaOf('buckets', [sliding(DAY_SECONDS, PLENTY)])] });
  for (let bucket = 0; bucket <= 64; bucket += 1) {
    await callOnce(quotas, 'buckets');
    passedMs += (DAY_SECONDS * 1_000) / 64;
  }
}
