import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface CorpusFile {
  path: string;
  /** The folder that it lies in. */
  label: string;
}

/** Every `.eml` file below a folder, in the order of their names. */
export async function findMails(folder: string): Promise<CorpusFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.eml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => ({ path, label: basename(dirname(path)) }));
}
