export interface Reading {
  atMs: number;
  value: number;
}

/** What is older says nothing of how it goes now. */
const MEMORY_MS = 30_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 300_000;
/** Where it does not fall, or nobody knows yet. */
const UNKNOWN_MS = 30_000;

/** The readings that still count, and the new one. */
export function remember(readings: readonly Reading[], reading: Reading): Reading[] {
  return [...readings.filter(({ atMs }) => reading.atMs - atMs < MEMORY_MS), reading];
}

/** How long until a value that falls is below the limit, at the pace that it was seen to fall; 1 s to 5 min. */
export function waitFor(readings: readonly Reading[], limit: number): number {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return SHORTEST_MS;
  if (last.value <= limit) return SHORTEST_MS;
  const fell = first.value - last.value;
  const tookMs = last.atMs - first.atMs;
  if (fell <= 0 || tookMs <= 0) return UNKNOWN_MS;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ((last.value - limit) * tookMs) / fell));
}
