import { registrableDomain, unicodeDomain } from '../mail/domains.ts';
import type { BrandLabel } from './brands.ts';
import { BRANDS, REAL_DOMAINS } from './brands.ts';
import { isOneEditApart } from './edit-distance.ts';
import { foldLookalikes } from './lookalikes.ts';

export type BrandLookalike = { brand: string; how: 'letters' | 'typo' | 'embedded' | 'added-words' };

/** Words that a false login page puts beside the name. */
const LURES = wordSet(
  'account accounts alert alerts auth billing cancel claim confirm confirmation id identity invoice locked login logon notice notification pay payment payments portal protect recover recovery refund reset restore review safe safety secure secured security session signin support transfer unlock update updates validate validation verification verify wallet',
);
/** Words that do so too, and that dealers and fans use; they say nothing beside a name that is an ordinary word. */
const WEAK_LURES = wordSet(
  'check client connect customer delivery desk doc docs help helpdesk info live mail manage online package page parcel service services shared sign team ticket track tracking user web',
);
const MIN_TYPO_CHARS = 6;

/** Plain names before words, so that a host which holds one of each means the plain one. */
const LABELS: readonly BrandLabel[] = BRANDS.flatMap(({ labels }) => labels).toSorted(
  (a, b) => Number(a.isWord) - Number(b.isWord),
);

const SKELETONS: readonly { brand: BrandLabel; skeleton: string }[] = LABELS.map((brand) => ({
  brand,
  skeleton: skeletonOf(brand.label),
}));

const SUFFIX_IN_FRONT = '[.-](?:com|net|org|de|co|uk|fr|it|es|br)[.-]';
const ANY_SUFFIX_IN_FRONT = new RegExp(SUFFIX_IN_FRONT);
const NAME_IN_FRONT = new RegExp(`[.-]([a-z0-9]{5,20})${SUFFIX_IN_FRONT}`);
const DOMAINS_IN_FRONT = LABELS.map(({ label }) => ({
  label,
  pattern: new RegExp(`[.-]${label}${SUFFIX_IN_FRONT}`),
}));

/**
 * The brand that a host passes itself off as: by letters that look the same, by one slip of the finger after the first letter, by the brand's whole
 * domain in front of another one, or by the name with words around it. Null for the brands' own hosts and all others.
 */
export function brandLookalike(host: string): BrandLookalike | null {
  const domain = registrableDomain(host);
  if (domain === null || REAL_DOMAINS.has(domain)) return null;
  const [label = ''] = unicodeDomain(domain).split('.');
  if (LABELS.some((brand) => brand.label === label)) return null;
  const embedded = embeddedBrand(host.slice(0, -domain.length));
  if (embedded !== null) return { brand: embedded, how: 'embedded' };
  return byWhole(label) ?? byWords(label);
}

function byWhole(label: string): BrandLookalike | null {
  const skeleton = skeletonOf(label);
  const same = SKELETONS.find((entry) => entry.skeleton === skeleton);
  if (same !== undefined) return { brand: same.brand.label, how: 'letters' };
  const near = LABELS.find((brand) => !brand.isWord && brand.label[0] === label[0] && isTypoOf(brand.label, label));
  return near === undefined ? null : { brand: near.label, how: 'typo' };
}

function isTypoOf(name: string, label: string): boolean {
  return name.length >= MIN_TYPO_CHARS && isOneEditApart(name, label);
}

/** `paypal-login`, `secure-paypa1`, `paypallogin`. */
function byWords(label: string): BrandLookalike | null {
  const words = label.split('-').filter((word) => word !== '');
  const skeletons = words.map(skeletonOf);
  const found = SKELETONS.find(({ brand, skeleton }) => {
    if (!skeletons.includes(skeleton)) return isGlued(words, brand);
    return words.some((word, index) => skeletons[index] !== skeleton && isLure(word, brand));
  });
  return found === undefined ? null : { brand: found.brand.label, how: 'added-words' };
}

function isGlued(words: readonly string[], brand: BrandLabel): boolean {
  const { label, isWord } = brand;
  if (isWord || label.length < MIN_TYPO_CHARS) return false;
  return words.some(
    (word) =>
      (word.startsWith(label) && isLure(word.slice(label.length), brand)) ||
      (word.endsWith(label) && isLure(word.slice(0, -label.length), brand)),
  );
}

function isLure(word: string, { isWord }: BrandLabel): boolean {
  return LURES.has(word) || (!isWord && WEAK_LURES.has(word));
}

/** `www.paypal.com.`, `paypal-com.` and `paypla.com.` in front of somebody else's domain. */
function embeddedBrand(subdomains: string): string | null {
  if (!ANY_SUFFIX_IN_FRONT.test(subdomains)) return null;
  const found = DOMAINS_IN_FRONT.find(({ pattern }) => pattern.test(`.${subdomains}`));
  if (found !== undefined) return found.label;
  const [, written = ''] = NAME_IN_FRONT.exec(`.${subdomains}`) ?? [];
  return LABELS.find(({ label, isWord }) => !isWord && isTypoOf(label, written))?.label ?? null;
}

/** One spelling for all that looks the same to a hasty reader. */
function skeletonOf(label: string): string {
  return foldLookalikes(label)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ı', 'i')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replaceAll('0', 'o')
    .replaceAll('3', 'e')
    .replaceAll('5', 's')
    .replace(/[1i|]/g, 'l');
}

function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}
