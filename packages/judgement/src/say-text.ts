const MOST_CHARS = 200_000;
const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: ' ',
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};
/** What nobody reads although it stands between tags. */
const UNREAD = ['script', 'style', 'template', 'head'];

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

/** Text as rules read it. */
export function squeeze(text: string): string {
  const some = text.slice(0, MOST_CHARS);
  return some.replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,6});/gi, resolve).normalize('NFKC').replace(/\s+/g, ' ').trim();
}

function endOfTag(html: string, lower: string, open: number): number {
  const unread = UNREAD.find((name) => lower.startsWith(name, open + 1));
  const close = unread === undefined ? -1 : lower.indexOf(`</${unread}`, open);
  if (lower.startsWith('<!--', open)) {
    const end = html.indexOf('-->', open);
    return end === -1 ? html.length : end + 3;
  }
  const end = html.indexOf('>', close === -1 ? open : close);
  return end === -1 ? html.length : end + 1;
}

function resolve(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? entity;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return Number.isInteger(code) && code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : entity;
}
