/** A part of a report as plain text, before it becomes Markdown or HTML; it is made inert there. */
export interface Section {
  title: string;
  rows: Row[];
}

export interface Row {
  head: string;
  lines: string[];
}

export const MOST_ROWS = 50;

/** At most 50, and how many more there are. */
export function cut(lines: readonly string[]): string[] {
  return lines.length <= MOST_ROWS
    ? [...lines]
    : [...lines.slice(0, MOST_ROWS), `… and ${lines.length - MOST_ROWS} more`];
}
