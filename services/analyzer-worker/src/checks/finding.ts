import type { Evidence, Finding } from '@sluice/contracts';

const MAX_EVIDENCE = 5;
const MAX_QUOTE_CHARS = 300;

/** Around what was found, so that a reader sees what it is about. */
const CHARS_BEFORE = 40;
const CHARS_AFTER = 80;

/** A finding whose evidence stands once each and is cut to what a report can hold; none where there is no evidence. */
export function findingFrom(finding: Finding): Finding[] {
  if (finding.evidence.length === 0) return [];
  const once = new Map(finding.evidence.map((one) => [`${one.where} ${one.quote}`, one]));
  return [{ ...finding, evidence: [...once.values()].slice(0, MAX_EVIDENCE) }];
}

/** What stands around some places of a text; places near each other share a quote. */
export function quotesAround(where: string, text: string, places: readonly number[]): Evidence[] {
  const spans: { from: number; to: number }[] = [];
  for (const place of places.toSorted((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last !== undefined && place < last.to) last.to = place + CHARS_AFTER;
    else spans.push({ from: Math.max(0, place - CHARS_BEFORE), to: place + CHARS_AFTER });
  }
  return spans.map(({ from, to }) => quoteOf(where, wholeWords(text, from, to)));
}

/** Without the halves of words at its ends. */
function wholeWords(text: string, from: number, to: number): string {
  const front = from === 0 ? '' : '…';
  const end = to >= text.length ? '' : '…';
  const cut = text.slice(from, to);
  const first = from === 0 ? 0 : cut.search(/(?<=\s)\S/);
  const last = to >= text.length ? cut.length : cut.search(/\s\S*$/);
  return first < 0 || last <= first ? cut : `${front}${cut.slice(first, last)}${end}`;
}

export function quoteOf(where: string, text: string): Evidence {
  const line = text.replace(/\s+/g, ' ').trim();
  return { where, quote: line.length > MAX_QUOTE_CHARS ? `${line.slice(0, MAX_QUOTE_CHARS - 1)}…` : line };
}
