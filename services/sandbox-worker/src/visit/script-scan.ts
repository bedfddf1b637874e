/** A script without its comments (blanked, so that places stay), and for each place the opening braces around it. */
export type ScannedScript = { code: string; bracesAround(place: number): number[] };

/** One pass over a script: strings are kept, comments blanked, braces paired. Linear; never throws, whatever the text. */
export function scanScript(script: string): ScannedScript {
  const events: { place: number; open: boolean }[] = [];
  const kept: string[] = [];
  let place = 0;
  while (place < script.length) {
    const end = tokenEnd(script, place);
    const token = script.slice(place, end);
    const comment = token.startsWith('//') || token.startsWith('/*') || token.startsWith('<!--');
    kept.push(comment ? ' '.repeat(token.length) : token);
    if (token === '{' || token === '}') events.push({ place, open: token === '{' });
    place = end;
  }
  return { code: kept.join(''), bracesAround: (at) => bracesAround(events, at) };
}

function bracesAround(events: readonly { place: number; open: boolean }[], at: number): number[] {
  const stack: number[] = [];
  for (const event of events) {
    if (event.place >= at) break;
    if (event.open) stack.push(event.place);
    else stack.pop();
  }
  return stack;
}

/** The end of the token at a place: a comment, a string, a run of plain text, or one character. */
function tokenEnd(script: string, place: number): number {
  const start = script[place] ?? '';
  if (script.startsWith('//', place) || script.startsWith('<!--', place)) return indexAfter(script, '\n', place);
  if (script.startsWith('/*', place)) return indexAfter(script, '*/', place + 2);
  if (start === '"' || start === "'" || start === '`') return stringEnd(script, place, start);
  const plain = /[^/"'`{}<]+/y;
  plain.lastIndex = place;
  return plain.test(script) ? plain.lastIndex : place + 1;
}

function indexAfter(script: string, mark: string, from: number): number {
  const found = script.indexOf(mark, from);
  return found === -1 ? script.length : found + mark.length;
}

/** Past the closing quote. A line's end closes a plain string too: the quote was then part of something else. */
function stringEnd(script: string, place: number, quote: string): number {
  for (let at = place + 1; at < script.length; at++) {
    const char = script[at];
    if (char === '\\') at++;
    else if (char === quote) return at + 1;
    else if (char === '\n' && quote !== '`') return at;
  }
  return script.length;
}
