/** Steps up to this are taken for a slow network or a busy machine. */
const JUMP_MS = 2_000;
/** Clocks that are being set right run this much faster or slower. */
const DRIFT = 0.000_5;

interface Seen {
  redisMs: number;
  sentMs: number;
  receivedMs: number;
}

export type ClockWatch = ReturnType<typeof createClockWatch>;

/**
 * Compares Redis time with this process's monotonic clock: each answer tells what Redis's clock showed between two moments of ours. When it moved by 2 s
 * more or less than it can have, it was set, and what was counted by it means nothing any more.
 */
export function createClockWatch() {
  let last: Seen | undefined;
  let jumps = 0;
  let rightMs = 0;
  return {
    /** How often the clock jumped since this process looks. */
    jumps: () => jumps,
    /** How long ago the clock still went right, before it jumped last. */
    silenceMs: (monotonicMs: number) => monotonicMs - rightMs + JUMP_MS,
    /** `sentMs` and `receivedMs` are monotonic, of the question and of its answer. */
    observe(redisMs: number, sentMs: number, receivedMs: number): void {
      const before = last;
      if (before !== undefined && sentMs < before.sentMs) return;
      last = { redisMs, sentMs, receivedMs };
      if (before === undefined) return;
      const passed = redisMs - before.redisMs;
      const most = receivedMs - before.sentMs;
      const least = Math.max(sentMs - before.receivedMs, 0);
      const slack = JUMP_MS + DRIFT * most;
      if (passed <= most + slack && passed >= least - slack) return;
      jumps++;
      rightMs = before.sentMs;
    },
    /** What Redis's clock shows about now; nothing before the first answer. */
    redisMs: (monotonicMs: number) => (last === undefined ? undefined : last.redisMs + monotonicMs - last.receivedMs),
  };
}
