import type { IpIndicator } from '@sluice/contracts';
import ipaddr from 'ipaddr.js';

export type ReadIp = Pick<IpIndicator, 'ip' | 'version' | 'scope'>;

/** What the library cannot read it says by an error, which costs far more than to see that names, dates and times are no addresses. */
const LIKE_IP = /:|\d\]?$/;
const LIKE_IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;
const LIKE_IPV6 = /^[\da-f:]*(?:::|(?::[\da-f]*){6})/i;
const IPV4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g;
const IPV6 = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?::\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])/gi;

/** The address in its shortest usual spelling with its reach; null where the text is none. */
export function readIp(text: string): ReadIp | null {
  if (!LIKE_IP.test(text)) return null;
  const bare = text.replace(/^\[|\]$/g, '').replace(/^ipv6:/i, '');
  if (LIKE_IPV4.test(bare)) return readIpv4(bare);
  if (bare.length > 45 || !LIKE_IPV6.test(bare) || !ipaddr.IPv6.isValid(bare)) return null;
  const address = ipaddr.IPv6.parse(bare.replace(/%.*$/, ''));
  const scope = address.isIPv4MappedAddress() ? scopeOf(address.toIPv4Address()) : scopeOf(address);
  return { ip: address.toRFC5952String(), version: 6, scope };
}

function readIpv4(text: string): ReadIp | null {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return null;
  const address = ipaddr.IPv4.parse(text);
  return { ip: address.toString(), version: 4, scope: scopeOf(address) };
}

/** The addresses written in a text, in order. Times, versions of three parts and C++ names are not taken for addresses. */
export function findIps(text: string, max: number): ReadIp[] {
  const found: ReadIp[] = [];
  for (const pattern of [IPV4, IPV6]) {
    for (const [match] of text.matchAll(pattern)) {
      if (found.length >= max) return found;
      if (pattern === IPV6 && !/\d/.test(match)) continue;
      const ip = readIp(match);
      if (ip !== null && ip.ip !== '::') found.push(ip);
    }
  }
  return found;
}

function scopeOf(address: ipaddr.IPv4 | ipaddr.IPv6): IpIndicator['scope'] {
  switch (address.range()) {
    case 'unicast':
      return 'public';
    case 'private':
    case 'uniqueLocal':
    case 'carrierGradeNat':
      return 'private';
    case 'loopback':
      return 'loopback';
    case 'linkLocal':
      return 'link-local';
    default:
      return 'reserved';
  }
}
