import { SluiceError } from '@sluice/contracts';
import { isCluster, type Redis } from '../redis/index.ts';
import { type Book, createBook } from './book.ts';
import { createClockWatch } from './clock.ts';
import type { Recall, TestClock } from './counters.ts';
import { parseQuotas, type Quota, type QuotaInput } from './quota.ts';
import type { EndOptions, Lease, QuotaState, QuotaUse, Report, Take, TakeOptions } from './types.ts';

export interface QuotasConfig {
  /** The queue's server: counters must not be evicted. */
  redis: Redis;
  quotas: QuotaInput[];
  /** Epoch ms of this process. It only turns moments into durations and back; what counts is decided by Redis time. */
  now?: () => number;
  /**
   * What a record outside Redis knows of a window of an hour or longer, asked after a loss of the counters. Without it, or where it knows nothing, such a
   * window is closed for one length (a calendar's until the period is over), like the shorter ones.
   */
  recall?: Recall;
  /** For tests only. */
  clock?: TestClock;
}

export type Quotas = ReturnType<typeof createQuotas>;

/**
 * The quotas of a fleet, counted in Redis. The provider never sees more than a window's limit within any stretch of that
 * window's length, as long as every call takes a slot, ends within `timeoutMs` and reaches the provider at the latest
 * `marginMs` after that. A refusal books nothing. Every key expires.
 *
 * Counters that were lost (Redis emptied, or started anew) and a Redis clock that jumped by more than 2 s are noticed by every process that saw the
 * counters before, with its next call. A fleet of which no process did needs `recall` to tell that from its first start.
 *
 * Throws `bad-quotas` on a wrong configuration; the functions throw `quota-unknown` and `quota-units`, and RangeError for a time limit
 * that is none.
 */
export function createQuotas({ redis, quotas, now = Date.now, recall, clock }: QuotasConfig) {
  const shared = createClockWatch();
  // The servers of a Cluster have a clock each, and a quota lies on one of them.
  const watchOf = () => (isCluster(redis) ? createClockWatch() : shared);
  const open = (quota: Quota) => createBook({ redis, quota, watch: watchOf(), now, recall, clock });
  const books = new Map(parseQuotas(quotas).map((quota) => [quota.name, open(quota)]));

  function bookOf(name: string): Book {
    const book = books.get(name);
    if (book === undefined) throw new SluiceError('quota-unknown', `There is no quota called ${name}.`);
    return book;
  }

  return {
    /** Of all that are known by now. */
    get names(): string[] {
      return [...books.keys()];
    },
    has: (name: string): boolean => books.has(name),
    take: async (name: string, options: TakeOptions): Promise<Take> => bookOf(name).take(options),
    /** To be called once, when the call has ended; a lease that is never ended counts as if the call had used all its time. */
    end: async (lease: Lease, options: EndOptions = {}): Promise<void> => bookOf(lease.quota).end(lease, options),
    /** Gives back the slots of a call that was never made and never will be. */
    release: async (lease: Lease): Promise<void> => bookOf(lease.quota).release(lease),
    state: async (name: string): Promise<QuotaState> => bookOf(name).state(),
    /** Closes the quota until the moment (epoch ms); an earlier one than is closed already changes nothing. */
    block: async (name: string, untilMs: number): Promise<void> => bookOf(name).block(untilMs),
    /** Believes what a provider's answer says, as far as it is less than what is known. False: it says not which window it means. */
    report: async (name: string, said: Report): Promise<boolean> => bookOf(name).report(said),
    /** The handle that `withQuota` takes. */
    use(name: string, options: TakeOptions): QuotaUse {
      const book = bookOf(name);
      return { name, take: () => book.take(options), end: book.end };
    },
    /**
     * Puts the quota into force as it is given, in all processes: from the moment on at which this resolves no call is let through by other windows. What was
     * used counts in the new ones. Without this, the plan holds that was in force when this process came. Throws `bad-quotas`.
     */
    async configure(input: QuotaInput): Promise<void> {
      const [quota] = parseQuotas([input]);
      if (quota === undefined) return;
      const book = books.get(quota.name) ?? open(quota);
      books.set(quota.name, book);
      await book.configure(quota);
    },
    /** Knows the quota from now on, without changing what is in force; false: it is known already. Throws `bad-quotas`. */
    learn(input: QuotaInput): boolean {
      const [quota] = parseQuotas([input]);
      if (quota === undefined || books.has(quota.name)) return false;
      books.set(quota.name, open(quota));
      return true;
    },
    /** For the line, whose scripts book slots themselves. */
    book: bookOf,
  };
}
