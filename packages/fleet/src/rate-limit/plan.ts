import { createHash } from 'node:crypto';
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
  /** Of buckets: length of one (ms). */
  width?: number;
  window: QuotaWindow;
  /** It is the pacing of the window's burst, not the window itself. */
  paces: boolean;
}

/** The rules of a quota, its windows first and in their order. Ids are stable: they name fields and keys. */
export function rulesOf(quota: Quota): Rule[] {
  const rules = quota.windows.map((window) => ruleOf(window, lengthOf(window), window.limit));
  for (const window of quota.windows) {
    const { burst } = window;
    if (burst === undefined || burst === window.limit) continue;
    rules.push({ ...ruleOf(window, Math.ceil((lengthOf(window) * burst) / window.limit), burst), paces: true });
  }
  return rules.map((rule) => ({ ...rule, id: idOf(rule) }));
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

/** As many as any limit may be. */
const UNKNOWN_UNITS = 1_000_000;

/** What a window owes after a loss: `units` more count as used for `ms` (0: until the period that a call may touch now is over). */
export interface Debt {
  id: string;
  units: number;
  ms: number;
}

/** `recalled`: by rule, what the record knows; a rule without a word of it starts full, also should its limit grow meanwhile. `holdMs`: the longest that a call may still run. */
export function debtsOf(rules: Rule[], recalled: ReadonlyMap<string, number>, holdMs: number): Debt[] {
  return rules.map(({ id, kind, ms, width = 0 }) => ({
    id,
    units: recalled.get(id) ?? UNKNOWN_UNITS,
    ms: kind === 'calendar' ? 0 : ms + width + holdMs + 2,
  }));
}

/** How far a plan's calendar reaches beyond what is needed now, so that it is not made anew for every call. */
const REACH_MS = 120_000;

/** The last argument of those that every script gets: begins of the periods of calendar rules, from before `redisMs` to `holdMs` after it, and two minutes more. */
export function startsText(quota: Quota, rules: Rule[], redisMs: number, holdMs: number): string {
  const toMs = redisMs + holdMs + quota.marginMs + REACH_MS;
  const starts = rules.flatMap(({ kind, window }) =>
    kind === 'calendar' && window.kind === 'calendar'
      ? [periodStarts(window.period, window.zone, redisMs - quota.marginMs, toMs)]
      : [],
  );
  return JSON.stringify(starts);
}

/** What scripts know of a quota, as the Lua that they begin with (see lua/lib.lua). Its text depends on the plan alone, so that quotas of one plan share a script. */
export function planSource(quota: Quota, rules: Rule[]): { identity: string; source: string } {
  const { breaker, marginMs } = quota;
  const pause = breaker === undefined ? 0 : Math.ceil(breaker.pauseSeconds * 1_000);
  const parts = [
    `margin = ${marginMs}`,
    `lost = ${lostUnits(rules)}`,
    `shadow = ${quota.shadow === true}`,
    `calendars = ${rules.filter(({ kind }) => kind === 'calendar').length}`,
    `varies = ${rules.some(({ kind }) => kind !== 'log')}`,
    ...(breaker === undefined
      ? []
      : [`breaker = { failures = ${breaker.failures}, within = ${breaker.withinSeconds * 1_000}, pause = ${pause} }`]),
  ];
  const logs = rules.filter(({ kind }) => kind === 'log').map(({ ms }) => ms);
  const body = [
    `local rules = { ${rules.map(ruleSource).join(', ')} }`,
    `local has_log, longest_log = ${logs.length > 0}, ${Math.max(0, ...logs)}`,
    `local fields = { ${fieldsOf(rules, breaker !== undefined)
      .map(lua)
      .join(', ')} }`,
  ].join('\n');
  const identity = createHash('sha256')
    .update(`${parts.join()} ${body} ${quota.cooldownSeconds}`)
    .digest('base64url')
    .slice(0, 16);
  return { identity, source: `local plan = { identity = ${lua(identity)}, ${parts.join(', ')} }\n${body}` };
}

const FIELDS = ['closed', 'born', 'plan', 'saved', 'bounds', 'touched'];
const BREAKER_FIELDS = ['down', 'trial', 'trialUntil', 'fails'];

/** Of the state, what scripts read with every call. */
function fieldsOf(rules: Rule[], hasBreaker: boolean): string[] {
  const own = rules.flatMap(({ id, kind }) => {
    if (kind === 'calendar') return [id];
    return kind === 'buckets' ? [`${id}:total`, `${id}:first`] : [];
  });
  return [...FIELDS, ...(hasBreaker ? BREAKER_FIELDS : []), ...own];
}

function ruleSource({ id, kind, ms, limit, width }: Rule): string {
  const buckets =
    width === undefined ? '' : `, width = ${width}, total = ${lua(`${id}:total`)}, first = ${lua(`${id}:first`)}`;
  return `{ id = ${lua(id)}, kind = ${lua(kind)}, ms = ${ms}, limit = ${limit}${buckets} }`;
}

/** A text as Lua writes it; ids are of letters, digits and signs of time zones only. */
function lua(text: string): string {
  if (!/^[\w:/+. -]*$/.test(text)) throw new RangeError(`not for a script: ${text}`);
  return `'${text}'`;
}

/**
 * From what each window of a new plan gets its counts: `keep` (they are there), `log` (the log knows its calls), or the length (ms) of an old window in
 * buckets, which may count them up to 1/64 too long. A window that is missing was not counted before: it owes.
 */
export function sourcesOf(old: Rule[], fresh: Rule[]): Record<string, 'keep' | 'log' | number> {
  const longest = Math.max(0, ...old.filter(({ kind }) => kind === 'log').map(({ ms }) => ms));
  const buckets = old
    .filter(({ kind }) => kind === 'buckets')
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b);
  const sources = fresh.flatMap(({ id, kind, ms }): [string, 'keep' | 'log' | number][] => {
    const isThere = kind !== 'log' && old.some((rule) => rule.id === id && rule.kind === kind);
    if (isThere || (kind === 'log' && longest >= ms)) return [[id, 'keep']];
    if (kind === 'calendar' ? longest > 0 : longest >= ms) return [[id, 'log']];
    const wide = buckets.find((each) => each >= ms);
    return wide === undefined ? [] : [[id, wide]];
  });
  return Object.fromEntries(sources);
}
