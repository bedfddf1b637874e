import { createHash } from 'node:crypto';
import { BlobRef, SluiceError, TenantId } from '@sluice/contracts';
import type { DataKey } from '../settings/seal.ts';
import { isSealed, SEAL_BYTES, sealBytes, unsealBytes } from './crypt.ts';
import type { BlobEntry, BlobStore, Objects } from './port.ts';
import { isLeftMark, putForGood, removeOlder } from './sweep.ts';

const CAP_BYTES = 64 * 1024 * 1024;
/** The most that one object can be as it is stored. */
export const STORED_CAP_BYTES = CAP_BYTES + SEAL_BYTES;

const KEY = /^([a-z0-9][a-z0-9-]{0,62})\/([0-9a-f]{2})\/(\2[0-9a-f]{62})$/;

/** Blobs on top of any store of objects: `<tenant>/<first two digits>/<sha256>`, encrypted where there is a key. */
export function createBlobStore(objects: Objects, dataKey?: DataKey): BlobStore {
  return {
    async put(tenant, bytes, { durable }) {
      if (bytes.byteLength > CAP_BYTES)
        throw new SluiceError('blob-too-large', 'At most 64 MB are stored as one blob.');
      const ref: BlobRef = `${TenantId.parse(tenant)}/${sha256(bytes)}`;
      const stored = dataKey === undefined ? bytes : sealBytes(dataKey, ref, bytes);
      // What is to survive a power cut is always written: nobody knows whether what is there already would.
      const options = durable ? { durable } : { durable, isSame: (older: Uint8Array) => isReadable(ref, older) };
      await putForGood({ objects }, keyOf(ref), stored, options).catch(unwritable);
      return ref;
    },

    async get(ref) {
      const stored = await objects.get(keyOf(ref)).catch(unreadable);
      if (stored !== null) return read(ref, stored);
      throw new SluiceError('blob-missing', 'The stored content is not there any more.');
    },

    async remove(ref, { unlessPutSinceMs } = {}) {
      const key = keyOf(ref);
      const removal =
        unlessPutSinceMs === undefined ? objects.remove(key) : removeOlder({ objects }, key, unlessPutSinceMs);
      await removal.catch(unwritable);
    },

    async *list(tenant) {
      const folder = tenant === undefined ? '' : `${TenantId.parse(tenant)}/`;
      try {
        for await (const { key, bytes, modifiedMs } of objects.list({ folder })) {
          const ref = refOf(key);
          if (ref !== null) yield { ref, storedBytes: bytes, modifiedMs } satisfies BlobEntry;
          else if (isLeftMark({ key, modifiedMs }, Date.now())) await objects.remove(key);
        }
      } catch (error) {
        unreadable(error);
      }
    },
  };

  /** Encrypted bytes are proved by their tag, plain ones (written without a key) by their hash. */
  function read(ref: BlobRef, stored: Uint8Array): Uint8Array {
    const isPlain = () => sha256(stored) === ref.split('/')[1];
    try {
      const plain = isSealed(stored) ? unsealBytes(dataKey, ref, stored) : null;
      if (plain !== null) return plain;
    } catch (error) {
      if (!isPlain()) throw error;
    }
    if (isPlain()) return stored;
    throw new SluiceError('blob-damaged', 'The stored content is not what was stored.');
  }

  function isReadable(ref: BlobRef, stored: Uint8Array): boolean {
    try {
      read(ref, stored);
      return true;
    } catch {
      return false;
    }
  }
}

/** For `catch`: the store cannot be read just now. Errors that have a code pass. */
export function unreadable(error: unknown): never {
  if (error instanceof SluiceError) throw error;
  throw new SluiceError('blob-unreadable', 'The stored content cannot be read just now.', {
    cause: error,
    disposition: 'retry',
    httpStatus: 503,
  });
}

/** For `catch`: the store cannot be written just now. */
export function unwritable(error: unknown): never {
  if (error instanceof SluiceError) throw error;
  throw new SluiceError('blob-unwritable', 'The content cannot be stored just now.', {
    cause: error,
    disposition: 'retry',
    httpStatus: 503,
  });
}

function keyOf(ref: BlobRef): string {
  const [tenant = '', hash = ''] = BlobRef.parse(ref).split('/');
  return `${tenant}/${hash.slice(0, 2)}/${hash}`;
}

function refOf(key: string): BlobRef | null {
  const [, tenant, , hash] = KEY.exec(key) ?? [];
  return hash === undefined ? null : `${tenant}/${hash}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
