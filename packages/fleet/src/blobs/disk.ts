import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createRounds } from './rounds.ts';

/** Brings an open file or folder to the disk. */
export type SyncFile = (handle: FileHandle, path: string) => Promise<void>;

/** Names of folders that are known to be on disk; when there are more, they are synced again. */
const MOST_NAMES = 100_000;
/** A folder above ours that we may not open, or that cannot be synced, was not made by us. */
const NOT_OURS = ['EACCES', 'EPERM', 'EROFS', 'EINVAL'];

/**
 * Files that survive a power cut. A new file is on disk when its bytes, its name in its folder, and the names of all new
 * folders above it are (fsync(2): syncing a file does not sync the entry in its folder).
 */
export function createDisk(sync: SyncFile = (handle) => handle.sync()) {
  const named = new Set<string>();
  const syncFolder = createRounds(async (folder) => {
    const handle = await open(folder, 'r');
    try {
      await sync(handle, folder);
    } finally {
      await handle.close();
    }
  });

  return {
    /** Writes a new file, mode 0600. */
    async write(path: string, bytes: Uint8Array, durable: boolean): Promise<void> {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        if (durable) await sync(file, path);
      } finally {
        await file.close();
      }
    },

    /** Notes that a folder, or those from `first` down to it, were made just now. */
    made(folder: string, first: string | undefined): void {
      if (first === undefined) return;
      for (let at = folder; at.length >= first.length; at = dirname(at)) named.delete(at);
    },

    /** The names in a folder are on disk, its own and those of the folders above it too. */
    async syncName(folder: string): Promise<void> {
      await syncFolder(folder);
      for (let at = folder; !named.has(at) && dirname(at) !== at; at = dirname(at)) {
        await syncFolder(dirname(at)).catch(unlessNotOurs);
        if (named.size >= MOST_NAMES) named.clear();
        named.add(at);
      }
    },
  };
}

function unlessNotOurs(error: unknown): void {
  if (!NOT_OURS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}
