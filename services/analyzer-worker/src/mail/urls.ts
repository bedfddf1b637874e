import type { UrlIndicator } from '@sluice/contracts';
import { registrableDomain } from './domains.ts';
import { readIp } from './ips.ts';

export type NormalUrl = Pick<UrlIndicator, 'url' | 'scheme' | 'host' | 'hostKind' | 'registrableDomain'>;

/** A `data:` link can hold a whole page; the report keeps its beginning. */
const MAX_OPAQUE_CHARS = 512;
/** Kept out: addresses have their own list, and the others name nothing outside the mail. */
const NOT_URLS = new Set(['mailto', 'about', 'blob']);

/**
 * A link as a browser would request it (WHATWG URL, fragment kept, host in punycode). Null for what no browser would open:
 * broken links, relative ones without a base, `mailto:`. Idempotent: a normalised URL comes out as it went in.
 */
export function normaliseUrl(raw: string, base: string | null = null): NormalUrl | null {
  const parsed = parseStable(raw, base);
  if (parsed === null) return null;
  const scheme = parsed.protocol.slice(0, -1);
  if (scheme.length < 2 || NOT_URLS.has(scheme)) return null;
  const host = parsed.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const url = host === '' ? parsed.href.slice(0, MAX_OPAQUE_CHARS) : parsed.href;
  return { url, scheme, host, ...describeHost(host) };
}

/** What kind of host it is, and whose. */
function describeHost(host: string): Pick<NormalUrl, 'hostKind' | 'registrableDomain'> {
  if (host === '') return { hostKind: 'none', registrableDomain: null };
  const ip = readIp(host);
  if (ip !== null) return { hostKind: ip.version === 4 ? 'ipv4' : 'ipv6', registrableDomain: null };
  return { hostKind: 'domain', registrableDomain: registrableDomain(host) };
}

/** Some spellings settle only on the second reading; one that never settles is broken. */
function parseStable(raw: string, base: string | null): URL | null {
  let parsed = URL.parse(withScheme(raw, base), base ?? undefined);
  for (let reading = 0; parsed !== null && reading < 3; reading += 1) {
    const again = URL.parse(parsed.href.trim());
    if (again?.href === parsed.href) return parsed;
    parsed = again;
  }
  return null;
}

/** Mail programs open `www.…` and `//…` although nothing says which scheme they are relative to. */
function withScheme(raw: string, base: string | null): string {
  const trimmed = raw.trim();
  if (base !== null) return trimmed;
  if (/^www\.[a-z0-9]/i.test(trimmed)) return `http://${trimmed}`;
  return /^[/\\]{2}[^/\\]/.test(trimmed) ? `https:${trimmed}` : trimmed;
}
