/** What identifies people, accounts and secrets, taken out of text. It would rather take out too much than too little. */

/** An apostrophe ends a link only where the text around goes on with a blank, a sign or another quotation mark. */
const LINK_CHARS = /(?:[^\s<>"'`]|'+(?![.,;:!)\]]*(?:[\s<>"'`]|$)))/u.source;
const URL_LIKE = new RegExp(
  `\\bmailto:${LINK_CHARS}+|(?:\\b[a-z][a-z0-9+.-]{1,15}://|\\bwww\\.)${LINK_CHARS}+|(?<![@\\p{L}\\p{N}._-])(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,8}\\p{L}{2,24}(?::\\d{1,5})?[/?#]${LINK_CHARS}*`,
  'giu',
);
/** What follows a question mark belongs to it: subject and text of a prepared mail. */
const ADDRESS = /[^\s<>"'`(),:;@[\]\\]{1,128}@((?:[\p{L}\p{N}-]{1,63}\.){0,8}[\p{L}\p{N}-]{1,63})(?:\?[^\s<>"'`]*)?/gu;
/** `ann (at) example.org`, `ann%40example.org`. */
const VEILED_ADDRESS = /[\p{L}\p{N}._+-]{1,64}(?:\s?(?:\(at\)|\[at\]|\{at\})\s?|%40)/giu;
const IBAN = /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b/gi;
/** Telephone, card, account and customer numbers, dates among them: six digits and more, however they are set apart. */
const NUMBER = /[+(]{0,2}\d(?:[\s()./_-]{0,3}\d){5,40}|\d{4}(?:[,:]\d{4}){1,9}/g;
/** Runs without a blank that no word has. */
const LONG_RUN = /[^\s<>"'`()[\]]{16,}/g;
const BARE_DOMAIN = /^((?:[a-z0-9-]{1,40}\.){1,4}[a-z]{2,24})([.,;:!?]{0,3})$/i;
const PERSON = /\p{Lu}[\p{L}'’-]*(?:[ ]\p{Lu}[\p{L}'’-]*){0,2}/u.source;
const GREETING = new RegExp(
  `(?<![\\p{L}])((?:[Dd]ear|[Hh]ello|[Hh]i|[Hh]ey|[Gg]ood (?:morning|day|evening)|[Hh]allo|[Ll]iebe[rs]?|[Gg]uten Tag|[Ss]ehr geehrte[rs]?|[Bb]onjour|[Cc]h[eè]re?|[Ee]stimad[oa]|[Hh]ola|[Gg]entile|[Bb]este),?(?: (?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof|[Hh]err|[Ff]rau|[Mm]me|[Ss]ra?)\\.?)?) (${PERSON})`,
  'gu',
);
/** Whom a mass mailing greets: that it knows no name is worth telling. */
const NOBODY =
  /^(?:customer|user|client|member|friend|sir|madam|sirs?|account|valued|all|team|colleagues?|beneficiary|winner|kunde|kundin|nutzer|damen|client|cliente)\b/i;
/** With one address, which is handled as such. */
const MAIL_LINK = /^mailto:[^?@:]+@[^@:]+(?:\?.*)?$/i;
/** Zero-width characters, soft hyphens and bidirectional marks: they would hide a number from the patterns. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
const SHORTEST_NAME_CHARS = 3;
const MOST_NAMES = 60;
/** A longer one is no name of a person: its words would take evidence out of the mail. */
const MOST_NAME_WORDS = 5;
const PATH_WORD = /^[\p{L}][\p{L}_-]{0,23}(?:\.[a-z][a-z0-9]{1,4})?$/iu;
/** No word changes between small and capital letters like this; ids do. */
const MIXED_CASE = /\p{Ll}\p{Lu}(?:\p{Lu}|.*\p{Ll}\p{Lu})/u;
const MOST_SEGMENTS = 6;

/** Takes people and secrets out of texts. */
export interface Redactor {
  text(text: string): string;
  /** Host and the shape of the path; query, fragment, user and password are left out. */
  url(url: string): string;
  domain(domain: string): string;
}

/** `names` are display names and local parts of people who must not be recognised; also their single words are taken out. */
export function createRedactor(names: readonly string[]): Redactor {
  const people = patternOf(names);

  const nameless = (text: string) => (people === null ? text : text.replaceAll(people, '[name]'));

  const words = (text: string) =>
    nameless(
      text
        .replaceAll(VEILED_ADDRESS, '[address] at ')
        .replaceAll(IBAN, (run) => (/\d\D*\d\D*\d\D*\d/.test(run.slice(4)) ? '[account]' : run))
        .replaceAll(NUMBER, '[number]')
        .replaceAll(LONG_RUN, runShape),
    ).replaceAll(GREETING, (whole, greeting: string, person: string) =>
      NOBODY.test(person) ? whole : `${greeting} [name]`,
    );
  const domain = (raw: string) => nameless(hostShape(raw));
  const address = (_whole: string, host: string) => `[address]@${domain(host)}`;
  const url = (raw: string) => (MAIL_LINK.test(raw) ? raw.replaceAll(ADDRESS, address) : nameless(urlShape(raw)));
  const notLinks = (text: string) => replaceApart(text, ADDRESS, address, words);

  return {
    domain,
    url,
    text(raw) {
      const text = raw
        .toWellFormed()
        .normalize('NFKC')
        .replaceAll(INVISIBLE, '')
        .replaceAll(/\p{Nd}/gu, asciiDigit);
      return replaceApart(text, URL_LIKE, url, notLinks);
    },
  };
}

/** Replaces what matches in one way and all that lies between in another. */
function replaceApart(
  text: string,
  pattern: RegExp,
  inside: (match: string, group: string) => string,
  between: (text: string) => string,
): string {
  let replaced = '';
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    replaced += between(text.slice(end, match.index)) + inside(match[0], match[1] ?? '');
    end = match.index + match[0].length;
  }
  return replaced + between(text.slice(end));
}

/** A bare domain is evidence, and stays. */
function runShape(run: string): string {
  const [, host, rest = ''] = BARE_DOMAIN.exec(run) ?? [];
  if (host !== undefined) return hostShape(host) + rest;
  return isToken(run) ? '[token]' : run;
}

/** Digits of other scripts stand in blocks of ten that begin with zero. */
function asciiDigit(digit: string): string {
  if (digit <= '9') return digit;
  const code = digit.codePointAt(0) ?? 0;
  for (let value = 0; value < 10; value++) {
    if (!/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) return String(value);
  }
  return '0';
}

function patternOf(names: readonly string[]): RegExp | null {
  const words = names
    .flatMap((name) => {
      const plainName = name.normalize('NFKC').replaceAll(INVISIBLE, '').trim();
      const single = plainName.split(/[^\p{L}\p{M}]+/u);
      return single.length > MOST_NAME_WORDS ? [plainName] : [plainName, ...single];
    })
    .filter((word) => word.length >= SHORTEST_NAME_CHARS && word.length <= 128);
  const longestFirst = [...new Set(words)].toSorted((left, right) => right.length - left.length).slice(0, MOST_NAMES);
  if (longestFirst.length === 0) return null;
  const alternatives = longestFirst.map((word) => escapePattern(word)).join('|');
  return new RegExp(`(?<!\\p{L})(?:${alternatives})(?!\\p{L})`, 'giu');
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, (sign) => `\\${sign}`);
}

/** Long, and made of letters and digits (or of both cases, or of many signs) as no word of a language is. */
function isToken(run: string): boolean {
  if (run.length >= 40) return true;
  const hasDigit = /\d/.test(run);
  const changesCase = (run.match(/\p{Ll}\p{Lu}/gu) ?? []).length >= 3;
  return (hasDigit && /\p{L}/u.test(run)) || changesCase;
}

function urlShape(raw: string): string {
  const url = URL.parse(raw) ?? URL.parse(`http://${raw}`);
  if (url === null || url.hostname === '') return '[link]';
  const scheme = raw.startsWith(url.protocol) ? `${url.protocol}//` : '';
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const shape = segments.slice(0, MOST_SEGMENTS).map(segmentShape);
  const more = segments.length > MOST_SEGMENTS ? ['…'] : [];
  const query = url.search === '' ? '' : '?…';
  return `${scheme}${hostShape(url.hostname)}/${[...shape, ...more].join('/')}${query}`;
}

/** The words of a path tell a login page; ids, tokens and addresses in it tell a person. */
function segmentShape(segment: string): string {
  let text = segment;
  try {
    text = decodeURIComponent(segment);
  } catch {
    return '*';
  }
  return PATH_WORD.test(text) && !isToken(text) && !MIXED_CASE.test(text) ? text : '*';
}

/** A label that is long and has digits among its letters is made for one recipient. */
function hostShape(host: string): string {
  const labels = host.split('.');
  const last = labels.length - 2;
  return labels.map((label, index) => (index < last && label.length >= 16 && /\d/.test(label) ? '*' : label)).join('.');
}
