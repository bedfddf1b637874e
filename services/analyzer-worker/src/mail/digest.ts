import { hash } from 'node:crypto';

export type Digests = { md5: string; sha1: string; sha256: string };

/** The three hashes that providers ask for, in lower-case hexadecimal. */
export function digestsOf(bytes: Uint8Array): Digests {
  return { md5: hash('md5', bytes), sha1: hash('sha1', bytes), sha256: hash('sha256', bytes) };
}
