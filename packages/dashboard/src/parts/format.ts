/** Moments, lengths and amounts as people read them. Pure. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `340 ms`, `2.4 s`, `3 min 12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 0) return '0 ms';
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return joined(Math.floor(ms / MINUTE), 'min', Math.round((ms % MINUTE) / SECOND), 's');
  if (ms < DAY) return joined(Math.floor(ms / HOUR), 'h', Math.round((ms % HOUR) / MINUTE), 'min');
  return joined(Math.floor(ms / DAY), 'd', Math.round((ms % DAY) / HOUR), 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** One unit, for lists: `now`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function age(ms: number): string {
  if (ms < SECOND) return 'now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let at = 0;
  let value = count;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const timeOfDay = (ms: number): string => clock.format(ms);
export const hourOfDay = (ms: number): string => hour.format(ms);
export const moment = (ms: number): string => day.format(ms);
export const count = (value: number): string => whole.format(value);
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A moment that a mail names, where it can be understood; else as it stands there. */
export function momentOf(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : moment(ms);
}

/** `sandbox_analysis` as `sandbox analysis`. */
export const words = (name: string): string => name.replaceAll(/[_-]/g, ' ');

export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** The states of a mail on its way, and how far each one is. */
const WAY: Readonly<Record<string, number>> = {
  queued: 2,
  parsing: 12,
  extracting: 30,
  sandbox_analysis: 50,
  api_analysis: 68,
  aggregating: 85,
  scoring: 94,
};

/** How far a job in this state is at least, in percent, where nothing better is known. */
export const wayOf = (state: string): number => WAY[state] ?? 50;
