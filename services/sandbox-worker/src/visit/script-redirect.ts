import { type ScannedScript, scanScript } from './script-scan.ts';

const HEADER_CHARS = 200;
const PLACES = 200;

const OBJECT = String.raw`(?:(?:window|document|self|top|parent|globalThis)\s{0,8}\.\s{0,8}){0,3}`;
const NAVIGATION = new RegExp(
  String.raw`(?<![\w$.])${OBJECT}location\s{0,8}(?:(?:\.\s{0,8}href\s{0,8})?=(?!=)|\.\s{0,8}(?:replace|assign)\s{0,8}\()\s{0,40}`,
  'g',
);
const LITERAL =
  /\s{0,40}(?:"((?:[^"\\\n]|\\.){0,8192})"|'((?:[^'\\\n]|\\.){0,8192})'|`((?:[^`\\$]|\\.){0,8192})`)\s{0,40}/y;
/** Events that fire without the visitor's doing. */
const BY_ITSELF = /^(?:load|DOMContentLoaded|pageshow|readystatechange)$/;

/**
 * The first place to which a page's scripts visibly send the visitor: `location = '…'`, `.href = '…'`, `.replace('…')`, `.assign('…')`,
 * also of window, document, self, top and parent; literals may be joined by `+`. What stands in a comment, in a function that nothing
 * names, or in a handler that waits for the visitor does not count. Null when there is none. It reads, it never runs anything.
 */
export function scriptRedirect(scripts: readonly string[]): string | null {
  const scanned = scripts.map((script) => scanScript(script));
  const everything = scanned.map((script) => script.code).join('\n');
  for (const script of scanned) {
    const target = redirectIn(script, everything);
    if (target !== null) return target;
  }
  return null;
}

function redirectIn(scanned: ScannedScript, everything: string): string | null {
  if (!scanned.code.includes('location')) return null;
  let looked = 0;
  for (const match of scanned.code.matchAll(NAVIGATION)) {
    if (++looked > PLACES) return null;
    const target = literalAt(scanned.code, match.index + match[0].length);
    if (target !== null && runsByItself(scanned, match.index, everything)) return target;
  }
  return null;
}

/** The text of one literal or of several joined by `+`; null when anything else takes part. */
function literalAt(code: string, place: number): string | null {
  let text = '';
  let at = place;
  for (;;) {
    LITERAL.lastIndex = at;
    const match = LITERAL.exec(code);
    if (!match) return null;
    text += unescapeText(match[1] ?? match[2] ?? match[3] ?? '');
    at = LITERAL.lastIndex;
    if (code[at] !== '+') return /^[.[?]/.test(code.slice(at, at + 1)) ? null : text;
    at++;
  }
}

function unescapeText(text: string): string {
  return text.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,5})\}|(.))/gis, (_, x, u, brace, other) => {
    const hex: string | undefined = x ?? u ?? brace;
    return hex === undefined ? String(other) : String.fromCodePoint(Number.parseInt(hex, 16));
  });
}

function runsByItself(scanned: ScannedScript, place: number, everything: string): boolean {
  return scanned.bracesAround(place).every((brace) => {
    const header = scanned.code.slice(Math.max(0, brace - HEADER_CHARS), brace);
    return !isUnnamedElsewhere(everything, header) && !waitsForVisitor(header);
  });
}

/** `function go() {` or `const go = () => {` whose name is written nowhere else. */
function isUnnamedElsewhere(code: string, header: string): boolean {
  const named =
    /function\s{1,8}([\w$]{1,80})\s{0,8}\([^()]{0,100}\)\s{0,8}$/.exec(header) ??
    /(?:const|let|var)\s{1,8}([\w$]{1,80})\s{0,8}=\s{0,8}(?:async\s{1,8})?(?:function\s{0,8})?\(?[^()=]{0,100}\)?\s{0,8}(?:=>)?\s{0,8}$/.exec(
      header,
    );
  const name = named?.[1];
  return name !== undefined && code.split(name).length <= 2;
}

function waitsForVisitor(header: string): boolean {
  const handler =
    /(?:addEventListener\s{0,8}\(\s{0,8}['"](\w{1,40})['"]\s{0,8},|\.on(\w{1,40})\s{0,8}=)\s{0,8}(?:async\s{1,8})?(?:function)?[^{};=]{0,100}(?:=>)?\s{0,8}$/.exec(
      header,
    );
  const event = handler?.[1] ?? handler?.[2];
  return event !== undefined && !BY_ITSELF.test(event);
}
