import { LinkifyIt } from 'linkify-it';
import { normaliseDomain, registrableDomain } from './domains.ts';

export type TextFinds = {
  /** As written; `http://` is added where a scheme is missing. */
  urls: string[];
  addresses: string[];
  /** Names that stand alone, without a path or a `www.` that would make them a link. */
  domains: string[];
};

/** linkify-it looks back and ahead within a piece, so the piece bounds what one character can cost. */
const PIECE_CHARS = 16 * 1024;
/** Endings of files and of abbreviations far more often than of domains, where nothing else says "link". */
const SOURCE_FILE = /\.(?:md|py|rs|sh|pl|so|cc|ps)$/i;
const FILE_LIKE =
  /\.(?:md|py|rs|sh|pl|so|cc|ps|ai|id|in|is|it|no|do|to|me|am|my|be|at|so|us|pm|tm|st|mk|la|ms|im|as|by|ml|vi|cs|gs|ch|rm|app|zip|mov|name|info|pro)$/i;
const EXTRA_TLDS =
  'xyz top online site club icu app dev link live click shop store space website tech work world today vip buzz cam fun life rest cyou sbs cfd bond quest monster support services email digital agency cloud page blog host press win bid loan men review stream download racing date trade party science gdn cf ga gq ml tk zip mov'.split(
    ' ',
  );

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, urlAuth: true }).tlds(EXTRA_TLDS, true);

/** What no link, address or IP address is without. */
const MARKS = /\.[^]|\/\/|mailto:|@\[|:[^:]*:/i;

/**
 * The words that can hold a link, an address or an IP address, one a line. None of them holds white space, so that the others need not be
 * searched, and those are most of a text.
 */
export function markedWords(text: string): string {
  return text
    .split(/[ \t\r\n]+/)
    .filter((word) => MARKS.test(word))
    .join('\n');
}

/** The links, addresses and domains in plain text, in order, at most `max` of each. */
export function scanText(text: string, max: number): TextFinds {
  const finds: TextFinds = { urls: [], addresses: [], domains: [] };
  for (const piece of pieces(text)) {
    for (const match of linkify.match(piece) ?? []) {
      if (match.schema === 'mailto:') push(finds.addresses, match.url.slice('mailto:'.length), max);
      else if (match.schema === '') takeBareName(match.raw, finds, max);
      else push(finds.urls, match.url, max);
    }
    if (finds.urls.length >= max) break;
  }
  return finds;
}

/** `example.com/path` and `www.example.com` are links to every mail program; `report.md` is none. */
function takeBareName(raw: string, finds: TextFinds, max: number): void {
  const slash = raw.search(/[/?#]/);
  const name = slash < 0 ? raw : raw.slice(0, slash);
  const domain = normaliseDomain(name);
  if (domain === null || registrableDomain(domain) === null) return;
  const isLink = /^www\./i.test(raw) || (slash >= 0 && !SOURCE_FILE.test(name));
  if (isLink) push(finds.urls, `http://${raw}`, max);
  else if (!FILE_LIKE.test(name)) push(finds.domains, domain, max);
}

function push(list: string[], value: string, max: number): void {
  if (list.length < max) list.push(value);
}

/** Cut at white space where there is any in the last eighth, so that links stay whole. */
function* pieces(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    let end = Math.min(start + PIECE_CHARS, text.length);
    if (end < text.length) {
      const space = text.slice(end - PIECE_CHARS / 8, end).search(/\s\S*$/);
      if (space >= 0) end = end - PIECE_CHARS / 8 + space + 1;
    }
    yield text.slice(start, end);
    start = end;
  }
}
