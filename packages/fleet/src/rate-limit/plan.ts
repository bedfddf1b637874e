import { nominalMs, periodStarts } from './calendar.ts';
import type { Quota, QuotaWindow } from './quota.ts';
import { windowMs } from './time.ts';

/** Above this limit a sliding window is kept in buckets. */
const LOG_LIMIT = 1_000;
/** A bucketed window's error is this share of its length. */
const BUCKETS = 64;
/** A server that writes its append-only file every second may lose this much when it dies. */
const LOST_MS = 2_000;
/** Counters of windows at least this long are taken over from the record after a loss. */
export const LONG_MS = 3_600_000;

/** What the scripts check: a window, or the pacing of its burst. */
export interface Rule {
  id: string;
  kind: 'log' | 'buckets' | 'calendar';
  ms: number;
  limit: number;
  /** Of buckets: length of one (ms), and where its key stands among KEYS, from 1. */
  width?: number;
  key?: number;
  window: QuotaWindow;
  /** It is the pacing of the window's burst, not the window itself. */
  paces: boolean;
}

const FIXED_KEYS = 3;

/** The rules of a quota, its windows first and in their order. Ids are stable: they name fields and keys. */
export function rulesOf(quota: Quota): Rule[] {
  const rules = quota.windows.map((window) => ruleOf(window, lengthOf(window), window.limit));
  for (const window of quota.windows) {
    const { burst } = window;
    if (burst === undefined || burst === window.limit) continue;
    rules.push({ ...ruleOf(window, Math.ceil((lengthOf(window) * burst) / window.limit), burst), paces: true });
  }
  let buckets = 0;
  return rules.map((rule) => {
    const named = { ...rule, id: idOf(rule) };
    return rule.kind === 'buckets' ? { ...named, key: FIXED_KEYS + ++buckets } : named;
  });
}

function ruleOf(window: QuotaWindow, ms: number, limit: number): Rule {
  const paced = limit < window.limit;
  const kind = window.kind === 'calendar' && !paced ? 'calendar' : limit > LOG_LIMIT ? 'buckets' : 'log';
  return {
    id: '',
    kind,
    ms,
    limit,
    window,
    paces: false,
    ...(kind === 'buckets' ? { width: Math.ceil(ms / BUCKETS) } : {}),
  };
}

function idOf({ kind, ms, window, paces }: Rule): string {
  if (kind === 'calendar' && window.kind === 'calendar') return `calendar:${window.period}:${window.zone}`;
  return `${paces ? 'burst' : 'sliding'}:${ms}`;
}

function lengthOf(window: QuotaWindow): number {
  return window.kind === 'sliding' ? windowMs(window) : nominalMs(window.period);
}

/**
 * How many calls may have been counted in what a server lost when it died: the least that any window allows within that time (twice its limit where a
 * calendar's period may have turned).
 */
export function lostUnits(rules: Rule[]): number {
  const most = rules.map(({ kind, ms, limit }) => {
    const times = (ms >= LOST_MS ? 1 : Math.ceil(LOST_MS / ms) + 1) + (kind === 'calendar' ? 1 : 0);
    return limit * times;
  });
  return Math.min(...most);
}

/** What a window owes after a loss: `units` more count as used for `ms` (0: until the period that a call may touch now is over). */
export interface Debt {
  id: string;
  units: number;
  ms: number;
}

/** `recalled`: by rule, what the record knows; a rule without a word of it starts full. `holdMs`: the longest that a call may still run. */
export function debtsOf(rules: Rule[], recalled: ReadonlyMap<string, number>, holdMs: number): Debt[] {
  return rules.map(({ id, kind, ms, limit, width = 0 }) => ({
    id,
    units: Math.min(recalled.get(id) ?? limit, limit),
    ms: kind === 'calendar' ? 0 : ms + width + holdMs + 2,
  }));
}

/** How far a plan's calendar reaches beyond what is needed now, so that it is not made anew for every call. */
const REACH_MS = 120_000;

/** The JSON that every script gets (see lua/lib.lua). Calendars reach from before `redisMs` to `holdMs` after it, and two minutes more. */
export function planText(quota: Quota, rules: Rule[], redisMs: number, holdMs: number): string {
  const { breaker } = quota;
  return JSON.stringify({
    name: quota.name,
    margin: quota.marginMs,
    hold: holdMs,
    lost: lostUnits(rules),
    ...(quota.shadow === true ? { shadow: true } : {}),
    ...(breaker === undefined
      ? {}
      : {
          breaker: {
            failures: breaker.failures,
            within: breaker.withinSeconds * 1_000,
            pause: Math.ceil(breaker.pauseSeconds * 1_000),
          },
        }),
    rules: rules.map((rule) =>
      scriptRule(rule, redisMs - quota.marginMs, redisMs + holdMs + quota.marginMs + REACH_MS),
    ),
  });
}

function scriptRule(rule: Rule, fromMs: number, toMs: number) {
  const { id, kind, ms, limit, width, key, window } = rule;
  const base = { id, kind, ms, limit };
  if (kind === 'buckets') return { ...base, width, key, total: `${id}:total`, first: `${id}:first` };
  if (window.kind !== 'calendar' || kind !== 'calendar') return base;
  return { ...base, starts: periodStarts(window.period, window.zone, fromMs, toMs) };
}
