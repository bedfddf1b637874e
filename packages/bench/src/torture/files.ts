import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

export interface TortureOptions {
  folder: string;
  /** Damaged copies to be read instead of the files themselves; 0: the files as they are. */
  fuzz: number;
  seed: number;
}

const USAGE = 'usage: npm run bench -- torture DIR [--fuzz COUNT] [--seed NUMBER]';

export function readOptions(words: string[]): TortureOptions {
  const options = { fuzz: { type: 'string' }, seed: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  const [folder] = positionals;
  const fuzz = Number(values.fuzz ?? 0);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (folder === undefined || !Number.isInteger(fuzz) || !Number.isInteger(seed)) throw new Error(USAGE);
  return { folder, fuzz, seed };
}

export interface TortureFile {
  name: string;
  read: () => Promise<Buffer>;
  /** The bytes as a mail: as they are, or attached to one. */
  asMail: (bytes: Buffer) => Buffer;
}

/** Every file below a folder, in the order of their names. */
export async function findFiles(folder: string): Promise<TortureFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => ({
      name: basename(path),
      read: () => readFile(path),
      asMail: (bytes) => (path.endsWith('.eml') ? bytes : attached(basename(path), bytes)),
    }));
}

/** A mail that carries the file. */
function attached(name: string, bytes: Buffer): Buffer {
  const safeName = name.replaceAll(/[^\w.-]/g, '_');
  const lines = [
    'From: Ann <ann@example.com>',
    'To: bob@example.org',
    'Subject: A file',
    'MIME-Version: 1.0',
    `Content-Type: application/octet-stream; name="${safeName}"`,
    `Content-Disposition: attachment; filename="${safeName}"`,
    'Content-Transfer-Encoding: base64',
    '',
    bytes.toString('base64').replaceAll(/.{76}/g, '$&\r\n'),
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}
