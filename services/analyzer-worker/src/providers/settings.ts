import { SluiceError } from '@sluice/contracts';
import { parseWindows, type QuotaTerms } from '@sluice/fleet/rate-limit';
import { wholeNumber } from '@sluice/fleet/service';
import { z } from 'zod';

const DAY_SECONDS = 86_400;

/** In the grammar of `parseWindows`, which names every fault. */
const quota = z.string().transform((text, context): QuotaTerms => {
  try {
    return parseWindows(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof SluiceError ? error.message : 'is no quota' });
    return z.NEVER;
  }
});

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
  /** A provider that failed so often within the time is left alone for the pause, then tried with one question; what waits stands in line. */
  PROVIDER_BREAKER_FAILURES: wholeNumber(1, 100).default(5),
  PROVIDER_BREAKER_WITHIN_SECONDS: wholeNumber(1, DAY_SECONDS).default(60),
  PROVIDER_BREAKER_PAUSE_SECONDS: wholeNumber(1, DAY_SECONDS).default(30),

  /** Public API: 4 requests a minute, 500 a day (docs.virustotal.com, "Public vs Premium API"). */
  VIRUSTOTAL_QUOTA: quota.default(parseWindows('4/min,500/day')),
  VIRUSTOTAL_API_KEY: apiKey.optional(),
  VIRUSTOTAL_BASE_URL: baseUrl.default('https://www.virustotal.com/api/v3'),
  VIRUSTOTAL_LOOKUP: onOff.default('on'),
  VIRUSTOTAL_TTL_SECONDS: lifetime.default(DAY_SECONDS),
  VIRUSTOTAL_TIMEOUT_SECONDS: timeout.default(10),

  /** 1,000 checks a day free (docs.abuseipdb.com); 10 a minute by the requirements, the vendor names none. */
  ABUSEIPDB_QUOTA: quota.default(parseWindows('10/min,1000/day')),
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
  URLSCAN_QUOTA: quota.default(parseWindows('2/min,100/h,1000/day')),
  URLSCAN_SUBMIT_QUOTA: quota.default(parseWindows('2/min,50/day')),
  /** Fetching results: after a search that found one, and while waiting for a scan. Below what is reported of free accounts. */
  URLSCAN_RESULT_QUOTA: quota.default(parseWindows('30/min,500/h,2000/day')),
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
  SHODAN_QUOTA: quota.default(parseWindows('1/s,1000/month')),
  SHODAN_API_KEY: apiKey.optional(),
  SHODAN_BASE_URL: baseUrl.default('https://api.shodan.io'),
  SHODAN_LOOKUP: onOff.default('on'),
  SHODAN_TTL_SECONDS: lifetime.default(DAY_SECONDS),
  SHODAN_TIMEOUT_SECONDS: timeout.default(10),

  /**
   * Google shows a project's limits in AI Studio only (ai.google.dev/gemini-api/docs/rate-limits); the lowest that were reported in 2026 of free text
   * models are 5 a minute and 20 a day. They hold for the project, not for the key.
   */
  GEMINI_QUOTA: quota.default(parseWindows('5/min,20/day')),
  GEMINI_API_KEY: apiKey.optional(),
  GEMINI_BASE_URL: baseUrl.default('https://generativelanguage.googleapis.com/v1beta'),
  /** The fleet's switch for sending redacted content. A mail's content goes to a model only where its tenant's release says `model` besides, which none does by default. */
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
