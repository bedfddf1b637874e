import { type DeadLetter, type DeadLetterFilter, type DeskOrder, isOpenLetter } from '@sluice/contracts';
import type { FailureList } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { DeskRecord } from './record.ts';

/** What a person ordered, as the audit keeps it: that survives whatever Redis loses. */
export interface PastOrder {
  /** Of the audit's entry. */
  id: string;
  atMs: number;
  action: DeskOrder['action'];
  by: string;
  /** Letters that one of these names. */
  filters: readonly DeadLetterFilter[];
  /** So many of them at most. */
  most: number;
  ratePerSecond: number;
}

const HOUR_MS = 3_600_000;
/** Orders are looked for so far back. */
const ORDERS_BACK_MS = 24 * HOUR_MS;
/** An order that was to be carried out longer ago is not given again: nobody waits for it any more. */
const LATE_MS = HOUR_MS;
/** Is there where this Redis has been given the order; expires after more than an order is looked back for. */
const givenKey = (id: string) => `{desk}:given:${id}`;
const GIVEN_SECONDS = 25 * 3_600;

interface LostOrdersConfig {
  record: Pick<DeskRecord, 'orders' | 'each'>;
  list: Pick<FailureList, 'orderAgain'>;
  redis: Redis;
  log: Logger;
  /** Epoch ms. */
  now?: () => number;
}

/**
 * Gives orders again that Redis has lost, wholly or with its last second, before the desk carried them out: those whose letter has not changed since. Once for each loss;
 * where the order is still in the list, it stays as it is.
 */
export function createLostOrders({ record, list, redis, log, now = Date.now }: LostOrdersConfig) {
  async function give(order: PastOrder): Promise<number> {
    let given = 0;
    let at = 0;
    for (const filter of order.filters) {
      for await (const letter of record.each(filter)) {
        if (!isWaiting(order, letter)) continue;
        if (at >= order.most) return given;
        const dueMs = order.atMs + Math.floor((at * 1_000) / order.ratePerSecond);
        at += 1;
        const { action, by } = order;
        const { jobId, task } = letter;
        if (await list.orderAgain({ action, jobId, task, by }, dueMs)) given += 1;
      }
    }
    return given;
  }

  return async (): Promise<void> => {
    const nowMs = now();
    const past = (await record.orders(nowMs - ORDERS_BACK_MS)).filter((order) => endMs(order) + LATE_MS > nowMs);
    if (past.length === 0) return;
    const marks = await redis.mget(past.map(({ id }) => givenKey(id)));
    const unknown = past.filter((_, index) => marks[index] === null);
    for (const order of unknown.toSorted((a, b) => a.atMs - b.atMs)) {
      const tasks = await give(order);
      await redis.set(givenKey(order.id), '1', 'EX', GIVEN_SECONDS);
      if (tasks > 0) log.warn('a lost order is given again', { order: order.id, action: order.action, tasks });
    }
  };
}

/** When the last part of it was to be carried out. */
function endMs({ atMs, most, ratePerSecond }: PastOrder): number {
  return atMs + (most * 1_000) / ratePerSecond;
}

/** Whether nobody has done anything about the letter since: what is carried out changes it, and what is being tried is seen to already. */
function isWaiting({ action, atMs }: PastOrder, letter: DeadLetter): boolean {
  if (letter.updatedMs > atMs) return false;
  if (action === 'discard') return isOpenLetter(letter);
  return letter.state !== 'resolved' && !(letter.state === 'scheduled' && letter.reason === 'order');
}
