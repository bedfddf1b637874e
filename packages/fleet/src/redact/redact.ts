import { FILLERS, HARMLESS, NAMES, SECRETS, TERMS } from './vocabulary.ts';

const GONE = '…';
const MOST_CHARS = 2_000;
/** Of the words of a clause so many must be known; a letter between people has far fewer. */
const KNOWN_SHARE = 0.6;

/** JSON.parse quotes the text that it cannot read, quotation marks and all. */
const UNREADABLE_JSON =
  /(Unexpected (?:token|string|number|end|non-whitespace))\b[^]*(is not valid JSON|in JSON at position)/g;
const CHUNK = /^([([{<"'`]{0,2})(.*?)([)\]}>"'`.,:;!?]{0,3})$/s;
const PLAIN_WORD = /^[A-Z]?[a-z][a-z'-]*$|^(?:base64|utf-8)$/;
const NUMBER = /^-?\d{1,5}(?:\.\d{1,3})?(?:ms|s|kb|mb|%)?$/i;
const NODE_CODE = /^(?:UND_)?ERR(?:_[A-Z]+){1,6}$/;
const LOOPBACK = /^(?:localhost|127\.0\.0\.1)(?::\d{1,5})?$/;
const MARK = /^(?:-|--|->|=>|=|\||\/|&|:|,)$/;
const QUOTE = /["'`]/;
const CLAUSE_END = /[:;.!?]/;

type Kind = 'term' | 'filler' | 'name' | 'number' | 'mark' | 'quoted' | 'unknown';

interface Token {
  kind: Kind;
  lead: string;
  core: string;
  trail: string;
}

/**
 * What may be said of a text that nobody has checked: an allow-list. Technical English, error codes, names of our own tasks and numbers below six digits
 * beside them stay; everything else becomes `…`: quotations, addresses, paths, whatever follows a word like `password`, and clauses that read like
 * a letter rather than like a fault.
 */
export function redact(text: string, maxChars = MOST_CHARS): string {
  const lines = text
    .slice(0, 4 * MOST_CHARS)
    .replace(UNREADABLE_JSON, `$1 ${GONE} $2`)
    .split(/[\r\n\u2028\u2029]+/);
  const said = lines.map(redactLine).filter((line) => line !== '');
  return collapse(said.join(' ')).slice(0, Math.max(0, maxChars));
}

/** Whether a single word is one that programs use. */
export function isTerm(word: string): boolean {
  return TERMS.has(word.toLowerCase());
}

/** A code that a program gave to an error, as far as it is one that is known. */
export function isErrorCode(code: string): boolean {
  return (
    NAMES.has(code) || (NODE_CODE.test(code) && code.split('_').every((part) => part === 'UND' || isCodePart(part)))
  );
}

const isCodePart = (part: string): boolean =>
  part === 'ERR' || isTerm(part) || FILLERS.has(part.toLowerCase()) || NAMES.has(part);

function redactLine(line: string): string {
  const tokens = hideSecrets(tokensOf(line));
  const clauses: Token[][] = [[]];
  for (const token of tokens) {
    if (token.lead.includes('(')) clauses.push([]);
    clauses.at(-1)?.push(token);
    if (CLAUSE_END.test(token.trail)) clauses.push([]);
  }
  return clauses.map(redactClause).filter(Boolean).join(' ');
}

function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  let quote: string | null = null;
  for (const chunk of line.split(/\s+/)) {
    if (chunk === '') continue;
    const [, lead = '', core = '', trail = ''] = CHUNK.exec(chunk) ?? [];
    if (quote !== null) {
      if (trail.includes(quote)) quote = null;
      tokens.push({ kind: 'quoted', lead: '', core: '', trail: '' });
      continue;
    }
    const opening: string | null = QUOTE.exec(lead)?.[0] ?? null;
    if (opening === null) {
      tokens.push({ kind: kindOf(core, lead + trail), lead, core, trail });
      continue;
    }
    if (!core.includes(opening) && !trail.includes(opening)) quote = opening;
    tokens.push({ kind: 'quoted', lead, core: '', trail });
  }
  return tokens;
}

function kindOf(core: string, around: string): Kind {
  if (core === '') return MARK.test(around) ? 'mark' : 'unknown';
  if (MARK.test(core)) return 'mark';
  if (isErrorCode(core) || LOOPBACK.test(core)) return 'name';
  if (NUMBER.test(core)) return 'number';
  if (!PLAIN_WORD.test(core)) return 'unknown';
  const word = core.toLowerCase();
  if (TERMS.has(word)) return 'term';
  return FILLERS.has(word) ? 'filler' : 'unknown';
}

/** From a word like `password` to the end of the line. */
function hideSecrets(tokens: readonly Token[]): Token[] {
  let isHidden = false;
  return tokens.map((token, at) => {
    const before = tokens[at - 1]?.core.toLowerCase() ?? '';
    const wasHidden = isHidden;
    isHidden ||= announcesSecret(token, before);
    return wasHidden ? { kind: 'quoted', lead: '', core: '', trail: '' } : token;
  });
}

function announcesSecret({ core, kind }: Token, before: string): boolean {
  if (kind === 'quoted' || kind === 'mark') return false;
  const words = core.toLowerCase().split(/[^a-z]+/);
  return words.some((word) => SECRETS.has(word) && HARMLESS[word]?.includes(before) !== true);
}

function redactClause(clause: readonly Token[]): string {
  const count = (...kinds: Kind[]) => clause.filter(({ kind }) => kinds.includes(kind)).length;
  const known = count('term', 'filler', 'name');
  const isFault = count('term', 'name') > 0 && known >= KNOWN_SHARE * (known + count('unknown'));
  return clause.map((token, at) => say(token, isFault, clause[at - 1], clause[at + 1])).join(' ');
}

function say(token: Token, isFault: boolean, before: Token | undefined, after: Token | undefined): string {
  const { kind, lead, core, trail } = token;
  if (kind === 'quoted') return `${lead}${GONE}${trail}`;
  if (kind === 'name') return `${lead}${core}${trail}`;
  const isSaid = kind === 'number' ? isCounted(before, after) : kind !== 'unknown';
  return isFault && isSaid ? `${lead}${core}${trail}` : GONE;
}

/** A number that measures something: a term beside it, and no other number, as in those of cards and telephones. */
function isCounted(before: Token | undefined, after: Token | undefined): boolean {
  const kinds = [before?.kind, after?.kind];
  return (
    kinds.some((kind) => kind === 'term' || kind === 'name') && !kinds.includes('number') && !kinds.includes('mark')
  );
}

function collapse(text: string): string {
  return text.replace(/…(?:[\s"'`,.:;()]*…)+/g, GONE);
}
