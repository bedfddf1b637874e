import type { Place } from '@sluice/contracts';

/** A link of any kind, as it is written in the page, with the words that it shows. */
export type Reference = { where: Place['where']; value: string; label: string };
type Attribute = { name: string; value: string };

const MAX_STYLE_CHARS = 256 * 1024;
const STYLE_URL =
  /url\(\s{0,20}(?:"([^"]{1,4096})"|'([^']{1,4096})'|([^\s)'"]{1,4096}))|@import\s{1,20}["']([^"']{1,4096})["']/gi;
const FRAMES = new Set(['iframe', 'frame', 'embed', 'object']);
const IMAGES = new Set(['img', 'image', 'input', 'source', 'v:imagedata', 'v:fill']);

/** The links in an element's attributes. The base of the page is not one of them. */
export function attributeReferences(tag: string, attributes: readonly Attribute[]): Reference[] {
  const references: Reference[] = [];
  for (const { name, value } of attributes) {
    if (value.trim() === '') continue;
    if (name === 'style') references.push(...styleUrls(value));
    else if (name === 'srcset') references.push(...candidatesOf(value));
    else {
      const where = placeOf(tag, name);
      if (where !== null) references.push({ where, value, label: '' });
    }
  }
  return references;
}

function placeOf(tag: string, attribute: string): Place['where'] | null {
  switch (attribute) {
    case 'href':
      return placeOfHref(tag);
    case 'src':
      if (FRAMES.has(tag)) return 'html-frame';
      return IMAGES.has(tag) ? 'html-image' : 'html-other';
    case 'data':
      return tag === 'object' ? 'html-frame' : null;
    case 'action':
      return tag === 'form' ? 'html-form' : null;
    case 'formaction':
      return 'html-form';
    case 'background':
    case 'poster':
      return 'html-image';
    case 'ping':
    case 'longdesc':
    case 'cite':
      return 'html-other';
    default:
      return null;
  }
}

/** Word's own shapes (`v:roundrect href`) are what buttons are made of for Outlook. */
function placeOfHref(tag: string): Place['where'] | null {
  if (tag === 'base') return null;
  if (tag === 'area') return 'html-area';
  return tag === 'a' || tag.startsWith('v:') ? 'html-link' : 'html-other';
}

function candidatesOf(srcset: string): Reference[] {
  if (/^\s{0,20}data:/i.test(srcset)) return [];
  return srcset
    .slice(0, MAX_STYLE_CHARS)
    .split(',')
    .slice(0, 50)
    .map((candidate) => candidate.trim().split(/\s/, 1)[0] ?? '')
    .filter((value) => value !== '')
    .map((value) => ({ where: 'html-image', value, label: '' }));
}

/** What `url(…)` and `@import` name. */
export function styleUrls(css: string): Reference[] {
  const references: Reference[] = [];
  for (const match of css.slice(0, MAX_STYLE_CHARS).matchAll(STYLE_URL)) {
    const value = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    references.push({ where: 'html-style', value, label: '' });
  }
  return references;
}

/** The target of `<meta http-equiv="refresh" content="0; url=…">`. */
export function metaRefresh(httpEquiv: string | null, content: string | null): Reference[] {
  if (httpEquiv?.trim().toLowerCase() !== 'refresh' || content === null) return [];
  const match = /^\s{0,20}[\d.]{0,20}\s{0,20}[;,]?\s{0,20}url\s{0,20}=\s{0,20}["']?([^"']{1,8192})/i.exec(content);
  return match?.[1] === undefined ? [] : [{ where: 'html-refresh', value: match[1], label: '' }];
}
