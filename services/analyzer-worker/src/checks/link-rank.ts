import type { Place, UrlIndicator } from '@sluice/contracts';
import { DEFANGED } from '../mail/defang.ts';
import { sameOwner } from '../mail/domains.ts';
import { readIp } from '../mail/ips.ts';
import { unwrapUrl } from '../mail/unwrap/index.ts';
import { ownersOf } from './brands.ts';
import { hostsCustomers, isInfrastructure } from './hosts.ts';
import { linkActs } from './link-acts.ts';
import { hostTellingness, linkTellingness } from './link-telling.ts';
import { isWeb } from './look.ts';

export type RankedLink = {
  /** As it is opened and asked about: without its fragment, unless that is a route. */
  url: string;
  host: string;
  /** Opening it does something in the recipient's name. */
  acts: boolean;
  /** False for names and addresses that mean something inside a network only. */
  isOutside: boolean;
};

type Link = RankedLink & { tier: Tier; telling: number; rarity: number; owner: string };

/** In the order of looking. `quoted`: written so that nobody can click it; `inside`: of a network that only some can reach. */
const TIERS = ['ordinary', 'wrapper', 'quoted', 'well-known', 'inside', 'loaded'] as const;
type Tier = (typeof TIERS)[number];

const MAX_URL_CHARS = 8192;
/** Of all links together; an ordinary mail has a tenth of it. */
const MAX_UNWRAPPED_CHARS = 512 * 1024;
/** From here on an address is unlike that of an honest service. */
const TELLING = 2;
/** Links of one owner in a row, before others of the tier have their turn. */
const IN_A_ROW = 2;
/** What a mail program fetches by itself; nobody is led there. */
const LOADED: ReadonlySet<Place['where']> = new Set(['html-image', 'html-style', 'html-other']);

/**
 * The web links of a mail, the one first that a phisher would most want clicked: suspicious addresses before plain ones, destinations before what
 * wraps them, owners that are linked to once before those linked to everywhere, and at most two of an owner before the others of the tier. What a mail program only
 * loads (images, styles) is left out where anything else is there. Each once.
 */
export function rankLinks(urls: readonly UrlIndicator[]): RankedLink[] {
  const web = urls.filter((url) => isWeb(url) && addressOf(url.url).length <= MAX_URL_CHARS);
  const chains = chainsOf(web);
  const hosts = onceForEachHost(web);
  const tellingOf = new Map(web.map((url) => [url.url, linkTellingness(url) + hosts.tellingOf(url.host)]));
  const acting = actingUrls(web, chains, (url) => (tellingOf.get(url.url) ?? 0) >= TELLING);
  const counts = countOwners(web);
  const links = web.map((url): Link => {
    const owner = ownerOf(url);
    return {
      url: addressOf(url.url),
      host: url.host,
      acts: acting.has(url.url),
      isOutside: isOutside(url),
      tier: tierOf(url, chains.get(url.url) ?? [], hosts.isWellKnown),
      telling: tellingOf.get(url.url) ?? 0,
      rarity: counts.get(owner) ?? 0,
      owner,
    };
  });
  const ordered = TIERS.flatMap((tier) => takeTurns(links.filter((link) => link.tier === tier).toSorted(byTelling)));
  const isLed = ordered.some(({ tier, acts }) => tier !== 'loaded' && !acts);
  return onceEach(ordered.filter(({ tier }) => tier !== 'loaded' || !isLed));
}

/** What each wraps, as far as the budget goes: a mail of thousands of long links must not block the one who ranks them. */
function chainsOf(urls: readonly UrlIndicator[]): ReadonlyMap<string, readonly Step[]> {
  let leftChars = MAX_UNWRAPPED_CHARS;
  return new Map(
    urls.map(({ url }) => {
      leftChars -= url.length;
      const steps = leftChars < 0 ? [] : unwrapUrl(url);
      return [url, steps.map((step) => ({ ...step, host: hostOf(step.url) }))];
    }),
  );
}

function byTelling(left: Link, right: Link): number {
  return right.telling - left.telling || left.rarity - right.rarity;
}

type Step = { url: string; by: string; host: string };

function tierOf(url: UrlIndicator, chain: readonly Step[], isKnown: (host: string) => boolean): Tier {
  if (url.places.every(({ where }) => LOADED.has(where))) return 'loaded';
  if (!isOutside(url)) return 'inside';
  if (wraps(url, chain, isKnown)) return 'wrapper';
  if (isKnown(url.host)) return 'well-known';
  return url.places.every(({ label }) => label === DEFANGED) ? 'quoted' : 'ordinary';
}

/** A page of one's own that names a well-known one in its query (`?continue=https://accounts.google.com`) wraps nothing. */
function wraps({ host }: UrlIndicator, chain: readonly Step[], isKnown: (host: string) => boolean): boolean {
  const last = chain.at(-1);
  if (last === undefined) return false;
  const isKnownWrapper = chain.some(({ by }) => by !== 'redirector');
  return isKnownWrapper || (!isKnown(last.host) && !sameOwner(host, last.host));
}

function isWellKnown(host: string): boolean {
  if (hostsCustomers(host)) return false;
  return isInfrastructure(host) || ownersOf(host).length > 0;
}

/** Judging a host costs more than the rest, and a mail of a thousand links has few hosts. */
function onceForEachHost(urls: readonly UrlIndicator[]) {
  const hosts = [...new Set(urls.map(({ host }) => host))];
  const telling = new Map(hosts.map((host) => [host, hostTellingness(host)]));
  const known = new Map(hosts.map((host) => [host, isWellKnown(host)]));
  return {
    tellingOf: (host: string) => telling.get(host) ?? 0,
    isWellKnown: (host: string) => known.get(host) ?? isWellKnown(host),
  };
}

function isOutside({ host, hostKind, registrableDomain }: UrlIndicator): boolean {
  return hostKind === 'domain' ? registrableDomain !== null : readIp(host)?.scope === 'public';
}

/** With what a link that acts wraps, and with what wraps it. What a person asked about is opened, whatever it does. */
function actingUrls(
  urls: readonly UrlIndicator[],
  chains: ReadonlyMap<string, readonly Step[]>,
  isTelling: (url: UrlIndicator) => boolean,
): ReadonlySet<string> {
  const acting = new Set(urls.filter((url) => linkActs(url, isTelling(url))).map(({ url }) => url));
  for (const { url } of urls) {
    const chain = chains.get(url) ?? [];
    if (acting.has(url)) for (const step of chain) acting.add(step.url);
    else if (chain.some((step) => acting.has(step.url))) acting.add(url);
  }
  for (const { url, places } of urls) if (places.some(({ where }) => where === 'input')) acting.delete(url);
  return acting;
}

function countOwners(urls: readonly UrlIndicator[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const url of urls) counts.set(ownerOf(url), (counts.get(ownerOf(url)) ?? 0) + 1);
  return counts;
}

function ownerOf({ host, registrableDomain }: UrlIndicator): string {
  return registrableDomain ?? host;
}

/** Two of each owner, then two more of each, and so on; the order of the first ones decides. */
function takeTurns(links: readonly Link[]): Link[] {
  const seen = new Map<string, number>();
  return links
    .map((link) => {
      const before = seen.get(link.owner) ?? 0;
      seen.set(link.owner, before + 1);
      return { link, turn: Math.floor(before / IN_A_ROW) };
    })
    .toSorted((left, right) => left.turn - right.turn)
    .map(({ link }) => link);
}

/** Links that differ in their fragments only are one, and act where all of them do: no server sees the difference. */
function onceEach(links: readonly Link[]): RankedLink[] {
  const harmless = new Set(links.filter((link) => !link.acts).map(({ url }) => url));
  const first = new Map<string, Link>();
  for (const link of links) if (!first.has(link.url)) first.set(link.url, link);
  return [...first.values()].map(({ url, host, isOutside: outside }) => ({
    url,
    host,
    acts: !harmless.has(url),
    isOutside: outside,
  }));
}

function addressOf(url: string): string {
  const at = url.indexOf('#');
  return at < 0 || /^#[/!]/.test(url.slice(at)) ? url : url.slice(0, at);
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}
