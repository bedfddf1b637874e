import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Sealed, SluiceError } from '@sluice/contracts';

/** `DATA_KEY`: 32 random bytes. As a key object it shows nothing of itself in a log. */
export type DataKey = KeyObject;

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Throws `bad-data-key` for what is not 32 bytes in base64url (43 characters). */
export function parseDataKey(text: string): DataKey {
  const bytes = /^[\w-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (bytes.byteLength === KEY_BYTES) return createSecretKey(bytes);
  throw new SluiceError('bad-data-key', 'DATA_KEY is not 32 bytes in base64url.');
}

/** `v1.<nonce>.<ciphertext and tag>`, each in base64url: AES-256-GCM with a random nonce. The same secret never looks the same twice. */
export function seal(dataKey: DataKey, plain: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, dataKey, nonce);
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return Sealed.parse(`v1.${nonce.toString('base64url')}.${sealed.toString('base64url')}`);
}

/** Throws `unseal-failed` where the secret was sealed with another key, or was changed. */
export function unseal(dataKey: DataKey, sealed: string): string {
  const [, nonce = '', text = ''] = Sealed.safeParse(sealed).success ? sealed.split('.') : [];
  const bytes = Buffer.from(text, 'base64url');
  try {
    const decipher = createDecipheriv(CIPHER, dataKey, Buffer.from(nonce, 'base64url'), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    // The library's own error says nothing more, and may quote what it was given.
    throw new SluiceError('unseal-failed', 'A sealed secret cannot be opened: it was sealed with another DATA_KEY.');
  }
}
