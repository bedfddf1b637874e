const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface RetryState {
  /** Failures since the last success, from 1. */
  failures: number;
  /** Since the first of these failures began. */
  elapsedMs: number;
  patienceMs: number;
  /** What the server asked for (`Retry-After`); null where it said nothing. */
  askedMs: number | null;
}

/**
 * The pause before the next attempt in milliseconds, or null when the patience would end before it: 250 ms, doubling to 5 s, of
 * which `random` (0–1) takes up to a half away so that many clients do not come back together; never less than the server asked.
 */
export function nextPauseMs(state: RetryState, random: number): number | null {
  const fullMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (state.failures - 1));
  const pauseMs = Math.max(state.askedMs ?? 0, fullMs * (1 - random / 2));
  return state.elapsedMs + pauseMs > state.patienceMs ? null : pauseMs;
}

/** `Retry-After` in milliseconds, from seconds or a date; null where there is none that can be read. */
export function readRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1_000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
