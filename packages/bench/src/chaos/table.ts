import type { Row } from './fault.ts';

type Cells = readonly [string, ...(string | number)[]];

const HEAD = ['fault', 'on', 'accepted', 'finished', 'lost', 'doubled', 'breaches', 'recovery', 'note'] as const;
/** Columns of words stand to the left. */
const WORDS = new Set(['fault', 'on', 'note']);

/** The rows as a table of Markdown, with columns as wide as they need to be. */
export function tableOf(rows: readonly Row[]): string[] {
  const lines: Cells[] = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, at) => Math.max(...lines.map((cells) => String(cells[at]).length)));
  const rule = HEAD.map((name, at) =>
    WORDS.has(name) ? '-'.repeat(widths[at] ?? 0) : `${'-'.repeat((widths[at] ?? 1) - 1)}:`,
  );
  const write = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell, at) => pad(String(cell), widths[at] ?? 0, WORDS.has(HEAD[at] ?? ''))).join(' | ')} |`;
  return [write(HEAD), write(rule), ...lines.slice(1).map(write)];
}

/** One row by itself, while others are still to come. */
export function lineOf(row: Row): string {
  const { fault, on, accepted, finished, lost, doubled, breaches, seconds, note } = row;
  const counts = `${accepted} accepted, ${finished} finished, ${lost} lost, ${doubled} doubled, ${breaches} breaches`;
  return `${fault} (${on}): ${counts}, recovery ${seconds} s${note === '' ? '' : ` (${note})`}`;
}

function cellsOf(row: Row): Cells {
  const { fault, on, accepted, finished, lost, doubled, breaches, seconds, failures } = row;
  const note = [failures.length === 0 ? '' : '**failed**', row.note].filter(Boolean).join('; ');
  return [`\`${fault}\``, on, accepted, finished, lost, doubled, breaches, `${seconds} s`, note];
}

function pad(text: string, width: number, isWord: boolean): string {
  return isWord ? text.padEnd(width) : text.padStart(width);
}
