import type { Authentication, ParsedMail } from '@sluice/contracts';
import type { AuthHeader, AuthResult } from './auth-header.ts';
import { parseArcHeader, parseAuthHeader } from './auth-header.ts';
import { authenticationOf, UNKNOWN_AUTHENTICATION } from './auth-verdict.ts';

/**
 * What servers that the operator trusts have found out about the mail's origin; all `unknown` where none of them has.
 *
 * Anyone can write such a header. Those of one hop only are read: the first with a trusted name and what follows it before the
 * next Received header, which the trusted server's own sender wrote. A trusted server must remove headers under its name from
 * mail that comes in (RFC 8601 section 5). ARC counts where there is no such header, the highest instance of a trusted name;
 * its seal is not verified here.
 *
 * @param trustedAuthservIds names as the servers write them, in any case; none are trusted by default
 */
export function readTrustedAuthentication(mail: ParsedMail, trustedAuthservIds: readonly string[]): Authentication {
  const results = trustedResults(mail, trustedAuthservIds);
  return results === null ? UNKNOWN_AUTHENTICATION : authenticationOf(results);
}

function trustedResults(mail: ParsedMail, trustedAuthservIds: readonly string[]): AuthResult[] | null {
  const trusted = new Set(trustedAuthservIds.map((name) => name.toLowerCase()));
  return trusted.size === 0 ? null : (resultsOfHop(mail, trusted) ?? resultsOfArc(mail, trusted));
}

function resultsOfHop({ headers }: ParsedMail, trusted: ReadonlySet<string>): AuthResult[] | null {
  const found: AuthHeader[] = [];
  for (const { name, value } of headers) {
    if (name === 'received' && found.length > 0) break;
    if (name !== 'authentication-results') continue;
    const header = parseAuthHeader(value);
    if (isBy(header, trusted)) found.push(header);
  }
  return found.length === 0 ? null : found.flatMap(({ results }) => results);
}

function resultsOfArc({ headers }: ParsedMail, trusted: ReadonlySet<string>): AuthResult[] | null {
  const sets = headers
    .filter(({ name }) => name === 'arc-authentication-results')
    .slice(0, 50)
    .map(({ value }) => parseArcHeader(value))
    .filter((set) => isBy(set, trusted));
  const latest = sets.toSorted((left, right) => (right.instance ?? 0) - (left.instance ?? 0))[0];
  return latest?.results ?? null;
}

function isBy({ authservId }: AuthHeader, trusted: ReadonlySet<string>): boolean {
  return authservId !== null && trusted.has(authservId);
}
