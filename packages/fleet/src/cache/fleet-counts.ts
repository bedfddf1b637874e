import type { Redis } from '../redis/index.ts';
import { countsKey } from './keys.ts';
import { within } from './server.ts';
import { hitShareOf, type NamespaceCounts } from './stats.ts';

const EVERY_MS = 10_000;
/** A server that is away holds nobody up for longer. */
const LONGEST_ANSWER_MS = 1_000;
const DAY_MS = 86_400_000;
const DAYS = 7;

const NONE: NamespaceCounts = {
  memory: 0,
  redis: 0,
  fresh: 0,
  joined: 0,
  stale: 0,
  misses: 0,
  negative: 0,
  savedCalls: 0,
  savedMs: 0,
};
const FIELDS = Object.keys(NONE) as (keyof NamespaceCounts)[];

/** What the caches of all processes did on a day of UTC, by namespace. */
export interface CacheDay {
  day: string;
  namespaces: Record<string, NamespaceCounts & { hitShare: number | null }>;
}

export interface FleetCountsConfig {
  /** The queue's server. */
  redis: Redis;
  counts: () => ReadonlyMap<string, NamespaceCounts>;
  everyMs?: number;
  /** Epoch ms. */
  now?: () => number;
}

/** Adds what a process counts to the fleet's counts of the day, every 10 s and at the end; what was counted in its last seconds dies with one that is killed. */
export function createFleetCounts({ redis, counts, everyMs = EVERY_MS, now = Date.now }: FleetCountsConfig) {
  let added = new Map<string, NamespaceCounts>();
  let running: Promise<void> | undefined;

  /** One at a time: two would add the same. */
  function add(): Promise<void> {
    running ??= addNow().finally(() => (running = undefined));
    return running;
  }

  async function addNow(): Promise<void> {
    const current = new Map([...counts()].map(([namespace, count]) => [namespace, wholeOf(count)]));
    const key = countsKey(dayOf(now()));
    const writing = redis.multi();
    for (const [namespace, count] of current) {
      for (const field of FIELDS) {
        const more = count[field] - (added.get(namespace)?.[field] ?? 0);
        if (more > 0) writing.hincrby(key, `${namespace} ${field}`, more);
      }
    }
    if (writing.length === 0) return;
    await writing.pexpire(key, (DAYS + 1) * DAY_MS).exec();
    added = current;
  }

  const timer = setInterval(() => void add().catch(() => undefined), everyMs);
  timer.unref();
  return {
    async stop(): Promise<void> {
      clearInterval(timer);
      const last = async () => {
        await running;
        await add();
      };
      await within(LONGEST_ANSWER_MS, last()).catch(() => undefined);
    },
  };
}

/** Of the last seven days, the newest first; without those on which nothing was counted. Rejects where the server does not answer within a second. */
export async function readFleetCounts(redis: Redis, nowMs: number): Promise<CacheDay[]> {
  const days = Array.from({ length: DAYS }, (_, n) => dayOf(nowMs - n * DAY_MS));
  const held = await within(LONGEST_ANSWER_MS, Promise.all(days.map((day) => redis.hgetall(countsKey(day)))));
  return days
    .map((day, index) => ({ day, namespaces: namespacesOf(held[index] ?? {}) }))
    .filter(({ namespaces }) => Object.keys(namespaces).length > 0);
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function wholeOf(count: NamespaceCounts): NamespaceCounts {
  const whole = { ...NONE };
  for (const field of FIELDS) whole[field] = Math.floor(count[field]);
  return whole;
}

/** Fields are `<namespace> <count>`; those that a newer version has besides are left out. */
function namespacesOf(fields: Record<string, string>): CacheDay['namespaces'] {
  const namespaces: Record<string, NamespaceCounts> = {};
  for (const [name, value] of Object.entries(fields)) {
    const [namespace = '', word] = name.split(' ');
    const field = FIELDS.find((known) => known === word);
    if (field !== undefined) (namespaces[namespace] ??= { ...NONE })[field] = Number(value);
  }
  const entries = Object.entries(namespaces).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, count]) => [name, { ...count, hitShare: hitShareOf(count) }]));
}
