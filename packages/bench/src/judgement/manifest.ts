import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A mail of a folder with a manifest, and what is known of it. */
export type Entry = {
  path: string;
  label: 'phish' | 'spam' | 'ham';
  source: string;
  year: number | null;
  kind: string;
  era: string;
  isBrand: boolean;
  cluster: string;
};

/** The mails of `manifest.tsv` that are good or bad; torture is neither. Only `path` and `label` must stand there. */
export async function readManifest(folder: string): Promise<Entry[]> {
  const [head = '', ...lines] = (await readFile(join(folder, 'manifest.tsv'), 'utf8')).trim().split('\n');
  const names = head.split('\t');
  return lines.flatMap((line): Entry[] => {
    const values = line.split('\t');
    const value = (name: string) => values[names.indexOf(name)] ?? '';
    const label = value('label');
    if (label !== 'phish' && label !== 'spam' && label !== 'ham') return [];
    const year = Number.parseInt(value('year'), 10);
    return [
      {
        path: value('path'),
        label,
        source: value('source') || 'own mail',
        year: Number.isNaN(year) ? null : year,
        kind: value('kind'),
        era: value('era') || 'modern',
        isBrand: value('brand') === '1',
        cluster: value('cluster') || value('path'),
      },
    ];
  });
}

/** Phishing that today's users meet. */
export function isRecentPhishing({ label, year }: Entry): boolean {
  return label === 'phish' && year !== null && year >= 2019;
}

export function isModernHam({ label, era }: Entry): boolean {
  return label === 'ham' && era === 'modern';
}

/** Modern transactional, newsletter and personal mail: what must not be flagged. */
export function isEveryday(entry: Entry): boolean {
  return isModernHam(entry) && entry.kind !== 'list';
}
