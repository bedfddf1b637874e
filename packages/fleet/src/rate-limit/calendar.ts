/** Periods of a calendar: from when to when, by the time zone database of Node (Intl). */

export type Period = 'minute' | 'hour' | 'day' | 'month';

const HOUR_MS = 3_600_000;
/** No period is shorter or longer; zones move their clocks by an hour (Lord Howe: half of one) and sometimes by a day. */
const NOMINAL_MS: Readonly<Record<Period, number>> = {
  minute: 60_000,
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  month: 31 * 24 * HOUR_MS,
};

export function nominalMs(period: Period): number {
  return NOMINAL_MS[period];
}

/**
 * Begins of periods in ascending order: the one before the period that holds `fromMs`, up to the first that begins after `toMs`.
 * So neighbours are begin and end of one period, and both moments lie within.
 */
export function periodStarts(period: Period, zone: string, fromMs: number, toMs: number): number[] {
  const first = startOf(period, zone, fromMs);
  const starts = [startOf(period, zone, first - 1), first];
  for (let last = first; last <= toMs; starts.push(last)) last = nextStart(period, zone, last);
  return starts;
}

function nextStart(period: Period, zone: string, startMs: number): number {
  // Days of 25 hours and months of 28 days: half a period later is still inside, one and a half is past the end but not past the next one's.
  const beyond = startMs + (period === 'month' ? 31 * 24 * HOUR_MS + 12 * HOUR_MS : 1.3 * NOMINAL_MS[period]);
  let next = startOf(period, zone, beyond);
  // A short month can lie wholly between: then the one before is the next.
  for (let before = startOf(period, zone, next - 1); before > startMs; before = startOf(period, zone, next - 1)) {
    next = before;
  }
  return next;
}

/** The begin of the period that holds the moment. */
function startOf(period: Period, zone: string, momentMs: number): number {
  if (period === 'minute') return momentMs - mod(momentMs, 60_000);
  const wall = wallClock(zone, momentMs);
  if (period === 'hour') return momentMs - mod(wall, HOUR_MS);
  const date = new Date(wall);
  const day = period === 'month' ? 1 : date.getUTCDate();
  return momentOf(zone, Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day), momentMs);
}

/** The earliest moment at which the zone's clocks show this or later; where a midnight is skipped, that is what follows it. */
function momentOf(zone: string, wallMs: number, near: number): number {
  const offsets = [near, wallMs, wallMs - 24 * HOUR_MS, wallMs + 24 * HOUR_MS].map((at) => wallClock(zone, at) - at);
  const moments = [...new Set(offsets)].map((offset) => wallMs - offset).toSorted((a, b) => a - b);
  const exact = moments.find((moment) => wallClock(zone, moment) === wallMs);
  // Clocks that skip midnight: with the offset from before the step the moment lies right at or after it.
  return exact ?? moments.at(-1) ?? wallMs;
}

/** What the zone's clocks show, written as if it were UTC. */
function wallClock(zone: string, momentMs: number): number {
  if (zone === 'UTC') return momentMs;
  const parts = formatOf(zone).formatToParts(momentMs);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown + mod(momentMs, 1_000);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const time = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...numeric, ...time });
  formats.set(zone, format);
  return format;
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
