import { registrableDomain, unicodeDomain } from '../mail/domains.ts';
import { BRAND_LIST } from './brand-list.ts';
import { hasCheapSuffix } from './hosts.ts';

export type BrandLabel = {
  label: string;
  /** An ordinary word in some language, or near to many: only with a word that lures beside it does it mean the brand. */
  isWord: boolean;
};

/** A name that phishing borrows, and where its owner really is. */
export type Brand = {
  /** As its owner writes it. */
  name: string;
  /** How a sender or a page names it; null for names that say too little by themselves. */
  mention: RegExp | null;
  /** Its domains without the suffix, which is what fakes are made from. */
  labels: readonly BrandLabel[];
  /** More labels of the owner's, too short or too common to make fakes from. */
  kin: readonly string[];
  /** Other registrable domains of the owner. */
  domains: readonly string[];
};

/** A letter or digit that would make the name a part of a longer word; scripts without spaces set theirs right beside it. */
const WORD_PART =
  '(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}ー])[\\p{L}\\p{N}_]';

export const BRANDS: readonly Brand[] = Object.entries(BRAND_LIST).map(([name, entry]) => ({
  name,
  mention: entry.mention === undefined ? null : mentionOf(entry.mention),
  labels: [
    ...wordsOf(entry.labels).map((label) => ({ label, isWord: false })),
    ...wordsOf(entry.words).map((label) => ({ label, isWord: true })),
  ],
  kin: wordsOf(entry.kin),
  domains: wordsOf(entry.domains),
}));

/** Most texts name no brand, and one look for all of them costs a sixth of a look for each. */
const ANY_MENTION = mentionOf(
  Object.values<{ mention?: string }>(BRAND_LIST)
    .flatMap(({ mention }) => mention ?? [])
    .join('|'),
);

function mentionOf(names: string): RegExp {
  return new RegExp(`(?<!${WORD_PART})(?:${names})(?!${WORD_PART})`, 'iu');
}

/** Of all brands together: `amazonaws.com` is nobody's lookalike. */
export const REAL_DOMAINS: ReadonlySet<string> = new Set(BRANDS.flatMap((brand) => brand.domains));

/** True where the host is the brand's own: one of its domains, or a name of its own with a suffix that brands see to. */
export function ownsHost(brand: Brand, host: string): boolean {
  return ownersOf(host).includes(brand);
}

/** The brands whose own the host is; several where one company has them. */
export function ownersOf(host: string): Brand[] {
  const domain = registrableDomain(host);
  if (domain === null) return [];
  const name = unicodeDomain(domain);
  const [own = ''] = name.split('.');
  const canBeNamed = !hasCheapSuffix(name);
  return BRANDS.filter(({ labels, kin, domains }) => {
    const isNamed = canBeNamed && (labels.some(({ label }) => label === own) || kin.includes(own));
    return isNamed || domains.includes(domain);
  });
}

/** The brands that a text names, in the order of the list. */
export function brandsIn(text: string): Brand[] {
  if (!ANY_MENTION.test(text)) return [];
  return BRANDS.filter((brand) => brand.mention?.test(text) === true);
}

function wordsOf(words = ''): string[] {
  return words.split(' ').filter((word) => word !== '');
}
