import { randomUUID } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { keysOf } from './keys.ts';
import { parseQuotas, type Quota, type QuotaInput, type QuotaWindow } from './quota.ts';
import { refusalMs, windowMs } from './time.ts';

const LUA = new URL('./lua/', import.meta.url);
const close = loadScript(LUA, 'close', 1);
/** The slot of a dead caller counts for its whole time limit. */
const LONGEST_CALL_MS = 600_000;

export interface QuotasConfig {
  /** The queue's server: counters must not be evicted. */
  redis: Redis;
  quotas: QuotaInput[];
  /** Epoch ms of this process. It only turns moments into durations and back; what counts is decided by Redis time. */
  now?: () => number;
}

export interface TakeOptions {
  /** What the call costs; 1 where nothing is said. */
  units?: number;
  /** The call must have ended this long after `take` was called: later it is no longer counted for sure. At most 10 minutes. */
  timeoutMs: number;
}

/** Booked slots of one call. */
export interface Lease {
  id: string;
  quota: string;
  units: number;
  /** When the call must have ended, on this process's monotonic clock (`performance.now()`). */
  deadlineMs: number;
}

export type Take =
  | { granted: true; lease: Lease }
  | {
      granted: false;
      /** Epoch ms from which another try is worthwhile; no promise that it is granted then. */
      retryAtMs: number;
      /** The window that takes longest to have room; null where the provider's refusal does. */
      window: QuotaWindow | null;
    };

export interface EndOptions {
  /** The provider refused the call, until this moment (epoch ms) or, where it named none, for the quota's cooldown. */
  refused?: { untilMs?: number };
  /** The call ended without an answer, so it may arrive up to the quota's margin later. */
  unanswered?: boolean;
}

export interface QuotaState {
  name: string;
  /** Epoch ms until which the provider refuses; null where it does not. */
  closedUntilMs: number | null;
  windows: { window: QuotaWindow; used: number; remaining: number; nextFreeMs: number }[];
}

/** One kind of call: which quota it takes from, what it costs, how long it may last. */
export interface QuotaUse {
  name: string;
  take(): Promise<Take>;
  end(lease: Lease, options?: EndOptions): Promise<void>;
}

export type Quotas = ReturnType<typeof createQuotas>;

/**
 * The quotas of a fleet, counted in Redis. The provider never sees more than a window's limit within any stretch of that
 * window's length, as long as every call takes a slot, ends within `timeoutMs` and reaches the provider at the latest
 * `marginMs` after that. A refusal books nothing. Every key expires.
 * Throws `bad-quotas` on a wrong configuration; the functions throw `quota-unknown` and `quota-units`, and RangeError for a time limit
 * that is none.
 */
export function createQuotas({ redis, quotas, now = Date.now }: QuotasConfig) {
  const books = new Map(parseQuotas(quotas).map((quota) => [quota.name, createBook(redis, quota, now)]));

  function bookOf(name: string): Book {
    const book = books.get(name);
    if (book === undefined) throw new SluiceError('quota-unknown', `There is no quota called ${name}.`);
    return book;
  }

  return {
    names: [...books.keys()],
    take: async (name: string, options: TakeOptions): Promise<Take> => bookOf(name).take(options),
    /** To be called once, when the call has ended; a lease that is never ended counts as if the call had used all its time. */
    end: async (lease: Lease, options: EndOptions = {}): Promise<void> => bookOf(lease.quota).end(lease, options),
    state: async (name: string): Promise<QuotaState> => bookOf(name).state(),
    /** Closes the quota until the moment (epoch ms); an earlier one than is closed already changes nothing. */
    block: async (name: string, untilMs: number): Promise<void> => bookOf(name).block(untilMs),
    /** The handle that `withQuota` takes. */
    use(name: string, options: TakeOptions): QuotaUse {
      const book = bookOf(name);
      return { name, take: () => book.take(options), end: book.end };
    },
  };
}

type Book = ReturnType<typeof createBook>;

function createBook(redis: Redis, quota: Quota, now: () => number) {
  const keys = keysOf(quota);
  const allKeys = [keys.closed, ...keys.windows];
  const lengths = quota.windows.map(windowMs);
  const bounds = quota.windows.flatMap((window) => [windowMs(window), window.limit]);
  const smallestLimit = Math.min(...quota.windows.map((window) => window.limit));
  const scripts = {
    take: loadScript(LUA, 'take', allKeys.length),
    end: loadScript(LUA, 'end', allKeys.length),
    state: loadScript(LUA, 'state', allKeys.length),
  };

  return {
    async take({ units = 1, timeoutMs }: TakeOptions): Promise<Take> {
      requireCall(quota.name, { units, timeoutMs }, smallestLimit);
      // The clock is read before Redis is asked, so that the call's deadline is never later than the one that is booked.
      const lease = { id: randomUUID(), quota: quota.name, units, deadlineMs: performance.now() + timeoutMs };
      const args = [lease.id, units, Math.ceil(timeoutMs) + quota.marginMs, ...bounds];
      const [granted, waitMs, which] = (await scripts.take(redis, allKeys, args)) as [number, number, number];
      if (granted === 1) return { granted: true, lease };
      return { granted: false, retryAtMs: now() + waitMs, window: quota.windows[which - 1] ?? null };
    },

    async end(lease: Lease, { refused, unanswered = false }: EndOptions = {}): Promise<void> {
      const laterMs = unanswered ? quota.marginMs : 0;
      const refusedMs = refused === undefined ? 0 : refusalMs(refused.untilMs, now(), quota.cooldownSeconds);
      await scripts.end(redis, allKeys, [lease.id, lease.units, laterMs, refusedMs, ...lengths]);
    },

    async block(untilMs: number): Promise<void> {
      await close(redis, [keys.closed], [refusalMs(untilMs, now(), quota.cooldownSeconds)]);
    },

    async state(): Promise<QuotaState> {
      const [closedMs = 0, ...counts] = (await scripts.state(redis, allKeys, bounds)) as number[];
      const atMs = now();
      const windows = quota.windows.map((window, index) => {
        const [used = 0, waitMs = 0] = counts.slice(2 * index, 2 * index + 2);
        return { window, used, remaining: Math.max(window.limit - used, 0), nextFreeMs: atMs + waitMs };
      });
      return { name: quota.name, closedUntilMs: closedMs === 0 ? null : atMs + closedMs, windows };
    },
  };
}

function requireCall(name: string, { units, timeoutMs }: Required<TakeOptions>, smallestLimit: number): void {
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_CALL_MS)) {
    throw new RangeError(`a call's time limit is above 0 and at most ${LONGEST_CALL_MS} ms, not ${timeoutMs}`);
  }
  if (Number.isInteger(units) && units >= 1 && units <= smallestLimit) return;
  throw new SluiceError('quota-units', `A call of ${units} units never fits into the quota ${name}.`);
}
