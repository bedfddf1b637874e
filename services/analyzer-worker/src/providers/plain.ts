/** Control characters, and those that turn or hide text (bidirectional marks, zero-width characters, tags). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** A vendor's words as one line of plain text, cut at `maxChars` without splitting a letter. */
export function plain(text: string, maxChars: number): string {
  // What is far beyond the cut is not worth cleaning.
  const line = text
    .slice(0, 8 * maxChars)
    .toWellFormed()
    .replaceAll(UNSEEN, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (line.length <= maxChars && text.length <= 8 * maxChars) return line;
  return `${line.slice(0, maxChars - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

export function isoDate(epochSeconds: number | undefined): string | undefined {
  if (epochSeconds === undefined || !(epochSeconds > 0 && epochSeconds < 1e11)) return undefined;
  return new Date(1_000 * epochSeconds).toISOString().slice(0, 10);
}
