import type { QuotaWindow } from '@sluice/fleet/rate-limit';
import { wholeNumber } from '@sluice/fleet/service';
import { z } from 'zod';

/** Seconds of the units that a quota's text may name. A day is any 24 hours and a month any 31 days, whatever the vendor's calendar. */
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, day: 86_400, month: 31 * 86_400 };
const WINDOW = /^([1-9]\d{0,6})\/(s|min|h|day|month)$/;
const MOST_UNITS = 1_000_000;
const DAY_SECONDS = 86_400;

/** `4/min,500/day`: windows that hold at once, each unit at most once. */
const quota = z.string().transform((text, context): QuotaWindow[] => {
  const windows = text.split(',').map((part) => readWindow(part.trim()));
  const found = windows.filter((window) => window !== null);
  if (found.length < windows.length) {
    context.addIssue({ code: 'custom', message: 'is no quota like 4/min,500/day (units: s, min, h, day, month)' });
  } else if (new Set(found.map(({ seconds }) => seconds)).size < found.length) {
    context.addIssue({ code: 'custom', message: 'names a unit twice' });
  }
  return found;
});

function readWindow(text: string): QuotaWindow | null {
  const [, limit = '', unit = ''] = WINDOW.exec(text) ?? [];
  const seconds = UNIT_SECONDS[unit];
  if (seconds === undefined || Number(limit) > MOST_UNITS) return null;
  return { kind: 'sliding', seconds, limit: Number(limit) };
}

/** What `text` stands for; for defaults, which are written as a person would write them. */
function windowsOf(text: string): QuotaWindow[] {
  return quota.parse(text);
}

const baseUrl = z
  .string()
  .refine(isPlainHttpUrl, 'is not an http:// or https:// URL without user, password, query and fragment')
  .transform((text) => text.replace(/\/+$/, ''));

function isPlainHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** Sent as it is in a header: what HTTP does not allow there is a fault here, not in the first call. */
const apiKey = z.string().regex(/^[!-~]{1,512}$/, 'is no key: it holds blanks or letters beyond ASCII');
const onOff = z.enum(['on', 'off'], { error: 'is none of on, off' });
const lifetime = wholeNumber(1, 31 * DAY_SECONDS);
const timeout = wholeNumber(1, 120);

/**
 * Settings of the providers, to be spread into the worker's. A provider without a key is not asked. Lifetimes are those of the requirements where
 * they name one. Quotas are the lower of the requirements' and what the vendor grants a free account.
 */
export const providerSettings = {
  /** Public API: 4 requests a minute, 500 a day (docs.virustotal.com, "Public vs Premium API"). */
  VIRUSTOTAL_QUOTA: quota.default(windowsOf('4/min,500/day')),
  VIRUSTOTAL_API_KEY: apiKey.optional(),
  VIRUSTOTAL_BASE_URL: baseUrl.default('https://www.virustotal.com/api/v3'),
  VIRUSTOTAL_LOOKUP: onOff.default('on'),
  VIRUSTOTAL_TTL_SECONDS: lifetime.default(DAY_SECONDS),
  VIRUSTOTAL_TIMEOUT_SECONDS: timeout.default(10),

  /** 1,000 checks a day free (docs.abuseipdb.com); 10 a minute by the requirements, the vendor names none. */
  ABUSEIPDB_QUOTA: quota.default(windowsOf('10/min,1000/day')),
  ABUSEIPDB_API_KEY: apiKey.optional(),
  ABUSEIPDB_BASE_URL: baseUrl.default('https://api.abuseipdb.com/api/v2'),
  ABUSEIPDB_LOOKUP: onOff.default('on'),
  ABUSEIPDB_TTL_SECONDS: lifetime.default(3_600),
  ABUSEIPDB_TIMEOUT_SECONDS: timeout.default(10),

  /**
   * 2 a minute and 100 an hour by the requirements. urlscan.io counts each action (search, retrieve, each visibility of a scan) apart, by minute, hour
   * and day, and shows an account's figures at /api/v1/quotas only (docs.urlscan.io, "API Rate Limits"); the lowest that are reported of free
   * accounts: 1,000 searches and 50 private scans a day.
   */
  URLSCAN_QUOTA: quota.default(windowsOf('2/min,100/h,1000/day')),
  URLSCAN_SUBMIT_QUOTA: quota.default(windowsOf('2/min,50/day')),
  /** Fetching results: after a search that found one, and while waiting for a scan. Below what is reported of free accounts. */
  URLSCAN_RESULT_QUOTA: quota.default(windowsOf('30/min,500/h,2000/day')),
  URLSCAN_API_KEY: apiKey.optional(),
  URLSCAN_BASE_URL: baseUrl.default('https://urlscan.io'),
  URLSCAN_LOOKUP: onOff.default('on'),
  /** Who may see what is handed over; `off` hands nothing over. */
  URLSCAN_SUBMIT: z
    .enum(['off', 'public', 'unlisted', 'private'], { error: 'is none of off, public, unlisted, private' })
    .default('off'),
  URLSCAN_TTL_SECONDS: lifetime.default(3_600),
  URLSCAN_TIMEOUT_SECONDS: timeout.default(10),

  /** 1 a second for every plan (developer.shodan.io); 1,000 a month by the requirements. A host lookup costs no query credit. */
  SHODAN_QUOTA: quota.default(windowsOf('1/s,1000/month')),
  SHODAN_API_KEY: apiKey.optional(),
  SHODAN_BASE_URL: baseUrl.default('https://api.shodan.io'),
  SHODAN_LOOKUP: onOff.default('on'),
  SHODAN_TTL_SECONDS: lifetime.default(DAY_SECONDS),
  SHODAN_TIMEOUT_SECONDS: timeout.default(10),

  /**
   * Google shows a project's limits in AI Studio only (ai.google.dev/gemini-api/docs/rate-limits); the lowest that were reported in 2026 of free text
   * models are 5 a minute and 20 a day. They hold for the project, not for the key.
   */
  GEMINI_QUOTA: quota.default(windowsOf('5/min,20/day')),
  GEMINI_API_KEY: apiKey.optional(),
  GEMINI_BASE_URL: baseUrl.default('https://generativelanguage.googleapis.com/v1beta'),
  /** The permission to send redacted content. */
  GEMINI_LOOKUP: onOff.default('on'),
  /** Google's replacement for 2.5 Flash, without a shutdown date (ai.google.dev/gemini-api/docs/deprecations, November 2026). */
  GEMINI_MODEL: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'is no name of a model')
    .default('gemini-3.5-flash-lite'),
  GEMINI_TTL_SECONDS: lifetime.default(3_600),
  GEMINI_TIMEOUT_SECONDS: timeout.default(30),
};

export type ProviderSettings = z.output<z.ZodObject<typeof providerSettings>>;
