import type { Report } from '@sluice/fleet/rate-limit';

/** What a provider's headers say of its limits: seconds, epoch seconds, HTTP dates and ISO dates are all in use. */

const YEAR_MS = 366 * 86_400_000;

/** From when asking again is allowed (epoch ms), where a refusal says so. */
export function retryAtOf(headers: Headers, nowMs: number): number | undefined {
  return momentOf(headers.get('retry-after'), nowMs) ?? resetOf(headers, nowMs);
}

/** Until when the quota is used up (epoch ms), where an answer says that nothing remains of it. */
export function usedUpUntil(
  headers: Headers,
  nowMs: number,
  unsaid?: (nowMs: number) => number | undefined,
): number | undefined {
  const remaining = headers.get('x-rate-limit-remaining') ?? headers.get('x-ratelimit-remaining');
  if (remaining === null || !/^\s*0+\s*$/.test(remaining)) return undefined;
  return resetOf(headers, nowMs) ?? unsaid?.(nowMs);
}

/** A window that a vendor's headers speak of, in seconds, by its name there. */
const NAMED_WINDOWS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/**
 * What an answer says of the window that the vendor's headers mean: the one that `X-Rate-Limit-Window` names, else `usualSeconds`. Nothing where they say
 * nothing, or not of which window.
 */
export function quotaReport(headers: Headers, nowMs: number, usualSeconds: number | undefined): Report | undefined {
  const seconds = NAMED_WINDOWS[headers.get('x-rate-limit-window') ?? ''] ?? usualSeconds;
  const count = (name: string) => countOf(headers.get(`x-rate-limit-${name}`) ?? headers.get(`x-ratelimit-${name}`));
  const limit = count('limit');
  const remaining = count('remaining');
  if (seconds === undefined || (limit === undefined && remaining === undefined)) return undefined;
  const resetAtMs = resetOf(headers, nowMs);
  return {
    window: { seconds },
    // A limit of nothing would close the quota for a day; what remains says it better.
    ...(limit === undefined || limit === 0 ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetAtMs === undefined ? {} : { resetAtMs }),
  };
}

function countOf(text: string | null): number | undefined {
  return text !== null && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}

/** The relative header goes first: it does not depend on whose clock is right. */
function resetOf(headers: Headers, nowMs: number): number | undefined {
  return (
    momentOf(headers.get('x-rate-limit-reset-after'), nowMs) ??
    momentOf(headers.get('x-rate-limit-reset'), nowMs) ??
    momentOf(headers.get('x-ratelimit-reset'), nowMs)
  );
}

/** Nothing for what is no moment of the coming year. */
export function momentOf(text: string | null, nowMs: number): number | undefined {
  if (text === null || text.length > 64) return undefined;
  const word = text.trim();
  const moment = /^\d+(\.\d+)?$/.test(word) ? ofNumber(Number(word), nowMs) : Date.parse(word);
  return moment >= nowMs && moment < nowMs + YEAR_MS ? Math.ceil(moment) : undefined;
}

/** A number is seconds from now where it is small, and epoch seconds where it is large. */
function ofNumber(value: number, nowMs: number): number {
  return value < 1e9 ? nowMs + 1_000 * value : 1_000 * value;
}

export function nextUtcMidnight(nowMs: number): number {
  return new Date(nowMs).setUTCHours(24, 0, 0, 0);
}

/** Where Google's daily quotas begin anew. To the second; on the two days a year when clocks change, up to an hour late or early. */
export function nextPacificMidnight(nowMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(nowMs);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const passedSeconds = 3_600 * part('hour') + 60 * part('minute') + part('second');
  return nowMs - (nowMs % 1_000) + 1_000 * (86_400 - passedSeconds);
}
