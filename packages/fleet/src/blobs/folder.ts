import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createDisk, type SyncFile } from './disk.ts';
import type { BlobStore, Objects, StoredObject } from './port.ts';
import { createBlobStore } from './store.ts';

/** What a crash left half-written is nobody's after this time. */
const LEFTOVER_MS = 24 * 3_600_000;
const LEFTOVER = /\.part$/;

interface FolderConfig {
  root: string;
  nowMs?: () => number;
  /** How a file or folder reaches the disk; tests listen in. */
  sync?: SyncFile;
}

/** Blobs in a folder, not encrypted: `<root>/<tenant>/<first two digits>/<sha256>`, mode 0600. */
export function createFolderBlobStore(root: string): BlobStore {
  return createBlobStore(createFolderObjects({ root }));
}

/**
 * Objects as files below a folder. A file appears whole: written aside as `<name>.<random>.part`, then renamed. Listing removes
 * such files of crashes more than a day ago.
 */
export function createFolderObjects({ root, nowMs = Date.now, sync }: FolderConfig): Objects {
  const top = resolve(root);
  const disk = createDisk(sync);
  const pathOf = (key: string): string => join(top, ...key.split('/'));

  return {
    async put(key, bytes, { durable, isSame }) {
      const path = pathOf(key);
      if (isSame !== undefined && (await keepSame(path, isSame))) return;
      const folder = dirname(path);
      disk.made(folder, await mkdir(folder, { recursive: true, mode: 0o700 }));
      const aside = asideOf(path);
      try {
        await disk.write(aside, bytes, durable);
        await rename(aside, path);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
      if (durable) await disk.syncName(folder);
    },

    async create(key) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return await disk.write(path, new Uint8Array(), false).then(
        () => true,
        (error: unknown) => {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
          throw error;
        },
      );
    },

    get: (key) => orNull(readFile(pathOf(key))),

    putMs: async (key) => (await orNull(stat(pathOf(key))))?.mtimeMs ?? null,

    remove: (key) => rm(pathOf(key), { force: true }),

    list: ({ folder, after }) => walk(folder, after),
  };

  async function keepSame(path: string, isSame: (stored: Uint8Array) => boolean): Promise<boolean> {
    const now = new Date(nowMs());
    // Touched before it is read: a sweep may be looking at it.
    const stored = await orNull(utimes(path, now, now).then(() => readFile(path)));
    return stored !== null && isSame(stored);
  }

  async function* walk(folder: string, after: string | undefined): AsyncGenerator<StoredObject> {
    const entries = (await orNull(readdir(join(top, folder), { withFileTypes: true }))) ?? [];
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const key = `${folder}${entry.name}`;
      if (entry.isDirectory()) yield* walk(`${key}/`, after);
      else if (after === undefined || key > after) yield* look(key);
    }
  }

  async function* look(key: string): AsyncGenerator<StoredObject> {
    const found = await orNull(stat(pathOf(key)));
    if (found === null) return;
    if (!LEFTOVER.test(key)) yield { key, bytes: found.size, modifiedMs: found.mtimeMs };
    else if (found.mtimeMs < nowMs() - LEFTOVER_MS) await rm(pathOf(key), { force: true });
  }
}

function asideOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.part`;
}

/** Null where the file or folder is not there. */
async function orNull<T>(result: Promise<T>): Promise<T | null> {
  return result.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
}
