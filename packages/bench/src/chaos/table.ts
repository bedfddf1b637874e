import type { Row } from './fault.ts';

const WIDTHS = [20, 9, 9, 6, 8, 9, 9] as const;

export function headOf(): string {
  return columns(['fault', 'accepted', 'finished', 'lost', 'doubled', 'breaches', 'recovery']) + '  note';
}

export function lineOf(row: Row): string {
  const { fault, accepted, finished, lost, doubled, breaches, seconds, note } = row;
  return `${columns([fault, accepted, finished, lost, doubled, breaches, `${seconds} s`])}  ${note}`.trimEnd();
}

function columns(values: readonly (string | number)[]): string {
  return values
    .map((value, at) => (at === 0 ? String(value).padEnd(WIDTHS[at] ?? 0) : String(value).padStart(WIDTHS[at] ?? 0)))
    .join('');
}
