/** A regular expression, taken apart. */
export type PatternNode =
  | { kind: 'sign'; accepts: (code: number) => boolean }
  | { kind: 'place'; place: 'start' | 'end' | 'edge' | 'inside' }
  | { kind: 'row' | 'choice'; nodes: PatternNode[] }
  | { kind: 'repeat'; node: PatternNode; min: number; max: number | null };

type Accepts = (code: number) => boolean;

const MOST_TIMES = 100;
const MOST_DEPTH = 20;
const QUANTIFIER = /^(?:([*+?])|\{(\d{1,3})(?:(,)(\d{1,3})?)?\})\??/;

const isDigit: Accepts = (code) => code >= 48 && code <= 57;
const isWordSign: Accepts = (code) => isDigit(code) || (code >= 97 && code <= 122) || code === 95;
const isSpace: Accepts = (code) => /\s/.test(String.fromCharCode(code));
const not =
  (accepts: Accepts): Accepts =>
  (code) =>
    !accepts(code);

const CLASSES: Readonly<Record<string, Accepts>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWordSign,
  W: not(isWordSign),
  s: isSpace,
  S: not(isSpace),
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' };

interface Cursor {
  source: string;
  at: number;
  depth: number;
}

/** Reads a regular expression for text in lower case. Throws `RangeError` in words that go on from "the expression". */
export function parsePattern(source: string): PatternNode {
  const cursor = { source, at: 0, depth: 0 };
  const node = readChoice(cursor);
  if (cursor.at < source.length) throw new RangeError('has a ) without a (');
  return node;
}

/** The sign that comes next. */
function peek({ source, at }: Cursor): string {
  return source[at] ?? '';
}

function take(cursor: Cursor): string {
  const sign = peek(cursor);
  cursor.at += 1;
  return sign;
}

function readChoice(cursor: Cursor): PatternNode {
  const nodes = [readRow(cursor)];
  while (peek(cursor) === '|') {
    cursor.at += 1;
    nodes.push(readRow(cursor));
  }
  return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'choice', nodes };
}

function readRow(cursor: Cursor): PatternNode {
  const nodes: PatternNode[] = [];
  while (!['', '|', ')'].includes(peek(cursor))) nodes.push(readRepeats(readOne(cursor), cursor));
  return { kind: 'row', nodes };
}

function readRepeats(node: PatternNode, cursor: Cursor): PatternNode {
  const ahead = () => QUANTIFIER.exec(cursor.source.slice(cursor.at, cursor.at + 12));
  const found = ahead();
  if (found === null) return node;
  cursor.at += found[0].length;
  if (ahead() !== null) throw new RangeError('repeats a repetition');
  const [min, max] = timesOf(found);
  if (Math.max(min, max ?? 0) > MOST_TIMES) throw new RangeError(`repeats more than ${MOST_TIMES} times`);
  if (max !== null && max < min) throw new RangeError('has a repetition whose end is below its begin');
  return { kind: 'repeat', node, min, max };
}

function readOne(cursor: Cursor): PatternNode {
  const sign = take(cursor);
  switch (sign) {
    case '(':
      return readGroup(cursor);
    case '[':
      return { kind: 'sign', accepts: readClass(cursor) };
    case '\\':
      return readEscape(cursor);
    case '^':
      return { kind: 'place', place: 'start' };
    case '$':
      return { kind: 'place', place: 'end' };
    case '.':
      return { kind: 'sign', accepts: (code) => code !== 10 && code !== 13 };
    default:
      if ('*+?{'.includes(sign)) throw new RangeError(`repeats nothing at ${cursor.at}`);
      return { kind: 'sign', accepts: exactly(sign) };
  }
}

function readGroup(cursor: Cursor): PatternNode {
  cursor.depth += 1;
  if (cursor.depth > MOST_DEPTH) throw new RangeError('has too many groups inside each other');
  if (peek(cursor) === '?') {
    const isPlain = cursor.source[cursor.at + 1] === ':';
    if (!isPlain) throw new RangeError('has look-around, a name or a flag in a group, which is not known');
    cursor.at += 2;
  }
  const node = readChoice(cursor);
  if (take(cursor) !== ')') throw new RangeError('has a group without an end');
  cursor.depth -= 1;
  return node;
}

function readEscape(cursor: Cursor): PatternNode {
  const letter = peek(cursor);
  if (letter !== 'b' && letter !== 'B') return { kind: 'sign', accepts: readEscaped(cursor) };
  cursor.at += 1;
  return { kind: 'place', place: letter === 'b' ? 'edge' : 'inside' };
}

function readEscaped(cursor: Cursor): Accepts {
  const letter = take(cursor);
  const known = CLASSES[letter];
  if (known !== undefined) return known;
  const hex = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(cursor.source.slice(cursor.at - 1, cursor.at + 4));
  if (hex !== null) {
    cursor.at += hex[0].length - 1;
    return exactly(String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? '', 16)));
  }
  if (ESCAPES[letter] !== undefined) return exactly(ESCAPES[letter]);
  if (letter === '' || /[a-z0-9]/i.test(letter)) throw new RangeError(`has \\${letter}, which is not known`);
  return exactly(letter);
}

function readClass(cursor: Cursor): Accepts {
  const isNot = peek(cursor) === '^';
  if (isNot) cursor.at += 1;
  const parts: Accepts[] = [];
  while (peek(cursor) !== ']' || parts.length === 0) {
    if (peek(cursor) === '') throw new RangeError('has a class without an end');
    parts.push(readClassPart(cursor));
  }
  cursor.at += 1;
  const accepts: Accepts = (code) => parts.some((part) => part(code));
  return isNot ? not(accepts) : accepts;
}

function readClassPart(cursor: Cursor): Accepts {
  const sign = take(cursor);
  if (sign === '\\') return readEscaped(cursor);
  const last = cursor.source[cursor.at + 1];
  if (peek(cursor) !== '-' || last === undefined || last === ']' || last === '\\') return exactly(sign);
  cursor.at += 2;
  const [low, high] = [sign.charCodeAt(0), last.charCodeAt(0)];
  if (high < low) throw new RangeError('has a class whose range goes backwards');
  return (code) => {
    const upper = String.fromCharCode(code).toUpperCase().charCodeAt(0);
    return (code >= low && code <= high) || (upper >= low && upper <= high);
  };
}

function timesOf([, short, from, comma, to]: RegExpExecArray): [number, number | null] {
  if (short !== undefined) return [short === '+' ? 1 : 0, short === '?' ? 1 : null];
  const min = Number(from);
  return [min, comma === undefined ? min : to === undefined ? null : Number(to)];
}

/** Texts are read in lower case. */
function exactly(sign: string): Accepts {
  const code = sign.toLowerCase().charCodeAt(0);
  return (other) => other === code;
}
