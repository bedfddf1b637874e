import { safeText, visible } from '@sluice/contracts';
import type { Paint, Part } from './words.ts';

/** A value of a table. `text` is made safe; `plain` too, but its URLs stay as they are: it is our own. Null is nothing. */
export type Cell = string | number | null | { plain: string } | { text: string; part: Part };

export interface Layout {
  /** Characters in a line. */
  width: number;
  paint: Paint;
}

const GAP = '  ';
const MOST_CHARS = 60;
const LEAST_CHARS = 12;

/** Columns as wide as what stands in them; the last one takes what room there is. A head of null: names and values. */
export function tableLines(
  head: readonly string[] | null,
  rows: readonly (readonly Cell[])[],
  { width, paint }: Layout,
): string[] {
  const texts = rows.map((row) => row.map(textOf));
  const all = head === null ? texts : [head, ...texts];
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: Math.max(0, columns - 1) }, (_, at) =>
    Math.min(MOST_CHARS, Math.max(0, ...all.map((row) => row[at]?.length ?? 0))),
  );
  const used = widths.reduce((sum, chars) => sum + chars + GAP.length, 0);
  const room = Math.max(LEAST_CHARS, width - used);
  const draw = (row: readonly string[], paintOf: (at: number) => Part | null) =>
    row
      .map((text, at) => {
        const isLast = at === columns - 1;
        const cut = cutTo(text, isLast ? room : (widths[at] ?? 0));
        const part = paintOf(at);
        const padding = isLast ? '' : ' '.repeat(Math.max(0, (widths[at] ?? 0) - cut.length));
        return (part === null ? cut : paint(part, cut)) + padding;
      })
      .join(GAP)
      .trimEnd();
  const body = rows.map((row, at) =>
    draw(texts[at] ?? [], (column) => partOf(row[column], head === null && column === 0)),
  );
  return head === null ? body : [draw(head, () => 'title'), ...body];
}

function partOf(cell: Cell | undefined, isName: boolean): Part | null {
  if (isName) return 'quote';
  return typeof cell === 'object' && cell !== null && 'part' in cell ? cell.part : null;
}

function textOf(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'number') return String(cell);
  if (typeof cell === 'string') return safeText(cell);
  return 'plain' in cell ? visible(cell.plain) : safeText(cell.text);
}

function cutTo(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, Math.max(1, chars - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `2026-11-22 10:34:36`, in UTC. */
export function moment(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** A length of time for people: `850 ms`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function duration(ms: number | null): string | null {
  if (ms === null) return null;
  const steps: [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ];
  const step = steps.find(([unitMs]) => ms >= unitMs * 2) ?? (ms >= 1_000 ? ([1_000, 's'] as const) : null);
  return step === null ? `${Math.round(ms)} ms` : `${Math.round(ms / step[0])} ${step[1]}`;
}

/** `3.4 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const at = count < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${at === 0 ? count : (count / 1_000 ** at).toFixed(1)} ${units[at]}`;
}
