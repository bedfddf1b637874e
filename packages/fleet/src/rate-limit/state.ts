import type { Rule } from './plan.ts';
import { windowName } from './quota.ts';
import type { BreakerState, QuotaState, RefusalCount } from './types.ts';

/** What lua/state.lua answers; times are ms from Redis's now. */
export interface StateReply {
  now: number;
  closed: number;
  breaker: BreakerState;
  down: number;
  windows: { used: number; limit: number; wait: number }[];
  /** Field and count in turn. */
  refused: string[];
}

/** The reply in this process's time, by window; a window whose burst is paced is free when its pacing is, too. */
export function stateOf(name: string, rules: Rule[], reply: StateReply, nowMs: number): Omit<QuotaState, 'waiting'> {
  const seen = rules.map((rule, index) => ({ rule, ...(reply.windows[index] ?? { used: 0, limit: 0, wait: 0 }) }));
  const windows = seen
    .filter(({ rule }) => !rule.paces)
    .map(({ rule: { window }, used, limit, wait }) => {
      const paced = seen.find(({ rule }) => rule.paces && rule.window === window)?.wait ?? 0;
      const nextFreeMs = nowMs + Math.max(wait, paced);
      return { window, used, remaining: Math.max(limit - used, 0), nextFreeMs, limit };
    });
  const isDown = reply.breaker === 'open' || reply.breaker === 'half-open';
  const waits = seen.map(({ wait }) => wait);
  return {
    name,
    closedUntilMs: reply.closed === 0 ? null : nowMs + reply.closed,
    windows,
    breaker: { state: reply.breaker, retryAtMs: isDown ? nowMs + reply.down : null },
    nextFreeMs: nowMs + Math.max(reply.closed, reply.down, ...waits),
    refusals: refusalsOf(rules, reply.refused),
  };
}

/** Fields are `did <rule> <tenant>` and `would <rule> <tenant>`; a rule's id may hold no blank. */
function refusalsOf(rules: Rule[], fields: string[]): RefusalCount[] {
  const counts = new Map<string, RefusalCount>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode = '', id = '', tenant = ''] = /^(\S+) (\S+) (.*)$/s.exec(fields[index] ?? '') ?? [];
    const rule = rules.find((each) => each.id === id);
    const by = rule === undefined ? id : windowName(rule.window);
    const entry = counts.get(`${by} ${tenant}`) ?? { by, tenant, refused: 0, wouldRefuse: 0 };
    const units = Number(fields[index + 1]);
    if (mode === 'would') entry.wouldRefuse += units;
    else entry.refused += units;
    counts.set(`${by} ${tenant}`, entry);
  }
  return [...counts.values()];
}
