import { VERDICTS } from '@sluice/contracts';
import type { Outcome } from './outcome.ts';

const COLUMNS = [...VERDICTS, 'refused', 'failed'] as const;

/** Counts of outcomes by label, one line a label. */
export function tableOf(outcomes: readonly Outcome[]): string[] {
  const labels = [...new Set(outcomes.map(({ label }) => label))].toSorted();
  const head = [
    'label'.padEnd(10),
    'mails'.padStart(6),
    ...COLUMNS.map((column) => column.padStart(11)),
    'partial'.padStart(8),
  ];
  const rows = labels.map((label) => {
    const mine = outcomes.filter((outcome) => outcome.label === label);
    const counts = COLUMNS.map((column) => String(mine.filter(({ result }) => result === column).length).padStart(11));
    const partial = mine.filter((outcome) => outcome.partial).length;
    return [label.padEnd(10), String(mine.length).padStart(6), ...counts, String(partial).padStart(8)].join('');
  });
  return [head.join(''), ...rows];
}
