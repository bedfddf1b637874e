import type { Indicators, Resource, ResourceEntry, ResourceId } from '@sluice/contracts';
import { resourceOf } from '@sluice/fleet/resources';
import { isFreeMail } from './checks/free-mail.ts';
import { hostsCustomers, isInfrastructure } from './checks/hosts.ts';
import type { RankedLink } from './checks/link-rank.ts';
import { rankLinks } from './checks/link-rank.ts';
import { hostOfAddress } from './mail/addresses.ts';
import { registrableDomain } from './mail/domains.ts';

export type TargetCaps = {
  /** Links to be opened; 0: none is. */
  visits: number;
  /** Resources to be asked about, each of them by every provider that knows its kind. */
  lookups: number;
};

export type RankedTargets = {
  /** All that `visits` and `lookups` name. */
  resources: Resource[];
  visits: ResourceId[];
  /** Links that could be opened too, beyond the cap. */
  unopened: number;
  lookups: ResourceEntry[];
};

/** URLs that are asked about before anything else where none is visited. */
const URLS_WITHOUT_VISITS = 5;
const IMAGE_NAME = /\.(?:png|jpe?g|gif|bmp|webp|tiff?|ico|heic|avif)$/i;

/**
 * What of a mail (or of one observable) is worth opening and asking about, the most telling first, cut at the caps. Pure; the same indicators give the
 * same answer.
 *
 * A URL is one resource for both: as WHATWG writes it and without its fragment, which no server sees, which often holds the
 * recipient's address and would make every copy of a mail a new question; a fragment that is a route (`#/…`, `#!…`) stays, because it chooses the page.
 */
export function rankTargets(indicators: Indicators, caps: TargetCaps): RankedTargets {
  const ranked = rankLinks(indicators.urls);
  const openable = ranked.filter(({ acts }) => !acts);
  const visits = openable.slice(0, caps.visits).map(({ url }) => resourceOf('url', url));
  const lookups = once(lookupsOf(indicators, ranked, visits)).slice(0, caps.lookups);
  return {
    resources: once([...visits, ...lookups]),
    visits: visits.map(({ id }) => id),
    unopened: openable.length - visits.length,
    lookups: lookups.map(({ id, kind }) => ({ id, kind })),
  };
}

/** In the order of asking: what will be opened, files, who sent it, where links lead, addresses, and then what is left. */
function lookupsOf(indicators: Indicators, ranked: readonly RankedLink[], visits: readonly Resource[]): Resource[] {
  const asked = ranked.filter(({ acts, isOutside }) => !acts && isOutside).map(({ url }) => resourceOf('url', url));
  const opened = new Set(visits.map(({ id }) => id));
  const first = opened.size > 0 ? asked.filter(({ id }) => opened.has(id)) : asked.slice(0, URLS_WITHOUT_VISITS);
  const files = filesOf(indicators);
  const domains = domainsOf(indicators, ranked);
  return [
    ...first,
    ...files.telling,
    ...domains.telling,
    ...publicIpsOf(indicators),
    ...files.images,
    ...asked,
    ...domains.wellKnown,
  ];
}

/** By SHA-256, or by the hash that was asked about. Pictures come late: most are logos, and nothing here says how large one is. */
function filesOf({ hashes }: Indicators): { telling: Resource[]; images: Resource[] } {
  const files = hashes.flatMap(({ sha256, sha1, md5, fileName }) => {
    const value = sha256 ?? sha1 ?? md5;
    return value === null ? [] : [{ resource: resourceOf('hash', value), isImage: IMAGE_NAME.test(fileName ?? '') }];
  });
  return {
    telling: files.filter(({ isImage }) => !isImage).map(({ resource }) => resource),
    images: files.filter(({ isImage }) => isImage).map(({ resource }) => resource),
  };
}

/** What was asked about itself, else registrable domains: of the sender, of where replies and links go. */
function domainsOf(
  { domains, addresses }: Indicators,
  ranked: readonly RankedLink[],
): { telling: Resource[]; wellKnown: Resource[] } {
  const input = domains.filter(({ sources }) => sources.includes('input')).map(({ domain }) => domain);
  const hosts = [
    ...(['from', 'reply-to', 'sender', 'return-path'] as const).flatMap((role) =>
      addresses.filter(({ roles }) => roles.includes(role)).flatMap(({ address }) => hostOfAddress(address) ?? []),
    ),
    ...ranked.filter(({ isOutside }) => isOutside).map(({ host }) => host),
  ];
  const isWellKnown = (host: string): boolean => isFreeMail(host) || isInfrastructure(host) || hostsCustomers(host);
  const named = hosts.flatMap((host) => {
    const domain = registrableDomain(host);
    // A customer's page under a hoster's name is asked about by its URL; the hoster's domain says nothing of it.
    return domain === null ? [] : [{ domain, isKnown: isWellKnown(host) && isWellKnown(domain) }];
  });
  return {
    telling: [...input, ...named.filter(({ isKnown }) => !isKnown).map(({ domain }) => domain)].map(domainResource),
    wellKnown: named.filter(({ isKnown }) => isKnown).map(({ domain }) => domainResource(domain)),
  };
}

function domainResource(domain: string): Resource {
  return resourceOf('domain', domain);
}

/** Of links and of what was asked about, and the first public address on the mail's way; nothing outside knows others. */
function publicIpsOf({ ips, received }: Indicators): Resource[] {
  const isPublic = new Set(ips.filter(({ scope }) => scope === 'public').map(({ ip }) => ip));
  const linked = ips.filter(({ sources }) => sources.includes('url') || sources.includes('input')).map(({ ip }) => ip);
  const origin = received.find(({ fromIp }) => fromIp !== null && isPublic.has(fromIp))?.fromIp ?? null;
  return [...linked, ...(origin === null ? [] : [origin])]
    .filter((ip) => isPublic.has(ip))
    .map((ip) => resourceOf('ip', ip));
}

function once(resources: readonly Resource[]): Resource[] {
  return [...new Map(resources.map((resource) => [resource.id, resource])).values()];
}
