import { DeadLetterFilter } from '@sluice/contracts';
import type { AuditEntry, Records } from '@sluice/records';
import type { PastOrder } from './lost-orders.ts';

const ROWS = 500;
/** As the gateway names them in the audit. */
const ACTIONS = {
  'dead-letter.requeue': 'requeue',
  'dead-letter.discard': 'discard',
  'batch.retry': 'requeue',
  'job.retry': 'requeue',
} as const;
type Action = keyof typeof ACTIONS;
/** A job is retried at once, and has fewer tasks. */
const AT_ONCE = { most: 10_000, ratePerSecond: 10_000 };

/** What people ordered since then, by the audit's entries. */
export async function readPastOrders(
  { audit, requests }: Pick<Records, 'audit' | 'requests'>,
  sinceMs: number,
): Promise<PastOrder[]> {
  const orders: PastOrder[] = [];
  for (const action of Object.keys(ACTIONS) as Action[]) {
    let cursor: string | undefined;
    do {
      const page = await audit.list({ action, sinceMs }, { limit: ROWS, cursor });
      for (const entry of page.entries) {
        const { id, atMs, actor: by } = entry;
        orders.push({ id, atMs, by, action: ACTIONS[action], ...(await whatOf(requests, action, entry)) });
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }
  return orders;
}

async function whatOf(
  requests: Pick<Records['requests'], 'find'>,
  action: Action,
  { target, detail }: AuditEntry,
): Promise<Pick<PastOrder, 'filters' | 'most' | 'ratePerSecond'>> {
  if (action === 'job.retry') return { filters: [{ jobId: target }], ...AT_ONCE };
  const ratePerSecond = Math.max(numberIn(detail.ratePerSecond), 0.001);
  if (action === 'batch.retry') {
    const jobIds = (await requests.find(target))?.jobIds ?? [];
    return { filters: jobIds.map((jobId) => ({ jobId })), most: numberIn(detail.tasks), ratePerSecond };
  }
  const filter = DeadLetterFilter.safeParse(detail.filter).data;
  // An entry about one letter names it as its target.
  if (filter === undefined) return { filters: [{ ids: [target] }], most: 1, ratePerSecond: 1 };
  return { filters: [filter], most: numberIn(detail.ordered), ratePerSecond };
}

function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
