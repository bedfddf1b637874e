import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOrdered,
  type DeskOrder,
  isOpenLetter,
} from '@sluice/contracts';
import type { FailureList } from '@sluice/fleet/jobs';
import type { Records } from '@sluice/records';

/** One request orders so many at most. */
const MOST_ORDERS = 10_000;
const WRITES_AT_ONCE = 100;

interface OrdersConfig {
  letters: Pick<Records['deadLetters'], 'each'>;
  failures: Pick<FailureList, 'order'>;
  now?: () => number;
}

interface Ordering {
  action: DeskOrder['action'];
  filter: DeadLetterFilter;
  by: string;
  dryRun: boolean;
  ratePerSecond: number;
}

export type LetterOrders = ReturnType<typeof createLetterOrders>;

/** Whether a person can do something about it: what healed is over, and what is closed cannot be closed again. */
export function canOrder(action: DeskOrder['action'], letter: Pick<DeadLetter, 'state'>): boolean {
  return action === 'requeue' ? letter.state !== 'resolved' : isOpenLetter(letter);
}

/** Tells the failure desk what people want to be done about dead letters, spread in time. The desk does it, and says so in the letters. */
export function createLetterOrders({ letters, failures, now = Date.now }: OrdersConfig) {
  return async ({ action, filter, by, dryRun, ratePerSecond }: Ordering): Promise<DeadLetterOrdered> => {
    const startMs = now();
    let matched = 0;
    let ordered = 0;
    let writes: Promise<void>[] = [];
    let lastDueMs: number | null = null;
    for await (const letter of letters.each(filter)) {
      if (!canOrder(action, letter)) continue;
      matched += 1;
      if (dryRun || ordered >= MOST_ORDERS) continue;
      lastDueMs = startMs + Math.floor((ordered * 1_000) / ratePerSecond);
      ordered += 1;
      writes.push(failures.order({ action, jobId: letter.jobId, task: letter.task, by }, lastDueMs));
      if (writes.length < WRITES_AT_ONCE) continue;
      await Promise.all(writes);
      writes = [];
    }
    await Promise.all(writes);
    return { v: 1, action, dryRun, matched, ordered, lastDueMs };
  };
}
