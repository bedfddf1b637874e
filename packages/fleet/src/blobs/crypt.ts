import { createHmac } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import { decrypt, encrypt, GCM_BYTES } from '../settings/gcm.ts';
import type { DataKey } from '../settings/seal.ts';

/**
 * Sealed bytes: magic (4), key id (8), and what `encrypt` makes. The context (what the bytes are, and under which name) is
 * authenticated too, so that no sealed thing passes for another.
 */
const MAGIC = Buffer.from([0x00, 0x53, 0x4c, 0x01]);
const KEY_ID_BYTES = 8;
const HEADER_BYTES = MAGIC.length + KEY_ID_BYTES;

/** How much longer sealed bytes are than plain ones. */
export const SEAL_BYTES = HEADER_BYTES + GCM_BYTES;

export function sealBytes(dataKey: DataKey, context: string, plain: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, keyId(dataKey), encrypt(contextKey(dataKey, context), plain, context)]);
}

/** Whether bytes look sealed. Plain ones may look so by intent: where their hash is known, it decides. */
export function isSealed(stored: Uint8Array): boolean {
  return stored.length >= SEAL_BYTES && MAGIC.equals(stored.subarray(0, MAGIC.length));
}

/** The plain bytes, or null where they are damaged or belong elsewhere. Throws `blob-locked` where the key is missing or another. */
export function unsealBytes(dataKey: DataKey | undefined, context: string, stored: Uint8Array): Uint8Array | null {
  if (dataKey === undefined) throw locked('The stored content is encrypted, and no DATA_KEY is set to read it.');
  if (!keyId(dataKey).equals(stored.subarray(MAGIC.length, HEADER_BYTES)))
    throw locked('The stored content is encrypted with another DATA_KEY than the one that is set.');
  return decrypt(contextKey(dataKey, context), stored.subarray(HEADER_BYTES), context);
}

/** A key for each name: random nonces under one key are safe for 2^32 things only (NIST SP 800-38D, 8.3). */
function contextKey(dataKey: DataKey, context: string): Buffer {
  return createHmac('sha256', dataKey).update(`sluice seal\n${context}`).digest();
}

/** Tells a wrong key from damage; says nothing of the key. */
function keyId(dataKey: DataKey): Buffer {
  return createHmac('sha256', dataKey).update('sluice key id').digest().subarray(0, KEY_ID_BYTES);
}

/** An operator can mend it, so it is worth another try. */
function locked(message: string): SluiceError {
  return new SluiceError('blob-locked', message, { disposition: 'retry', httpStatus: 503 });
}
