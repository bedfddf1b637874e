import { DeadLetterFilter } from '@sluice/contracts';
import type { AuditEntry, Records } from '@sluice/records';
import type { PastOrder } from './lost-orders.ts';

const ROWS = 500;
/** As the gateway names them in the audit. */
const ACTIONS = {
  'dead-letter.requeue': 'requeue',
  'dead-letter.discard': 'discard',
  'batch.retry': 'requeue',
} as const;
/** The gateway spreads the orders for a batch like this. */
const BATCH_RATE = 20;

/** What people ordered since then, by the audit's entries. */
export async function readPastOrders(
  { audit, requests }: Pick<Records, 'audit' | 'requests'>,
  sinceMs: number,
): Promise<PastOrder[]> {
  const orders: PastOrder[] = [];
  for (const action of Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]) {
    let cursor: string | undefined;
    do {
      const page = await audit.list({ action, sinceMs }, { limit: ROWS, cursor });
      for (const entry of page.entries) {
        const what = action === 'batch.retry' ? await ofBatch(requests, entry) : ofLetters(entry);
        const { id, atMs, actor: by } = entry;
        if (what !== null) orders.push({ id, atMs, by, action: ACTIONS[action], ...what });
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }
  return orders;
}

type What = Pick<PastOrder, 'filters' | 'most' | 'ratePerSecond'>;

/** An entry about one letter names it as its target. */
function ofLetters({ target, detail }: AuditEntry): What {
  const filter = DeadLetterFilter.safeParse(detail.filter).data;
  if (filter === undefined) return { filters: [{ ids: [target] }], most: 1, ratePerSecond: 1 };
  return {
    filters: [filter],
    most: numberIn(detail.ordered),
    ratePerSecond: Math.max(numberIn(detail.ratePerSecond), 0.001),
  };
}

async function ofBatch(
  requests: Pick<Records['requests'], 'find'>,
  { target, detail }: AuditEntry,
): Promise<What | null> {
  const batch = await requests.find(target);
  if (batch === null) return null;
  const filters = batch.jobIds.map((jobId) => ({ jobId }));
  return { filters, most: numberIn(detail.tasks), ratePerSecond: BATCH_RATE };
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
