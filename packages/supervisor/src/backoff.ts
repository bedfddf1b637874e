const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
const HEALED_AFTER_MS = 30_000;

/** How many deaths in a row this one makes; 30 s of readiness before it wipe out those that were earlier. */
export function countDeaths(earlier: number, readyForMs: number): number {
  return readyForMs >= HEALED_AFTER_MS ? 1 : earlier + 1;
}

/** The pause before the next start, in milliseconds: 250 after the first death, doubling up to 10,000. */
export function restartDelayMs(deathsInARow: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(deathsInARow - 1, 30), LONGEST_DELAY_MS);
}
