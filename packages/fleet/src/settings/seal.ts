import { createSecretKey, type KeyObject } from 'node:crypto';
import { Sealed, SluiceError } from '@sluice/contracts';
import { decrypt, encrypt, NONCE_BYTES } from './gcm.ts';

/** `DATA_KEY`: 32 random bytes. As a key object it shows nothing of itself in a log. */
export type DataKey = KeyObject;

const KEY_BYTES = 32;

/** Throws `bad-data-key` for what is not 32 bytes in base64url (43 characters). */
export function parseDataKey(text: string): DataKey {
  const bytes = /^[\w-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (bytes.byteLength === KEY_BYTES) return createSecretKey(bytes);
  throw new SluiceError('bad-data-key', 'DATA_KEY is not 32 bytes in base64url.');
}

/** `v1.<nonce>.<ciphertext and tag>`, each in base64url. The same secret never looks the same twice. */
export function seal(dataKey: DataKey, plain: string): string {
  const sealed = encrypt(dataKey, Buffer.from(plain, 'utf8'));
  const [nonce, rest] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  return Sealed.parse(`v1.${nonce.toString('base64url')}.${rest.toString('base64url')}`);
}

/** Throws `unseal-failed` where the secret was sealed with another key, or was changed. */
export function unseal(dataKey: DataKey, sealed: string): string {
  const [, nonce = '', rest = ''] = Sealed.safeParse(sealed).success ? sealed.split('.') : [];
  const plain = decrypt(dataKey, Buffer.concat([Buffer.from(nonce, 'base64url'), Buffer.from(rest, 'base64url')]));
  if (plain !== null) return plain.toString('utf8');
  throw new SluiceError('unseal-failed', 'A sealed secret cannot be opened: it was sealed with another DATA_KEY.');
}
