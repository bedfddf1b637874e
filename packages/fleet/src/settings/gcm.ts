import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How much longer encrypted bytes are than plain ones. */
export const GCM_BYTES = NONCE_BYTES + TAG_BYTES;

/** AES-256-GCM with a random nonce: nonce, ciphertext, tag. The context is authenticated too, and not stored. */
export function encrypt(key: KeyObject | Buffer, plain: Uint8Array, context = ''): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The plain bytes; null where they were changed, or encrypted with another key or for another context. */
export function decrypt(key: KeyObject | Buffer, bytes: Uint8Array, context = ''): Buffer | null {
  if (bytes.length < GCM_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // The library's own error says nothing more.
    return null;
  }
}
