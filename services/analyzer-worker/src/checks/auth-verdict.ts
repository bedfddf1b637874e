import type { Authentication, AuthVerdict } from '@sluice/contracts';
import type { AuthResult } from './auth-header.ts';

export const UNKNOWN_AUTHENTICATION: Authentication = {
  v: 1,
  dmarc: 'unknown',
  spf: 'unknown',
  dkim: 'unknown',
  by: 'nobody',
  quotes: [],
};

/** Of one header or one verification; a report holds no more, however many signatures a mail has. */
const MAX_QUOTES = 10;
const MAX_QUOTE_CHARS = 300;

/** What a trusted server's results come to: a mail with several signatures passes DKIM with one that does. */
export function authenticationOf(results: readonly AuthResult[]): Authentication {
  const verdictsOf = (method: string) =>
    results.filter((result) => result.method === method).map(({ result }) => verdictOf(result));
  return {
    v: 1,
    dmarc: verdictsOf('dmarc')[0] ?? 'unknown',
    spf: verdictsOf('spf')[0] ?? 'unknown',
    dkim: bestOf(verdictsOf('dkim')),
    by: 'trusted-header',
    quotes: quotesOf(results.filter(({ method }) => /^(?:dmarc|spf|dkim)$/.test(method)).map(quoteResult)),
  };
}

/** Bounded, because the mail decides how many there are. */
export function quotesOf(quotes: readonly string[]): string[] {
  return quotes.slice(0, MAX_QUOTES).map((quote) => quote.replace(/\s+/g, ' ').slice(0, MAX_QUOTE_CHARS));
}

/** True where something is known, good or bad. */
export function saysSomething({ dmarc, spf, dkim }: Authentication): boolean {
  return [dmarc, spf, dkim].some((verdict) => verdict !== 'unknown');
}

const ORDER: readonly AuthVerdict[] = ['pass', 'fail', 'unknown', 'none'];

export function bestOf(verdicts: readonly AuthVerdict[]): AuthVerdict {
  return ORDER.find((verdict) => verdicts.includes(verdict)) ?? 'unknown';
}

/** Errors of DNS and results outside the registry are unknown; `neutral` and `policy` are no failure either. */
export function verdictOf(result: string): AuthVerdict {
  switch (result) {
    case 'pass':
      return 'pass';
    case 'fail':
    case 'hardfail':
      return 'fail';
    case 'softfail':
      return 'softfail';
    case 'none':
    case 'neutral':
    case 'policy':
      return 'none';
    default:
      return 'unknown';
  }
}

function quoteResult({ method, result, properties }: AuthResult): string {
  const details = [...properties].slice(0, 4).map(([name, value]) => `${name}=${value}`);
  return [`${method}=${result}`, ...details].join(' ');
}
