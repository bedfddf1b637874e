import { createHash } from 'node:crypto';

const MOST_CHARS = 200_000;
const LEAST_WORDS = 15;
const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: ' ',
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};
/** What nobody reads although it stands between tags. */
const UNREAD = /^(script|style|template|title)[\s>/]/;

/** The words of an HTML text for an operator's rules, in one pass: tags and scripts out, entities resolved, white space as one space. */
export function plainText(html: string): string {
  const lower = html.toLowerCase();
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    parts.push(html.slice(at, open === -1 ? html.length : open));
    if (open === -1) break;
    at = endOfTag(html, lower, open);
    // A bold letter within a word does not part it.
    if (!/^<\/?(?:b|i|u|a|em|span|strong|font|wbr)[\s>/]/.test(lower.slice(open, open + 9))) parts.push(' ');
  }
  return squeeze(parts.join(''));
}

/** A digest of what a person reads, the same for mails that differ in names of links, addresses and numbers only; undefined where there are too few words. */
export function textDigest({ text, html }: { text: string | null; html: string | null }): string | undefined {
  const read = text === null || text.trim() === '' ? plainText(html ?? '') : squeeze(text);
  const tokens = read
    .toLowerCase()
    .split(/\s+/)
    .filter((token) => !/[:@/]|www\./.test(token));
  const words = tokens.join(' ').match(/[\p{L}\p{M}]+/gu) ?? [];
  if (words.length < LEAST_WORDS) return undefined;
  return createHash('sha256').update(words.join(' ')).digest('hex');
}

/** Text as rules read it. */
export function squeeze(text: string): string {
  const some = text.slice(0, MOST_CHARS);
  return some
    .replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,6});/gi, resolve)
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Where reading goes on. What has no end swallows the rest, as in a browser; so no text is gone through twice. */
function endOfTag(html: string, lower: string, open: number): number {
  if (lower.startsWith('<!--', open)) return behind(html, '-->', open);
  const [, unread] = UNREAD.exec(lower.slice(open + 1, open + 10)) ?? [];
  if (unread === undefined) return behind(html, '>', open);
  const close = lower.indexOf(`</${unread}`, open);
  return close === -1 ? html.length : behind(html, '>', close);
}

function behind(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? html.length : at + mark.length;
}

function resolve(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? entity;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return Number.isInteger(code) && code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : entity;
}
