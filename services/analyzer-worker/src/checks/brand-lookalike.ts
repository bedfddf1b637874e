import { registrableDomain, unicodeDomain } from '../mail/domains.ts';
import type { Brand } from './brands.ts';
import { BRANDS, REAL_DOMAINS } from './brands.ts';
import { isOneEditApart } from './edit-distance.ts';
import { foldLookalikes } from './lookalikes.ts';

export type BrandLookalike = { brand: string; how: 'letters' | 'typo' | 'embedded' | 'added-words' };

/** Words that a false login page puts beside the name. */
const LURES = new Set(
  'account accounts alert alerts auth billing cancel check claim client confirm confirmation connect customer delivery desk doc docs help helpdesk id identity info invoice live locked login logon mail manage notice notification online package page parcel pay payment payments portal protect recover recovery refund reset restore review safe safety secure secured security service services session shared sign signin support team ticket track tracking transfer unlock update updates user validate validation verification verify wallet web'.split(
    ' ',
  ),
);
const MIN_TYPO_CHARS = 6;

const SKELETONS: readonly { brand: Brand; skeleton: string }[] = BRANDS.map((brand) => ({
  brand,
  skeleton: skeletonOf(brand.label),
}));

/**
 * The brand that a host passes itself off as: by letters that look the same, by one slip of the finger, by the brand's whole
 * domain in front of another one, or by the name with words around it. Null for the brands' own hosts and all others.
 */
export function brandLookalike(host: string): BrandLookalike | null {
  const domain = registrableDomain(host);
  if (domain === null || REAL_DOMAINS.has(domain)) return null;
  const [label = ''] = unicodeDomain(domain).split('.');
  if (BRANDS.some((brand) => brand.label === label)) return null;
  const embedded = embeddedBrand(host.slice(0, -domain.length));
  if (embedded !== null) return { brand: embedded, how: 'embedded' };
  return byWhole(label) ?? byWords(label);
}

function byWhole(label: string): BrandLookalike | null {
  const skeleton = skeletonOf(label);
  const same = SKELETONS.find((entry) => entry.skeleton === skeleton);
  if (same !== undefined) return { brand: same.brand.label, how: 'letters' };
  const near = BRANDS.find(
    (brand) => !brand.isWord && brand.label.length >= MIN_TYPO_CHARS && isOneEditApart(brand.label, label),
  );
  return near === undefined ? null : { brand: near.label, how: 'typo' };
}

/** `paypal-login`, `secure-paypa1`, `paypallogin`. */
function byWords(label: string): BrandLookalike | null {
  const words = label.split('-').filter((word) => word !== '');
  const found = SKELETONS.find(({ brand, skeleton }) => {
    const others = words.filter((word) => skeletonOf(word) !== skeleton);
    if (others.length === words.length) return isGlued(words, brand);
    return others.some((word) => LURES.has(word));
  });
  return found === undefined ? null : { brand: found.brand.label, how: 'added-words' };
}

function isGlued(words: readonly string[], { label, isWord }: Brand): boolean {
  if (isWord || label.length < MIN_TYPO_CHARS) return false;
  return words.some(
    (word) =>
      (word.startsWith(label) && LURES.has(word.slice(label.length))) ||
      (word.endsWith(label) && LURES.has(word.slice(0, -label.length))),
  );
}

/** `www.paypal.com.` and `paypal-com.` in front of somebody else's domain. */
function embeddedBrand(subdomains: string): string | null {
  const found = BRANDS.find(({ label }) => {
    const at = `.${subdomains}`.search(new RegExp(`[.-]${label}[.-](?:com|net|org|de|co|uk|fr|it|es|br)[.-]`));
    return at >= 0;
  });
  return found?.label ?? null;
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
