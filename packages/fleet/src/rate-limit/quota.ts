import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';

const MONTH_SECONDS = 31 * 24 * 60 * 60;

const seconds = z.number().positive('is not above 0').max(MONTH_SECONDS, 'is longer than 31 days');
const count = z.int('is not a whole number').min(1, 'is below 1');
const limit = count.max(1_000_000, 'is above 1,000,000');

/**
 * Pacing: of a window's limit no more than this many units go at once. It holds as a further sliding window: `burst` units in any
 * `burst / limit` of the window's length, so that the whole limit can still be used, evenly.
 */
const burst = count.optional();

/**
 * Any stretch of this length holds at most `limit` units. Up to a limit of 1,000 every call is counted exactly; above that in 64ths of the window, each of
 * which counts until it has left as a whole: a unit may count up to 1/64 of the window longer than it must, never shorter.
 */
const SlidingWindow = z.strictObject({ kind: z.literal('sliding'), seconds, limit, burst });

/**
 * At most `limit` units in each minute, hour, day or month of the zone's calendar. A call counts in every period that it may touch: from `marginMs` before it
 * begins (the provider's clock may differ by that) to its latest end.
 */
const CalendarWindow = z.strictObject({
  kind: z.literal('calendar'),
  period: z.enum(['minute', 'hour', 'day', 'month'], { error: 'is none of minute, hour, day, month' }),
  /** `UTC` or a name of the IANA time zone database. */
  zone: z.string().refine(isZone, 'is no time zone').default('UTC'),
  limit,
  burst,
  /** Never there: it lets code that knows sliding windows only ask for the length. */
  seconds: z.never('is not for calendar windows').optional(),
});

export const QuotaWindow = z
  .discriminatedUnion('kind', [SlidingWindow, CalendarWindow], { error: 'is no known kind of window' })
  .refine((window) => window.burst === undefined || window.burst <= window.limit, {
    path: ['burst'],
    error: 'is above the limit of its window',
  });
export type QuotaWindow = z.infer<typeof QuotaWindow>;

/** Opens when so many calls found the provider out of reach within the time; tries one call after each pause. Refusals do not count. */
const Breaker = z.strictObject({
  failures: count.max(100, 'is above 100').default(5),
  withinSeconds: seconds.default(60),
  pauseSeconds: seconds.default(30),
});

/** What one provider key may be asked. A call must fit into all windows. */
export const Quota = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'is not a quota name (a-z, 0-9, dot, dash, underscore)'),
  windows: z
    .array(QuotaWindow)
    .min(1, 'has no window')
    .max(8, 'has more than 8 windows')
    .refine((windows) => areDistinct(windows.map(windowName)), { error: 'has two windows of one length' }),
  /** How long a refusal without `Retry-After` closes the quota; 60 s where nothing is said. */
  cooldownSeconds: seconds.default(60),
  /** How long after its time limit a call may still reach the provider; also how far the provider's calendar may differ from ours. */
  marginMs: z.int('is not a whole number').min(0, 'is below 0').max(60_000, 'is above 60,000'),
  /** Without it the provider has none. */
  breaker: Breaker.optional(),
  /** Counts and says what it would refuse, but refuses nothing. */
  shadow: z.boolean().optional(),
});
export type Quota = z.infer<typeof Quota>;
export type QuotaInput = z.input<typeof Quota>;

const Quotas = z.array(Quota).refine((quotas) => areDistinct(quotas.map((quota) => quota.name)), {
  error: 'two quotas have one name',
});

/** Checks a configuration. Throws `bad-quotas` naming every fault at once. */
export function parseQuotas(input: unknown): Quota[] {
  const parsed = Quotas.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${[...issue.path, issue.message].join(' ')}`);
  throw new SluiceError('bad-quotas', `These quotas are wrong:\n${faults.join('\n')}`);
}

/** What a window is called in metrics, events and counters: `60s`, `day UTC`. */
export function windowName(window: QuotaWindow): string {
  return window.kind === 'sliding' ? `${window.seconds}s` : `${window.period} ${window.zone}`;
}

function areDistinct(names: string[]): boolean {
  return new Set(names).size === names.length;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
