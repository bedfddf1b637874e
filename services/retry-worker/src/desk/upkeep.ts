import type { DeadLetter } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import { createRounds } from '../rounds.ts';
import { LETTERS_CHANNEL } from './cases.ts';
import { createLostOrders } from './lost-orders.ts';
import type { FailureList } from '@sluice/fleet/jobs';
import { showStats } from './metrics.ts';
import type { DeskRecord } from './record.ts';

const STATS_EVERY_MS = 15_000;
const EXPIRE_EVERY_MS = 60_000;
const FOLLOW_EVERY_MS = 60_000;
const AT_ONCE = 500;
/** Failures that a round looks through: so many pages; the next round goes on from there. */
const PAGES_A_ROUND = 10;
/** A letter whose next try is so long ago is followed, and so is a failure without a letter. */
const OVERDUE_MS = 5 * 60_000;

interface UpkeepConfig {
  record: DeskRecord;
  list: FailureList;
  redis: Redis;
  log: Logger;
  retentionMs: number;
  /** Epoch ms. */
  now?: () => number;
  overdueMs?: number;
}

/** What the letters want as a whole: figures, retention, and that none that is to be tried again is forgotten. All of it may be done twice. */
export function createUpkeep({ record, list, redis, log, retentionMs, ...rest }: UpkeepConfig) {
  const { now = Date.now, overdueMs = OVERDUE_MS } = rest;

  const giveLostOrders = createLostOrders({ record, list, redis, log, now });
  let stopping = false;
  let missedFrom: string | undefined;

  async function measure(): Promise<void> {
    showStats(await record.stats(now()));
  }

  async function expire(): Promise<void> {
    const nowMs = now();
    const beforeMs = nowMs - retentionMs;
    const ageing = await openLetters(record, beforeMs);
    const sum = { expired: 0, removed: 0 };
    for (let isMore = true; isMore; ) {
      const { expired, removed } = await record.expire({ beforeMs, nowMs, limit: AT_ONCE });
      sum.expired += expired;
      sum.removed += removed;
      isMore = Math.max(expired, removed) === AT_ONCE;
    }
    for (const { id, tenant } of ageing) {
      if ((await record.find(id))?.state !== 'expired') continue;
      await redis.publish(LETTERS_CHANNEL, JSON.stringify({ type: 'dead-letter', id, tenant, state: 'expired' }));
    }
    if (sum.expired + sum.removed > 0) log.info('dead letters over their retention', sum);
  }

  /**
   * A Redis that lost its data forgot what is to be tried again; the record has not. Such letters are put into the list; those that are in it stay where they
   * are.
   */
  async function follow(): Promise<void> {
    const untilMs = now() - overdueMs;
    for await (const letter of record.each({ state: 'scheduled', untilMs })) {
      if (stopping) return;
      if ((letter.nextMs ?? letter.updatedMs) <= untilMs) await list.note(letter, now());
    }
  }

  /**
   * A Redis that lost its data also forgot the failures that no desk had judged; the record has their tasks. As old as the letters' retention at most, the latest first.
   */
  async function followMissed(): Promise<void> {
    const nowMs = now();
    const times = { sinceMs: nowMs - retentionMs, untilMs: nowMs - overdueMs };
    for (let pages = 0; pages < PAGES_A_ROUND; pages += 1) {
      const { tasks, next } = await record.unjudged(times, { limit: AT_ONCE, cursor: missedFrom });
      for (const task of tasks) await list.note(task, nowMs);
      missedFrom = next ?? undefined;
      if (next === null || stopping) return;
    }
  }

  const round = (what: string, everyMs: number, work: () => Promise<void>) =>
    createRounds({ everyMs, work, onError: (error) => void log.warn(`${what} failed, comes again`, { error }) });
  const parts = [
    round('reading the figures of dead letters', STATS_EVERY_MS, measure),
    round('the retention of dead letters', EXPIRE_EVERY_MS, expire),
    round('looking for forgotten letters', FOLLOW_EVERY_MS, follow),
    round('looking for forgotten failures', FOLLOW_EVERY_MS, followMissed),
    round('looking for lost orders', FOLLOW_EVERY_MS, giveLostOrders),
  ];

  return {
    measure,
    expire,
    follow,
    followMissed,
    giveLostOrders,
    start() {
      for (const part of parts) part.start();
    },
    async stop() {
      stopping = true;
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

/** Those that are about to expire. */
async function openLetters(record: DeskRecord, untilMs: number): Promise<Pick<DeadLetter, 'id' | 'tenant'>[]> {
  const found: Pick<DeadLetter, 'id' | 'tenant'>[] = [];
  for (const state of ['scheduled', 'parked'] as const) {
    for await (const { id, tenant } of record.each({ state, untilMs })) found.push({ id, tenant });
  }
  return found;
}
