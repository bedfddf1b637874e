const LONGEST_REFUSAL_MS = 31 * 24 * 60 * 60 * 1_000;

/** Rounded up: a window is never taken for shorter than it is. */
export function windowMs(window: { seconds: number }): number {
  return Math.ceil(window.seconds * 1_000);
}

/**
 * How long a refusal closes the quota: until the moment that the provider named (epoch ms), or the cooldown where it named none.
 * At least a millisecond, at most 31 days whatever the provider says.
 */
export function refusalMs(untilMs: number | undefined, nowMs: number, cooldownSeconds: number): number {
  const askedMs = untilMs === undefined ? cooldownSeconds * 1_000 : untilMs - nowMs;
  return Math.min(Math.max(Math.ceil(askedMs), 1), LONGEST_REFUSAL_MS);
}

/** What is left of a call's time limit, at least 0. Both are of the monotonic clock. */
export function leftMs(deadlineMs: number, monotonicMs: number): number {
  return Math.max(Math.floor(deadlineMs - monotonicMs), 0);
}
