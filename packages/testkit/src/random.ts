/**
 * A seed for this run: `SLUICE_SEED` repeats an earlier one. It is printed, so that a failure can be replayed.
 */
export function chooseSeed(what: string): number {
  const given = process.env.SLUICE_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`${what}: SLUICE_SEED=${seed}\n`);
  return seed;
}

/** Uniform numbers in [0, 1) that a seed determines (mulberry32, by Tommy Ettinger). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
