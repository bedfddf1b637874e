import type {
  AddressIndicator,
  DomainIndicator,
  HashIndicator,
  Indicators,
  IpIndicator,
  LimitHit,
  Place,
  ReceivedHop,
  UrlIndicator,
} from '@sluice/contracts';
import { hostOfAddress } from './addresses.ts';
import { normaliseDomain, registrableDomain, unicodeDomain } from './domains.ts';
import { readIp } from './ips.ts';
import type { MailLimits } from './limits.ts';
import { noteLimit } from './limits.ts';
import { addOnce, createShelf } from './shelf.ts';
import type { Destination } from './unwrap/destinations.ts';
import { destinationsOf } from './unwrap/destinations.ts';
import { mimecastDomain } from './unwrap/mimecast.ts';
import type { NormalUrl } from './urls.ts';

type DomainSource = DomainIndicator['sources'][number];
type IpSource = IpIndicator['sources'][number];
type Role = AddressIndicator['roles'][number];

export type IndicatorCollector = {
  /** The URL and, at the same place, the destinations that it wraps; hosts as domains or addresses of source `source`. */
  url: (url: NormalUrl, place: Place, source?: 'url' | 'input') => void;
  /** False text is passed over. */
  domain: (raw: string, source: DomainSource) => void;
  ip: (raw: string, source: IpSource) => void;
  /** The address, and its host as a domain. Text without `@` is passed over. */
  address: (raw: string, name: string, role: Role) => void;
  hash: (hash: HashIndicator) => void;
  limit: (hit: LimitHit) => void;
  result: (received: ReceivedHop[]) => Indicators;
};

const MAX_NAMES = 10;
const ADDRESS = /^[^\s@<>"(),;]{1,64}@[^\s@<>"(),;]{1,255}$/;
const TOO_MANY_URLS = 'There are more links than the bound; the first ones were kept.';
const TOO_LONG_URL = 'A link is longer than the bound and was left out.';
const TOO_MANY_OTHERS = 'There are more domains, addresses or hashes than the bound; the first ones were kept.';

/** Gathers indicators, each once, with every place and source it was seen in, up to the bounds. */
export function createIndicatorCollector(limits: MailLimits): IndicatorCollector {
  const hits: LimitHit[] = [];
  const noteUrls = (allowed: number, message: string) => noteLimit(hits, { limit: 'urls', allowed, message });
  const noteOthers = () =>
    noteLimit(hits, { limit: 'indicators', allowed: limits.maxIndicators, message: TOO_MANY_OTHERS });
  const urls = createShelf<UrlIndicator>(limits.maxUrls, () => noteUrls(limits.maxUrls, TOO_MANY_URLS));
  const domains = createShelf<DomainIndicator>(limits.maxIndicators, noteOthers);
  const ips = createShelf<IpIndicator>(limits.maxIndicators, noteOthers);
  const addresses = createShelf<AddressIndicator>(limits.maxIndicators, noteOthers);
  const hashes = createShelf<HashIndicator>(limits.maxIndicators, noteOthers);
  /** Of the URLs on the shelf, so that a link that stands there a thousand times is unwrapped once. */
  const chains = new Map<string, Destination[]>();

  const domain: IndicatorCollector['domain'] = (raw, source) => {
    const name = normaliseDomain(raw);
    const entry = name === null ? null : domains.take(name, () => newDomain(name));
    if (entry !== null) addOnce(entry.sources, source);
  };
  const ip: IndicatorCollector['ip'] = (raw, source) => {
    const address = readIp(raw);
    const entry = address === null ? null : ips.take(address.ip, () => ({ ...address, sources: [] }));
    if (entry !== null) addOnce(entry.sources, source);
  };
  const oneUrl = (found: NormalUrl, place: Place, source: 'url' | 'input'): boolean => {
    const isTooLong = found.url.length > limits.maxUrlChars;
    if (isTooLong) noteUrls(limits.maxUrlChars, TOO_LONG_URL);
    const entry = isTooLong ? null : urls.take(found.url, () => ({ ...found, places: [], occurrences: 0 }));
    if (entry === null) return false;
    addPlace(entry, place, limits.maxPlacesPerUrl);
    if (found.hostKind === 'domain') domain(found.host, source);
    else if (found.hostKind !== 'none') ip(found.host, source);
    return true;
  };
  const url: IndicatorCollector['url'] = (found, place, source = 'url') => {
    if (!oneUrl(found, place, source)) return;
    const wrapped = chains.get(found.url) ?? destinationsOf(found);
    chains.set(found.url, wrapped);
    for (const { url: target, label } of wrapped) oneUrl(target, { ...place, label }, 'url');
    const site = mimecastDomain(found.url);
    if (site !== null) domain(site, 'url');
  };
  const address: IndicatorCollector['address'] = (raw, name, role) => {
    if (!ADDRESS.test(raw)) return;
    const key = raw.toLowerCase();
    const entry = addresses.take(key, () => ({ address: key, names: [], roles: [] }));
    if (entry === null) return;
    addOnce(entry.roles, role);
    if (name !== '' && entry.names.length < MAX_NAMES) addOnce(entry.names, name);
    domain(hostOfAddress(key) ?? '', 'address');
  };
  const all = () => ({ urls: urls.all(), domains: domains.all(), ips: ips.all(), addresses: addresses.all() });
  return {
    url,
    domain,
    ip,
    address,
    hash: (found) => void hashes.take(found.sha256 ?? found.sha1 ?? found.md5 ?? '', () => found),
    limit: (hit) => noteLimit(hits, hit),
    result: (received) => ({ v: 1, ...all(), hashes: hashes.all(), received, limits: hits }),
  };
}

function newDomain(domain: string): DomainIndicator {
  return { domain, unicode: unicodeDomain(domain), registrableDomain: registrableDomain(domain), sources: [] };
}

function addPlace(url: UrlIndicator, place: Place, maxPlaces: number): void {
  url.occurrences += 1;
  const isKnown = url.places.some(
    (other) => other.mail === place.mail && other.where === place.where && other.label === place.label,
  );
  if (!isKnown && url.places.length < maxPlaces) url.places.push(place);
}
