import {
  DeadLetter,
  DeadLetterGroups,
  type DeadLetterOrder,
  DeadLetterOrdered,
  DeadLetterPage,
  type DeadLetterQuery,
  DeadLetterStats,
} from '@sluice/contracts';
import type { Asker, Sent } from '../ask.ts';
import { type List, listOf, type PageOptions } from '../pages.ts';
import { path } from '../path.ts';

const LETTERS = 'api/admin/dead-letters';

/** What dead letters are searched by; all that is named must hold. Moments are epoch ms, of the last failure. */
export type LetterSearch = Omit<Partial<DeadLetterQuery>, keyof PageOptions>;
type Order = Sent<typeof DeadLetterOrder>;

/** Tasks that did not come to an answer: an admin has those of the own tenant, an operator those of all. */
export interface LetterMethods extends List<DeadLetter, LetterSearch> {
  find(id: string, signal?: AbortSignal): Promise<DeadLetter>;
  /** The same faults together, the largest group first; 200 at most. */
  groups(search?: LetterSearch & { limit?: number | undefined }, signal?: AbortSignal): Promise<DeadLetterGroups>;
  /** For an operator. */
  stats(signal?: AbortSignal): Promise<DeadLetterStats>;
  /** All that the search names, as they come. */
  export(search?: LetterSearch, signal?: AbortSignal): AsyncGenerator<DeadLetter, void>;
  /** Has all that the filter names tried again, or says with `dryRun` how many that would be. 10,000 a call. */
  requeue(order: Order, signal?: AbortSignal): Promise<DeadLetterOrdered>;
  /** Gives up all open ones that the filter names. 10,000 a call. */
  discard(order: Order, signal?: AbortSignal): Promise<DeadLetterOrdered>;
  /** Throws `dead-letter-ended` (409) where nothing is left to be done. */
  requeueOne(id: string, signal?: AbortSignal): Promise<DeadLetterOrdered>;
  discardOne(id: string, signal?: AbortSignal): Promise<DeadLetterOrdered>;
}

export function letterMethods({ ask, lines }: Asker): LetterMethods {
  const many = (action: string) => (order: Order, signal?: AbortSignal) =>
    ask(DeadLetterOrdered, { method: 'POST', path: `${LETTERS}/${action}`, json: order, signal });
  const one = (action: string) => async (id: string, signal?: AbortSignal) =>
    ask(DeadLetterOrdered, { method: 'POST', path: `${path`api/admin/dead-letters/${id}`}/${action}`, signal });
  return {
    ...listOf((query, signal) => ask(DeadLetterPage, { method: 'GET', path: LETTERS, query: { ...query }, signal })),
    find: async (id, signal) => ask(DeadLetter, { method: 'GET', path: path`api/admin/dead-letters/${id}`, signal }),
    groups: (search = {}, signal = undefined) =>
      ask(DeadLetterGroups, { method: 'GET', path: `${LETTERS}/groups`, query: { ...search }, signal }),
    stats: (signal) => ask(DeadLetterStats, { method: 'GET', path: `${LETTERS}/stats`, signal }),
    export: (search = {}, signal = undefined) =>
      lines(DeadLetter, { method: 'GET', path: `${LETTERS}/export`, query: { ...search }, signal }),
    requeue: many('requeue'),
    discard: many('discard'),
    requeueOne: one('requeue'),
    discardOne: one('discard'),
  };
}
