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

/** Reads a regular expression for text in lower case. Throws `RangeError` in words that go on from "the expression". */
export function parsePattern(source: string): PatternNode {
  let at = 0;
  let depth = 0;

  function readChoice(): PatternNode {
    const nodes = [readRow()];
    while (source[at] === '|') {
      at += 1;
      nodes.push(readRow());
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'choice', nodes };
  }

  function readRow(): PatternNode {
    const nodes: PatternNode[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') nodes.push(readRepeats(readOne()));
    return { kind: 'row', nodes };
  }

  function readRepeats(node: PatternNode): PatternNode {
    const found = QUANTIFIER.exec(source.slice(at, at + 12));
    if (found === null) return node;
    at += found[0].length;
    if (QUANTIFIER.test(source.slice(at, at + 12))) throw new RangeError('repeats a repetition');
    const [min, max] = timesOf(found);
    if (Math.max(min, max ?? 0) > MOST_TIMES) throw new RangeError(`repeats more than ${MOST_TIMES} times`);
    if (max !== null && max < min) throw new RangeError('has a repetition whose end is below its begin');
    return { kind: 'repeat', node, min, max };
  }

  function readOne(): PatternNode {
    const sign = source[at] ?? '';
    at += 1;
    if (sign === '(') return readGroup();
    if (sign === '[') return { kind: 'sign', accepts: readClass() };
    if (sign === '\\') return readEscape();
    if (sign === '^' || sign === '$') return { kind: 'place', place: sign === '^' ? 'start' : 'end' };
    if (sign === '.') return { kind: 'sign', accepts: (code) => code !== 10 && code !== 13 };
    if ('*+?{'.includes(sign)) throw new RangeError(`repeats nothing at ${at}`);
    return { kind: 'sign', accepts: exactly(sign) };
  }

  function readGroup(): PatternNode {
    depth += 1;
    if (depth > MOST_DEPTH) throw new RangeError('has too many groups inside each other');
    if (source[at] === '?') {
      if (source[at + 1] !== ':') throw new RangeError('has look-around, a name or a flag in a group, which is not known');
      at += 2;
    }
    const node = readChoice();
    if (source[at] !== ')') throw new RangeError('has a group without an end');
    at += 1;
    depth -= 1;
    return node;
  }

  function readEscape(): PatternNode {
    const letter = source[at] ?? '';
    if (letter === 'b' || letter === 'B') {
      at += 1;
      return { kind: 'place', place: letter === 'b' ? 'edge' : 'inside' };
    }
    return { kind: 'sign', accepts: readEscaped() };
  }

  function readEscaped(): Accepts {
    const letter = source[at] ?? '';
    at += 1;
    const known = CLASSES[letter];
    if (known !== undefined) return known;
    const hex = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(source.slice(at - 1, at + 4));
    if (hex !== null) {
      at += hex[0].length - 1;
      return exactly(String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? '', 16)));
    }
    if (ESCAPES[letter] !== undefined) return exactly(ESCAPES[letter]);
    if (letter === '' || /[a-z0-9]/i.test(letter)) throw new RangeError(`has \\${letter}, which is not known`);
    return exactly(letter);
  }

  function readClass(): Accepts {
    const isNot = source[at] === '^';
    if (isNot) at += 1;
    const parts: Accepts[] = [];
    while (source[at] !== ']' || parts.length === 0) {
      if (at >= source.length) throw new RangeError('has a class without an end');
      parts.push(readClassPart());
    }
    at += 1;
    const accepts: Accepts = (code) => parts.some((part) => part(code));
    return isNot ? not(accepts) : accepts;
  }

  function readClassPart(): Accepts {
    const sign = source[at] ?? '';
    at += 1;
    if (sign === '\\') return readEscaped();
    const last = source[at + 1];
    if (source[at] !== '-' || last === undefined || last === ']' || last === '\\') return exactly(sign);
    at += 2;
    const [low, high] = [sign.charCodeAt(0), last.charCodeAt(0)];
    if (high < low) throw new RangeError('has a class whose range goes backwards');
    return (code) => {
      const upper = String.fromCharCode(code).toUpperCase().charCodeAt(0);
      return (code >= low && code <= high) || (upper >= low && upper <= high);
    };
  }

  const node = readChoice();
  if (at < source.length) throw new RangeError('has a ) without a (');
  return node;
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
