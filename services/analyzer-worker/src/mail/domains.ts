import { domainToASCII, domainToUnicode } from 'node:url';
import { parse } from 'tldts';

const DOMAIN = /^(?=.{3,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** A domain as DNS writes it: punycode, lower case, no dot at the end; null where it is none. */
export function normaliseDomain(raw: string): string | null {
  const trimmed = raw.trim().replace(/\.$/, '');
  if (trimmed === '' || trimmed.length > 1000) return null;
  // What is written so already, as most names are, need not be brought into the form that DNS wants.
  if (DOMAIN.test(trimmed) && !trimmed.includes('xn--')) return trimmed;
  const ascii = domainToASCII(trimmed).toLowerCase();
  return DOMAIN.test(ascii) ? ascii : null;
}

/** For people to read; the ASCII form where it does not decode. */
export function unicodeDomain(domain: string): string {
  return domainToUnicode(domain) || domain;
}

/**
 * The part of a domain that one owner registered. Private suffixes count, so a customer of a hoster is an owner of their
 * own (`a.github.io`). Null for addresses, bare suffixes and suffixes that the public-suffix list does not know.
 */
export function registrableDomain(host: string): string | null {
  const found = parse(host, { allowPrivateDomains: true, extractHostname: false, validateHostname: false });
  return found.isIcann === true || found.isPrivate === true ? found.domain : null;
}

/** True where both are the same owner's; unknown suffixes compare by the whole name. */
export function sameOwner(left: string, right: string): boolean {
  return (registrableDomain(left) ?? left) === (registrableDomain(right) ?? right);
}
