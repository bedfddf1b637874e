import ipaddr from 'ipaddr.js';

/** What an address is, as far as one who connects to foreign places must know: only `public` may be connected to without a permission. */
export type AddressClass = 'public' | 'private' | 'loopback' | 'link-local' | 'metadata' | 'multicast' | 'reserved';

/**
 * The addresses at which clouds hand secrets to whoever asks from inside. 168.63.129.16 (Azure) and 192.0.0.192 (Oracle)
 * lie outside of the private ranges; the rest is named so that the report says what the redirect was after.
 */
const METADATA = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
]);

/** ipaddr.js names the IANA special-purpose registries; a name that is missing here is reserved, hence refused. */
const CLASS_OF_RANGE: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
  multicast: 'multicast',
};

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
const SITE_LOCAL = ipaddr.IPv6.parseCIDR('fec0::/10');
const LOCAL_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b:1::/48');
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/**
 * Classifies an IP address written as text (IPv6 without brackets; a zone is ignored). Addresses that carry an IPv4 address inside
 * (mapped, compatible, translated, NAT64, 6to4, Teredo) are as dangerous as what they carry. Text that is not an address in its
 * canonical number of parts is `reserved`: what is not understood is not connected to. Never throws.
 */
export function classifyAddress(text: string): AddressClass {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return classifyV4(ipaddr.IPv4.parse(text));
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return 'reserved';
  return classifyV6(ipaddr.IPv6.parse(text));
}

/** True when the text is an IPv4 or IPv6 literal, so that there is no name to resolve. */
export function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));
}

/** One spelling for one address: lower case, shortest form, no zone. The text must be an address. */
export function canonicalAddress(text: string): string {
  return withoutZone(ipaddr.parse(text).toString());
}

function withoutZone(text: string): string {
  return text.replace(/%.*$/, '');
}

function classifyV4(address: ipaddr.IPv4): AddressClass {
  if (METADATA.has(address.toString())) return 'metadata';
  return CLASS_OF_RANGE[address.range()] ?? 'reserved';
}

function classifyV6(address: ipaddr.IPv6): AddressClass {
  if (METADATA.has(withoutZone(address.toString()))) return 'metadata';
  if (address.match(LOCAL_NAT64) || address.match(SITE_LOCAL)) return 'private';
  const range = address.range();
  const carried = carriedBy(address, range);
  if (carried.length > 0) return worstOf(carried);
  if (range === 'unicast' && !address.match(GLOBAL_UNICAST)) return 'reserved';
  return CLASS_OF_RANGE[range] ?? 'reserved';
}

function worstOf(addresses: readonly ipaddr.IPv4[]): AddressClass {
  const classes = addresses.map((address) => classifyV4(address));
  return classes.find((found) => found !== 'public') ?? 'public';
}

/** The IPv4 addresses inside of an IPv6 one: RFC 4291 (mapped, compatible), 6052, 6145, 3056 (6to4), 4380 (Teredo: server and client). */
function carriedBy(address: ipaddr.IPv6, range: string): ipaddr.IPv4[] {
  const bytes = address.toByteArray();
  const at = (offset: number) => new ipaddr.IPv4(bytes.slice(offset, offset + 4));
  switch (range) {
    case 'ipv4Mapped':
    case 'rfc6145':
    case 'rfc6052':
      return [at(12)];
    case '6to4':
      return [at(2)];
    case 'teredo':
      return [at(4), new ipaddr.IPv4(bytes.slice(12).map((byte) => 255 - byte))];
    case 'unspecified':
    case 'loopback':
      return [];
    default:
      return address.match(IPV4_COMPATIBLE) ? [at(12)] : [];
  }
}
