/** Properties by their names, in lower case; the last one of a name counts. */
export type Declarations = Map<string, string>;

export type StyleRules = {
  /** What the rules say of an element of this tag, classes and id; null where they say nothing. */
  of: (tag: string, classes: string | null, id: string | null) => Declarations[] | null;
};

const MAX_SHEET_CHARS = 128 * 1024;
const MAX_RULES = 1_000;
const MAX_SELECTOR_CHARS = 2_000;
const MAX_STYLE_CHARS = 4_000;
const MAX_CLASSES = 20;
/** What can make text invisible, or show it again. */
const TELLING = /display|visibility|opacity|color|background|font|height|width|indent|left|top|clip|overflow/i;
/** `.x`, `#x`, `p`, `p.x`: what depends on more than the element itself is left to browsers. */
const SIMPLE = /^[a-z0-9]{0,20}(?:[.#][a-z0-9_-]{1,100})?$/;

export function parseDeclarations(style: string): Declarations {
  const found: Declarations = new Map();
  for (const part of style.slice(0, MAX_STYLE_CHARS).split(';')) {
    const colon = part.indexOf(':');
    if (colon < 0) continue;
    const value = part.slice(colon + 1).replace(/!important/i, '');
    found.set(part.slice(0, colon).trim().toLowerCase(), value.trim().toLowerCase());
  }
  return found;
}

/** The rules of a page's style sheets that hold everywhere: those for narrow screens, printing and dark rooms are left out. */
export function parseStyleRules(sheets: readonly string[]): StyleRules {
  const rules = new Map<string, Declarations>();
  const text = withoutConditions(
    sheets
      .join('\n')
      .slice(0, MAX_SHEET_CHARS)
      .replace(/<!--|-->/g, ''),
  );
  for (const { selectors, body } of blocksOf(text)) {
    if (rules.size >= MAX_RULES) break;
    if (!TELLING.test(body)) continue;
    const declarations = parseDeclarations(body);
    for (const selector of selectors
      .toLowerCase()
      .split(',')
      .map((one) => one.trim())) {
      if (!SIMPLE.test(selector) || selector === '') continue;
      rules.set(selector, new Map([...(rules.get(selector) ?? []), ...declarations]));
    }
  }
  return {
    of: (tag, classes, id) => {
      if (rules.size === 0) return null;
      const names = (classes ?? '')
        .toLowerCase()
        .split(/\s+/, MAX_CLASSES)
        .filter((name) => name !== '');
      const selectors = [tag, ...names.flatMap((name) => [`.${name}`, `${tag}.${name}`])];
      if (id !== null) selectors.push(`#${id.toLowerCase()}`, `${tag}#${id.toLowerCase()}`);
      return selectors.flatMap((selector) => rules.get(selector) ?? []);
    },
  };
}

/** By position: a sheet without braces costs no more than its length. */
function* blocksOf(text: string): Generator<{ selectors: string; body: string }> {
  let from = 0;
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
    const close = text.indexOf('}', open);
    if (close < 0) return;
    yield { selectors: text.slice(from, open).slice(-MAX_SELECTOR_CHARS), body: text.slice(open + 1, close) };
    from = close + 1;
  }
}

/** Takes out `@media … { … { … } }` and its like, by counting braces. */
function withoutConditions(text: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', from)) {
    pieces.push(text.slice(from, at));
    from = endOfBlock(text, at);
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

function endOfBlock(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === ';' && depth === 0) return at + 1;
    if (letter === '{') depth += 1;
    if (letter === '}') {
      depth -= 1;
      if (depth <= 0) return at + 1;
    }
  }
  return text.length;
}
