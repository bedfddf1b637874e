import { type AnnouncedQuota, announcedQuotas, createQuotas, type Quotas, windowName } from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';
import type { QuotaUsage, Records } from '@sluice/records';

/**
 * Hash `quota-usage`, read by `createRecall` of `@sluice/fleet/rate-limit`: quota → {@link Noted} as JSON, and under `:at` when the record was last asked
 * (Redis ms).
 */
const KEY = 'quota-usage';
const ASKED_FIELD = ':at';
const LIFE_SECONDS = 600;
const HOUR_MS = 3_600_000;
/** Longer than any window. */
const LOOK_BACK_MS = 32 * 24 * HOUR_MS;
/**
 * A row of the record beside those of the windows: up to which second of the hour the usage was looked at. Whoever recalls has to add what may have been used
 * after that.
 */
const WATCHED = 'watched seconds';
/** Clocks that differ by more were set. */
const JUMP_MS = 2_000;

/** What had been used of a quota's windows at a moment, by the window's name. */
interface Noted {
  v: 1;
  atMs: number;
  used: Record<string, number>;
}

export interface UsageConfig {
  /** The queue's server. */
  redis: Redis;
  table: Pick<Records['quotaUsage'], 'put' | 'since'>;
  monotonicMs?: () => number;
}

/**
 * Notes every few seconds what is used of each quota, in the record, and tells Redis what the record knows when that was lost. The most that was used at any
 * moment of an hour is kept for it. Counters that have not been begun, or are of before a jump of the clock, are not looked at.
 */
export function createQuotaUsage({ redis, table, monotonicMs = () => performance.now() }: UsageConfig) {
  let held: { of: string; quotas: Quotas } | undefined;
  let last: { redisMs: number; sentMs: number; receivedMs: number } | undefined;
  /** Epochs of counters that a jump has made meaningless; what was noted of them before stands, and grows old. */
  const distrusted = new Set<string>();

  function quotasOf(announced: readonly AnnouncedQuota[]): Quotas {
    const quotas = announced.map(({ quota }) => quota);
    const of = JSON.stringify(quotas);
    if (held?.of !== of) held = { of, quotas: createQuotas({ redis, quotas }) };
    return held.quotas;
  }

  /** Redis time now, and whether its clock has been set since the last look: it has gone further, or less far, than can have passed for us. */
  async function readClock(): Promise<{ nowMs: number; jumped: boolean }> {
    const sentMs = monotonicMs();
    const [seconds, micros] = await redis.time();
    const look = {
      redisMs: Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000),
      sentMs,
      receivedMs: monotonicMs(),
    };
    const before = last;
    last = look;
    if (before === undefined) return { nowMs: look.redisMs, jumped: false };
    const passedMs = look.redisMs - before.redisMs;
    const most = look.receivedMs - before.sentMs + JUMP_MS;
    const least = look.sentMs - before.receivedMs - JUMP_MS;
    return { nowMs: look.redisMs, jumped: passedMs > most || passedMs < least };
  }

  async function note(nowMs: number, jumped: boolean): Promise<Map<string, Noted>> {
    const announced = await announcedQuotas(redis, nowMs);
    const quotas = quotasOf(announced);
    const noted = new Map<string, Noted>();
    for (const { quota } of announced) {
      // The epoch of its counters: none has been begun without.
      const epoch = await redis.hget(`quota:{${quota.name}}:state`, 'born');
      if (epoch === null) continue;
      if (jumped) distrusted.add(epoch);
      if (distrusted.has(epoch)) continue;
      const { windows } = await quotas.state(quota.name);
      const used = Object.fromEntries(windows.map((state) => [windowName(state.window), state.used]));
      noted.set(quota.name, { v: 1, atMs: nowMs, used });
    }
    return noted;
  }

  async function tell(noted: ReadonlyMap<string, Noted>, nowMs: number): Promise<void> {
    const known = (await redis.hexists(KEY, ASKED_FIELD)) === 1;
    const recalled = known ? new Map<string, Noted>() : newestOf(await table.since(nowMs - LOOK_BACK_MS));
    const fields = new Map([...recalled, ...noted].map(([quota, usage]) => [quota, JSON.stringify(usage)]));
    fields.set(ASKED_FIELD, String(nowMs));
    await redis.multi().hset(KEY, fields).expire(KEY, LIFE_SECONDS).exec();
  }

  return async (): Promise<boolean> => {
    const { nowMs, jumped } = await readClock();
    const noted = await note(nowMs, jumped);
    await table.put([...noted].flatMap(([quota, usage]) => rowsOf(quota, usage)));
    await tell(noted, nowMs);
    return false;
  };
}

function rowsOf(quota: string, { atMs, used }: Noted): QuotaUsage[] {
  const hourMs = atMs - (atMs % HOUR_MS);
  const watched = { quota, window: WATCHED, hourMs, units: Math.floor((atMs - hourMs) / 1_000) };
  return [watched, ...Object.entries(used).map(([window, units]) => ({ quota, window, hourMs, units }))];
}

/** By quota, its newest hour: the most that was used in it, as of the last look. */
export function newestOf(rows: readonly QuotaUsage[]): Map<string, Noted> {
  const newest = new Map<string, Noted>();
  const hours = new Map<string, number>();
  for (const { quota, window, hourMs, units } of rows) {
    const hour = hours.get(quota);
    if (hour === undefined || hour < hourMs) {
      hours.set(quota, hourMs);
      newest.set(quota, { v: 1, atMs: hourMs, used: {} });
    }
    const usage = newest.get(quota);
    if (usage === undefined || hours.get(quota) !== hourMs) continue;
    if (window === WATCHED) usage.atMs = hourMs + units * 1_000;
    else usage.used[window] = units;
  }
  return newest;
}
