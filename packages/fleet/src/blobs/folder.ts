import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobRef, SluiceError, TenantId } from '@sluice/contracts';
import type { BlobStore } from './port.ts';

const CAP_BYTES = 64 * 1024 * 1024;

/**
 * Blobs in a folder: `<root>/<tenant>/<first two digits>/<sha256>`, mode 0600. A file appears whole (written aside, then
 * renamed) and is checked against its name when it is read.
 */
export function createFolderBlobStore(root: string): BlobStore {
  const pathOf = (ref: BlobRef): string => {
    const [tenant = '', hash = ''] = BlobRef.parse(ref).split('/');
    return join(root, tenant, hash.slice(0, 2), hash);
  };

  return {
    async put(tenant, bytes, { durable }) {
      if (bytes.byteLength > CAP_BYTES)
        throw new SluiceError('blob-too-large', 'At most 64 MB are stored as one blob.');
      const ref: BlobRef = `${TenantId.parse(tenant)}/${sha256(bytes)}`;
      const path = pathOf(ref);
      if (!(await exists(path))) await writeWhole(path, bytes, durable);
      return ref;
    },

    async get(ref) {
      const bytes = await readFile(pathOf(ref)).catch((error: unknown) => {
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        throw missing
          ? new SluiceError('blob-missing', 'The stored content is not there any more.', { cause: error })
          : new SluiceError('blob-unreadable', 'The stored content cannot be read.', {
              cause: error,
              disposition: 'retry',
            });
      });
      if (sha256(bytes) === ref.split('/')[1]) return bytes;
      throw new SluiceError('blob-damaged', 'The stored content is not what was stored.');
    },
  };
}

async function writeWhole(path: string, bytes: Uint8Array, durable: boolean): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    if (durable) await file.sync();
    await file.close();
    await rename(aside, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw error;
  }
  if (durable) await syncFolder(folder);
}

/** The new name itself must reach the disk too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
