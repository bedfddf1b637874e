import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

const ID_CHARS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const SHAPE = /^slu_([a-z0-9]{12})_[\w-]{43}$/;

/** What is shorter than this is no key of any kind, and so no guess. */
export const SHORTEST_KEY_CHARS = 16;

export interface NewKey {
  id: string;
  /** The whole key. It is shown once and kept nowhere. */
  key: string;
  hash: string;
  prefix: string;
}

/** A new API key, `slu_<id>_<secret>`. The id is no secret; the secret has 256 bits, so that a plain SHA-256 hides it. */
export function makeKey(): NewKey {
  const id = Array.from({ length: ID_LENGTH }, () => ID_CHARS[randomInt(ID_CHARS.length)]).join('');
  const key = `slu_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, key, hash: hashOf(key), prefix: `slu_${id}` };
}

/** The id in a key; null where the text has not the shape of one. */
export function idOf(key: string): string | null {
  return SHAPE.exec(key)?.[1] ?? null;
}

/** SHA-256 in hexadecimal digits, as keys and session tokens are stored. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares in constant time. */
export function isSameHash(given: string, stored: string): boolean {
  const [a, b] = [Buffer.from(given, 'hex'), Buffer.from(stored, 'hex')];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
