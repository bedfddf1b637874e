/** What a vendor allows: `fixed` windows begin anew at every full multiple of their length, `sliding` ones hold in any stretch. */
export interface SimulatedLimit {
  requests: number;
  seconds: number;
  kind: 'sliding' | 'fixed';
  /** Of one action; of all where nothing is said. */
  action?: string;
}

export interface LimitState {
  /** The limit with the least left. */
  limit: SimulatedLimit;
  /** Below 0: the call is too much. */
  remaining: number;
  resetAfterMs: number;
}

/** Counts calls when they arrive. A call beyond a limit counts nowhere. */
export function createLimiter(limits: readonly SimulatedLimit[]) {
  const arrivals = new Map<SimulatedLimit, Map<string, number[]>>();

  function arrivalsOf(limit: SimulatedLimit, action: string): number[] {
    const byAction = arrivals.get(limit) ?? new Map<string, number[]>();
    arrivals.set(limit, byAction);
    const times = byAction.get(action) ?? [];
    byAction.set(action, times);
    return times;
  }

  function stateOf(limit: SimulatedLimit, action: string, atMs: number): LimitState {
    const lengthMs = 1_000 * limit.seconds;
    const startMs = limit.kind === 'fixed' ? Math.floor(atMs / lengthMs) * lengthMs : atMs - lengthMs;
    const times = arrivalsOf(limit, action);
    while (times[0] !== undefined && (limit.kind === 'fixed' ? times[0] < startMs : times[0] <= startMs)) times.shift();
    const firstMs = limit.kind === 'fixed' ? startMs : (times[0] ?? atMs);
    return { limit, remaining: limit.requests - times.length - 1, resetAfterMs: firstMs + lengthMs - atMs };
  }

  return {
    /** Null where nothing is limited. */
    take(action: string, atMs: number): LimitState | null {
      const states = limits
        .filter((limit) => limit.action === undefined || limit.action === action)
        .map((limit) => stateOf(limit, action, atMs));
      const [tightest] = states.toSorted((left, right) => left.remaining - right.remaining);
      if (tightest === undefined) return null;
      if (tightest.remaining >= 0) for (const { limit } of states) arrivalsOf(limit, action).push(atMs);
      return tightest;
    },
  };
}
