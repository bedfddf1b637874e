import { createReadStream, type Stats } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observable } from '../submit.ts';
import { MAIL_CAP_BYTES } from '@sluice/contracts';
import { type MboxEntry, splitMbox, startsLikeMbox } from '@sluice/contracts/mbox';

export const STANDARD_INPUT = 'standard input';

/** One thing to scan, or why it cannot be. `name` is what the user knows it by. */
export type Item = { name: string } & ({ mail: Uint8Array } | { observable: Observable } | { problem: string });

export interface FilesConfig {
  /** What a path is relative to. */
  resolve(path: string): string;
  stdin: AsyncIterable<Uint8Array>;
}

/**
 * Every mail of the files, folders and mboxes in the order given, folders by name and without hidden files. A mail is read when
 * it is asked for. What cannot be read becomes an item with a problem.
 */
export async function* readItems(paths: readonly string[], config: FilesConfig): AsyncGenerator<Item, void> {
  for (const path of paths) {
    if (path === '-') yield* fromStream(STANDARD_INPUT, config.stdin);
    else yield* fromPath(path, config.resolve(path));
  }
}

async function* fromPath(name: string, path: string): AsyncGenerator<Item, void> {
  try {
    const about = await stat(path);
    if (about.isDirectory()) yield* fromFolder(name, path);
    else if (about.isFile()) yield* fromFile(name, path, about);
    else yield* fromStream(name, createReadStream(path));
  } catch (error) {
    yield { name, problem: reasonOf(error) };
  }
}

async function* fromFolder(name: string, path: string): AsyncGenerator<Item, void> {
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !entry.name.startsWith('.'));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  let isEmpty = true;
  for (const entry of entries) {
    const within = [join(name, entry.name), join(path, entry.name)] as const;
    if (entry.isDirectory() || entry.isFile()) {
      yield* fromPath(...within);
      isEmpty = false;
    } else if (entry.isSymbolicLink() && (await isFile(within[1]))) {
      yield* fromPath(...within);
      isEmpty = false;
    }
  }
  if (isEmpty) yield { name, problem: 'There is no file in this folder.' };
}

/** A link to a folder is not followed: it may lead back. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return true;
  }
}

async function* fromFile(name: string, path: string, { size }: Stats): AsyncGenerator<Item, void> {
  if (await isMbox(path)) yield* numbered(name, splitMbox(createReadStream(path), MAIL_CAP_BYTES));
  else if (size > MAIL_CAP_BYTES) yield { name, problem: tooLarge(size) };
  else yield { name, mail: await readFile(path) };
}

/** By its ending, or because there is more than one mail in it. */
async function isMbox(path: string): Promise<boolean> {
  if (!startsLikeMbox(await readHead(path))) return false;
  if (/\.mbox$/i.test(path)) return true;
  let mails = 0;
  for await (const _ of splitMbox(createReadStream(path), MAIL_CAP_BYTES)) {
    mails += 1;
    if (mails > 1) return true;
  }
  return false;
}

async function readHead(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function* numbered(name: string, entries: AsyncIterable<MboxEntry>): AsyncGenerator<Item, void> {
  let number = 0;
  for await (const entry of entries) {
    number += 1;
    yield fromEntry(`${name}#${number}`, entry);
  }
  if (number === 0) yield { name, problem: 'There is no mail in this file.' };
}

function fromEntry(name: string, entry: MboxEntry): Item {
  return 'mail' in entry ? { name, mail: entry.mail } : { name, problem: tooLarge(entry.tooLargeBytes) };
}

/** A pipe tells neither its size nor its name, so it is one mail. */
async function* fromStream(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Item, void> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAIL_CAP_BYTES) {
      yield { name, problem: tooLarge() };
      return;
    }
    pieces.push(chunk);
  }
  yield { name, mail: Buffer.concat(pieces) };
}

function tooLarge(bytes?: number): string {
  const found = bytes === undefined ? '' : `; this one has ${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `A mail may have 25 MB at most${found}.`;
}

const REASONS: Record<string, string> = {
  ENOENT: 'There is no such file.',
  EACCES: 'It may not be read.',
  EPERM: 'It may not be read.',
  ELOOP: 'Its links lead in a circle.',
};

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? `It cannot be read (${code === '' ? message : code}).`;
}
