import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { type ObservableKind, SluiceError } from '@sluice/contracts';
import { refang, refangUrl } from './refang.ts';

/** Names as DNS has them, underscores included; at least two labels, and the last one is no number. */
const DOMAIN = /^(?=.{3,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;
/** MD5, SHA-1, SHA-256. */
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;
const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const ESCAPE = /%([0-9a-f]{2})/gi;
const STRAY_PERCENT = /%(?![0-9a-f]{2})/i;
const UNRESERVED = /[A-Za-z0-9._~-]/;
/** `#/…` and `#!…` choose the page in the browser. */
const ROUTE = /^#[/!]/;

const WANTED: Record<ObservableKind, string> = {
  url: 'an http or https URL',
  domain: 'a domain name',
  ip: 'an IPv4 or IPv6 address',
  hash: 'an MD5, SHA-1 or SHA-256 in hexadecimal',
};

const NORMALISERS: Record<ObservableKind, (text: string) => string | null> = {
  url: normaliseUrl,
  domain: normaliseDomain,
  ip: normaliseIp,
  hash: normaliseHash,
};

/**
 * A resource in the one form that the fleet knows it by: what is the same for every server and resolver becomes the same text, and nothing that one may
 * tell apart does. Idempotent. Blanks around are dropped and the usual defanging is undone (see {@link refang}). Throws `bad-observable` (422).
 *
 * | kind   | the same                                                                     | not the same                                      |
 * | ------ | ---------------------------------------------------------------------------- | ------------------------------------------------- |
 * | url    | case of scheme and host; punycode and Unicode host; default port or none     | http and https, other ports, `www.` or none       |
 * |        | ways to write an IPv4 host (`0x7f.1`), an IPv6 host (`[0:0::1]`)             | an IPv4-mapped IPv6 host and the IPv4 host        |
 * |        | empty path and `/`; dot segments resolved (`/a/../b`); backslash and slash   | case of path and query; `//` within a path        |
 * |        | `%2f` and `%2F`; `%41` and `A` (RFC 3986 §6.2.2: unreserved characters)      | `%2F` and `/`; `+` and `%20`; order of parameters |
 * |        | any fragment and none: no server sees it                                     | fragments that are routes (`#/…`, `#!…`)          |
 * |        | no credentials and empty ones (`http://@host/`)                              | other credentials; `/?` and `/`                   |
 * |        |                                                                              | a dot after the host: servers see it in `Host`    |
 * | domain | case; punycode and Unicode; a dot at the end                                 | `www.` or none; a domain and its parent           |
 * | ip     | case, zeros and `::` of IPv6 (RFC 5952); IPv4-mapped IPv6 and the IPv4       | other ways to embed IPv4 (`64:ff9b::…`, `::…`)    |
 * | hash   | case                                                                         | hashes of one file by different algorithms        |
 *
 * Refused: URLs of other schemes; single-label names; IPv4 in other than four decimal parts without leading zeros; IPv6 with a zone.
 * A URL with a `%` that escapes nothing keeps its escapes as they are: what it means is the server's to say.
 */
export function normalise(kind: ObservableKind, text: string): string {
  const value = NORMALISERS[kind](text.trim());
  if (value !== null) return value;
  throw new SluiceError('bad-observable', `The ${kind} is not ${WANTED[kind]}.`, { httpStatus: 422 });
}

function normaliseUrl(text: string): string | null {
  const url = URL.parse(refangUrl(text));
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return null;
  if (!ROUTE.test(url.hash)) url.hash = '';
  url.pathname = plainEscapes(url.pathname);
  url.search = plainEscapes(url.search) || (hasEmptyQuery(url) ? '?' : '');
  // Some spellings settle only on the second reading.
  return URL.parse(url.href)?.href === url.href ? url.href : null;
}

/** A lone `?` reads as no query, but a server sees it. */
function hasEmptyQuery({ href, hash, search }: URL): boolean {
  return search === '' && href.slice(0, href.length - hash.length).endsWith('?');
}

function plainEscapes(text: string): string {
  if (STRAY_PERCENT.test(text)) return text;
  return text.replace(ESCAPE, (escape, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}

function normaliseDomain(text: string): string | null {
  const domain = domainToASCII(refang(text).replace(/\.$/, ''));
  return DOMAIN.test(domain) && domainToASCII(domain) === domain ? domain : null;
}

function normaliseIp(text: string): string | null {
  const ip = refang(text).replace(/^\[(.*)\]$/, '$1');
  if (isIPv4(ip)) return ip;
  // A zone (`fe80::1%eth0`) means something on one machine only.
  if (!isIPv6(ip) || ip.includes('%')) return null;
  const plain = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  const [, high, low] = MAPPED.exec(plain) ?? [];
  return high === undefined || low === undefined ? plain : [...bytesOf(high), ...bytesOf(low)].join('.');
}

function bytesOf(word: string): [number, number] {
  const value = Number.parseInt(word, 16);
  return [value >> 8, value & 0xff];
}

function normaliseHash(text: string): string | null {
  const hash = text.toLowerCase();
  return HASH.test(hash) ? hash : null;
}
