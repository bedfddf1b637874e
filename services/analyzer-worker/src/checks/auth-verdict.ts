import type { AuthResult } from './auth-header.ts';

/** `unknown` means that nobody trustworthy has looked; it speaks neither for the mail nor against it. */
export type AuthVerdict = 'pass' | 'fail' | 'softfail' | 'none' | 'unknown';

export type Authentication = {
  dmarc: AuthVerdict;
  spf: AuthVerdict;
  dkim: AuthVerdict;
  /** What was said, in words that the report can quote. */
  quotes: string[];
};

export const UNKNOWN_AUTHENTICATION: Authentication = { dmarc: 'unknown', spf: 'unknown', dkim: 'unknown', quotes: [] };

/** What the results come to: a mail with several signatures passes DKIM with one that does. */
export function authenticationOf(results: readonly AuthResult[]): Authentication {
  const verdictsOf = (method: string) =>
    results.filter((result) => result.method === method).map(({ result }) => verdictOf(result));
  return {
    dmarc: verdictsOf('dmarc')[0] ?? 'unknown',
    spf: verdictsOf('spf')[0] ?? 'unknown',
    dkim: bestOf(verdictsOf('dkim')),
    quotes: results.filter(({ method }) => /^(?:dmarc|spf|dkim)$/.test(method)).map(quoteResult),
  };
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
