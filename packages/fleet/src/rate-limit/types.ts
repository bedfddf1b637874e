import type { QuotaWindow } from './quota.ts';

export interface TakeOptions {
  /** What the call costs; 1 where nothing is said. */
  units?: number;
  /** The call must have ended this long after `take` was called: later it is no longer counted for sure. At most 10 minutes. */
  timeoutMs: number;
  /** For whom: refusals are counted by tenant. */
  tenant?: string;
  /**
   * The most that the tenant gets of each window while others wait in the line, as a part of it, above 0 and at most 1. What it takes counts in its share,
   * also where nobody waits; the line enforces it.
   */
  share?: number;
}

/** Booked slots of one call. */
export interface Lease {
  id: string;
  quota: string;
  units: number;
  /** When the call must have ended, on this process's monotonic clock (`performance.now()`). */
  deadlineMs: number;
  /** Redis time of the booking. */
  takenMs?: number;
  /** The tenant whose share it counts in. */
  sharer?: string;
}

export interface Refusal {
  /** Epoch ms from which another try is worthwhile; no promise that it is granted then. */
  retryAtMs: number;
  /** The window that takes longest to have room; null where the provider's refusal or the breaker does. */
  window: QuotaWindow | null;
  why?: 'window' | 'provider' | 'breaker';
}

export type Take =
  | {
      granted: true;
      lease: Lease;
      /** In shadow mode: what would have been refused. */
      wouldRefuse?: Refusal;
    }
  | ({ granted: false } & Refusal);

export interface EndOptions {
  /** The provider refused the call, until this moment (epoch ms) or, where it named none, for the quota's cooldown. */
  refused?: { untilMs?: number };
  /** The call ended without an answer, so it may arrive up to the quota's margin later. */
  unanswered?: boolean;
  /** The provider could not be reached, or did not answer in time: the breaker counts it. */
  failed?: boolean;
}

/** What a provider's answer says of a window. It only ever lowers our view. */
export interface Report {
  /** Units that may still be used until `resetAtMs`. */
  remaining?: number;
  /** Where it is below ours it is believed at once, until another word of it or for 24 hours. */
  limit?: number;
  /** Which window is meant; needed where the quota has several. */
  window?: { seconds: number } | { period: string };
  /** Epoch ms; where nothing is said, when the window is over. */
  resetAtMs?: number;
  /** The call whose answer says it, where that has not ended yet: it is counted in already. */
  lease?: Lease;
}

export type BreakerState = 'none' | 'closed' | 'open' | 'half-open';

export interface WindowState {
  window: QuotaWindow;
  used: number;
  remaining: number;
  nextFreeMs: number;
  /** The limit that is believed now; the window's own where the provider said nothing lower. */
  limit: number;
}

export interface RefusalCount {
  /** Name of the window, `provider` or `breaker`. */
  by: string;
  tenant: string;
  /** In shadow mode: how many would have been. */
  refused: number;
  wouldRefuse: number;
}

export interface QuotaState {
  name: string;
  /** Epoch ms until which the provider refuses; null where it does not. */
  closedUntilMs: number | null;
  windows: WindowState[];
  breaker: { state: BreakerState; retryAtMs: number | null };
  /** Epoch ms from which a call is worth trying. */
  nextFreeMs: number;
  refusals: RefusalCount[];
  /** Questions in its line. */
  waiting: number;
}

/** One kind of call: which quota it takes from, what it costs, how long it may last. */
export interface QuotaUse {
  name: string;
  take(): Promise<Take>;
  end(lease: Lease, options?: EndOptions): Promise<void>;
}
