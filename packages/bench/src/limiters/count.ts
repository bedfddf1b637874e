/** What the provider counted. Moments are ms on the provider's clock, in order. */
export interface Count {
  arrived: number;
  /** Calls that arrived less than a window's length after the one `limit` places before them. */
  overSliding: number;
  /** Calls beyond the limit of a fixed window: the mean over many places where the first window may begin. */
  overFixed: number;
  /** From the middle of the first `limit` calls to the middle of the last, so that it does not matter where in a burst the run ends. */
  perSecond: number;
}

/** Places where the first fixed window may begin. */
const PHASES = 40;

export function countArrivals(arrivalsMs: readonly number[], limit: number, windowMs: number): Count {
  const arrived = arrivalsMs.length;
  const spans = arrivalsMs.slice(limit).map((lastMs, first) => lastMs - (arrivalsMs[first] ?? 0));
  const phases = Array.from({ length: PHASES }, (_, phase) => (phase * windowMs) / PHASES);
  const over = phases.map((startMs) => overInFixed(arrivalsMs, limit, windowMs, startMs));
  const apartMs = mean(arrivalsMs.slice(-limit)) - mean(arrivalsMs.slice(0, limit));
  return {
    arrived,
    overSliding: spans.filter((spanMs) => spanMs < windowMs).length,
    overFixed: mean(over),
    perSecond: arrived > limit ? ((arrived - limit) * 1_000) / apartMs : 0,
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function overInFixed(arrivalsMs: readonly number[], limit: number, windowMs: number, startMs: number): number {
  const counts = new Map<number, number>();
  for (const atMs of arrivalsMs) {
    const window = Math.floor((atMs - startMs) / windowMs);
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return [...counts.values()].reduce((sum, count) => sum + Math.max(count - limit, 0), 0);
}
