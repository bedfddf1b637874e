import type { ErrorInfo } from '@sluice/contracts';

export interface RetryPolicy {
  /** The first try included. */
  attempts: number;
  baseMs: number;
  /** A wait longer than this is not a fast retry any more: the task settles and the failure desk takes over. */
  longestMs: number;
}

/** 2 s, 4 s, 8 s. */
export const FAST_RETRIES = { baseMs: 2_000, longestMs: 15_000 } as const;

const JITTER = 0.2;

/**
 * When the next attempt is due (epoch ms), or null when there is none: attempts are used up, the error will not heal, or
 * it asks for a longer wait than a fast retry may take.
 * The pause doubles from `baseMs` with up to 20 % jitter upwards; a moment that the error names is honoured.
 */
export function nextRetry(
  policy: RetryPolicy,
  attempt: number,
  error: Pick<ErrorInfo, 'disposition' | 'retryAtMs'>,
  nowMs: number,
  random: () => number,
): number | null {
  if (error.disposition === 'give-up' || attempt >= policy.attempts) return null;
  const backoffMs = policy.baseMs * 2 ** (attempt - 1) * (1 + JITTER * random());
  const namedMs = error.disposition === 'retry-at' ? (error.retryAtMs ?? nowMs) - nowMs : 0;
  const waitMs = Math.max(backoffMs, namedMs);
  return waitMs > policy.longestMs ? null : nowMs + waitMs;
}
