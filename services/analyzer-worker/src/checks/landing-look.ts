import type { Finding, FormFacts, Hop, Indicators, LandingFacts, ResourceId, VisitFacts } from '@sluice/contracts';
import { normaliseDomain, registrableDomain, sameOwner } from '../mail/domains.ts';
import { readIp } from '../mail/ips.ts';
import type { Brand } from './brands.ts';
import { brandsIn, ownersOf } from './brands.ts';
import { hasCheapSuffix, hostsCustomers } from './hosts.ts';

/** What the landing checks look at; prepared once for all of them. */
type LandingLook = {
  visits: readonly VisitLook[];
  /** Of the mail or observable that the visits came from; null where nobody knows. */
  indicators: Indicators | null;
};
export type LandingCheck = (look: LandingLook) => Finding[];

export type VisitLook = {
  id: ResourceId;
  facts: VisitFacts;
  page: PageLook | null;
  /** The registrable domains or addresses that the chain went through, in its order, the last URL's included. */
  hosts: string[];
};

export type PageLook = {
  facts: LandingFacts;
  host: string;
  /** It asks for a password, or for what is as good as one. */
  asksSecrets: boolean;
  /** Brands that the page calls itself by. */
  named: NamedBrand[];
  /** The forms that take a password; all forms where the fields stand in none of them. */
  passwordForms: FormFacts[];
};

export type NamedBrand = {
  brand: Brand;
  /** `title`: the page's title or site name is little more than the brand's name; `text`: the page speaks of signing in to the brand, or its title of more. */
  by: 'title' | 'text';
  quote: string;
};

/** What crypto and card phishing asks for instead of a password. */
const SECRETS =
  /\b(?:(?:recovery|seed|secret|mnemonic) (?:phrase|words)|(?:12|24)[- ]word (?:phrase|key)|private key|cvv2?|cvc2?|card (?:security|verification) code|social security number|one[- ]time (?:password|passcode)|wiederherstellungsphrase|kartenpr[uü]fnummer)\b/i;
/** `Sign in to PayPal`, `your PayPal account`; but not `Sign in with Google`, which honest pages offer. */
const SIGN_IN_TO = [
  /\b(?:log|sign)(?:ging|ing)?[- ]?(?:in|on) (?:to|into|at) (?:your |my |the )?(.{0,40})/giu,
  /\b(?:your|ihr|dein|votre|su|seu|sua) (.{0,30}?) ?-?(?:account|id\b|password|wallet|konto|passwort|compte|cuenta|conta)/giu,
  /\b(?:melden sie sich bei|anmelden bei|connectez-vous [aà]|inicia sesi[oó]n en|acesse (?:a |o )?(?:sua |seu )?(?:conta )?) ?(.{0,40})/giu,
];
const MAX_PHRASES = 50;

export function lookAtVisit(id: ResourceId, facts: VisitFacts): VisitLook {
  const page = facts.landing === null ? null : lookAtPage(facts.landing);
  return { id, facts, page, hosts: [...facts.chain.map(({ url }) => url), facts.finalUrl].map(hostOf) };
}

function lookAtPage(facts: LandingFacts): PageLook {
  const isAsking = facts.passwordFields > 0 || (facts.forms.length > 0 && SECRETS.test(facts.text));
  const withPassword = facts.forms.filter(({ passwordFields }) => passwordFields > 0);
  return {
    facts,
    host: hostOf(facts.url),
    asksSecrets: isAsking,
    named: brandsOf(facts),
    passwordForms: !isAsking ? [] : withPassword.length > 0 ? withPassword : facts.forms,
  };
}

/** By title and site name first; each brand once. */
function brandsOf({ title, siteName, text }: LandingFacts): NamedBrand[] {
  const named = new Map<Brand, NamedBrand>();
  const name = (words: string, quote: string, by: NamedBrand['by']): void => {
    for (const brand of brandsIn(words)) if (!named.has(brand)) named.set(brand, { brand, by, quote });
  };
  const titles = [siteName ?? '', title ?? ''].map((quote) => quote.slice(0, MAX_TITLE_CHARS).replace(THROUGH, ''));
  for (const quote of titles) if (isLittleMore(quote)) name(quote, quote, 'title');
  for (const quote of titles) name(quote, quote, 'text');
  for (const phrase of phrasesOf(text)) name(phrase.name, phrase.quote, 'text');
  return [...named.values()];
}

/** `Sign in with Google` names no owner. */
const THROUGH = /\b(?:with|via|using|mit|avec|con)\s+\S+(?:\s+(?:or|and|oder|und|&)\s+\S+)?/gi;
/** Words of sign-in pages' titles, with which a title is still the brand's own. */
const ORDINARY =
  /^(?:log|login|logon|sign|signin|in|on|to|your|my|the|an?|accounts?|secure[d]?|security|online|banking|bank|verify|verification|confirm|confirmation|update|home|page|homepage|official|site|website|web|app|mail|webmail|portal|center|centre|welcome|id|365|inc|com|de|support|service|wallet|delivery|tracking|express|pay|billing|please|and|of|or|for|und|oder)$/i;
const MAX_OTHER_WORDS = 3;
const MAX_TITLE_CHARS = 500;

/** A report, a guide or a forum about a brand has a title of many other words. */
function isLittleMore(title: string): boolean {
  const words = title.match(/[\p{L}\p{N}]+/gu) ?? [];
  const others = words.filter((word) => !ORDINARY.test(word) && brandsIn(word).length === 0);
  return others.length <= MAX_OTHER_WORDS;
}

function phrasesOf(text: string): { name: string; quote: string }[] {
  return SIGN_IN_TO.flatMap((pattern) =>
    [...text.matchAll(pattern)].slice(0, MAX_PHRASES).map(([quote, name = '']) => ({ name, quote })),
  );
}

/** The host of a URL: a domain in punycode or an address without brackets; empty where there is none. */
export function hostOf(url: string): string {
  const host =
    URL.parse(url)
      ?.hostname.replace(/^\[|\]$/g, '')
      .replace(/\.$/, '') ?? '';
  return normaliseDomain(host) ?? readIp(host)?.ip ?? host;
}

/** True where one owner has both: the same registrable domain, the same name in two countries (`shop.de`, `shop.com`), or domains of one brand. */
export function isOneHouse(left: string, right: string): boolean {
  if (left === right || sameOwner(left, right) || isSameName(left, right)) return true;
  const owners = ownersOf(left);
  return owners.length > 0 && ownersOf(right).some((brand) => owners.includes(brand));
}

/** Of countries, and `com`; but not those that are slips of the finger for it. */
const HOUSE_SUFFIX = /\.(?:com|(?!(?:co|cm|om)$)[a-z]{2})$/;

/** Companies have their name under the suffixes of many countries. */
function isSameName(left: string, right: string): boolean {
  const names = [left, right].map((host) => registrableDomain(host) ?? '');
  if (names.some((name) => !HOUSE_SUFFIX.test(name) || hasCheapSuffix(name) || hostsCustomers(name))) return false;
  return names[0]?.split('.', 1)[0] === names[1]?.split('.', 1)[0];
}

/** The hops that lead from one house to another, with the host that they lead to. */
export function crossings({ facts, hosts }: VisitLook): { hop: Hop; from: string; to: string }[] {
  return facts.chain.flatMap((hop, index) => {
    const from = hosts[index] ?? '';
    const to = hosts[index + 1] ?? from;
    return to === '' || isOneHouse(from, to) ? [] : [{ hop, from, to }];
  });
}

/** True where somebody was sent on: the chain does not end where it began. */
export function isSentOn({ facts }: VisitLook): boolean {
  return facts.chain.length > 1 || (facts.chain[0] !== undefined && facts.finalUrl !== facts.chain[0].url);
}
