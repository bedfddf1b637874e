import { createCipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';

/** An entry that is locked with AES. */
export type SealedEntry = {
  name: string;
  /** Of the key, in bytes. */
  keyBytes: number;
  /** 0 as it is, 8 deflated. */
  method: number;
  /** Salt, two bytes that tell a wrong password, content, seal. */
  packed: Uint8Array;
};

const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const AES_METHOD = 99;
const AES_FIELD = 0x9901;
const KEY_BYTES: Readonly<Record<number, number>> = { 1: 16, 2: 24, 3: 32 };
const ROUNDS = 1000;
const CHECK_BYTES = 2;
const SEAL_BYTES = 10;
const BLOCK_BYTES = 16;
const BLOCKS_AT_ONCE = 4096;

/**
 * The entries of a zip that are locked with AES, which libarchive without a crypto library only names. Empty for what is no zip, or a broken one.
 *
 * Source: PKWARE APPNOTE 4.3, and WinZip's "AES Encryption Information" (AE-1, AE-2).
 */
export function sealedEntries(bytes: Uint8Array, maxEntries: number): SealedEntry[] {
  const zip = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: SealedEntry[] = [];
  try {
    const end = endOf(zip);
    if (end === null) return [];
    const directory = zip.getUint32(end + 16, true);
    // Where something stands before the zip, as in an archive that unpacks itself, all places are moved by as much.
    const moved = end - zip.getUint32(end + 12, true) - directory;
    let at = directory + moved;
    for (let count = 0; count < maxEntries && at < end && zip.getUint32(at, true) === ENTRY; count += 1) {
      const entry = sealedAt(zip, at, moved);
      if (entry !== null) found.push(entry);
      at += ENTRY_BYTES + zip.getUint16(at + 28, true) + zip.getUint16(at + 30, true) + zip.getUint16(at + 32, true);
    }
    return found;
  } catch {
    return found;
  }
}

function endOf(zip: DataView): number | null {
  const last = zip.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at -= 1) {
    if (zip.getUint32(at, true) === END) return at;
  }
  return null;
}

function sealedAt(zip: DataView, at: number, moved: number): SealedEntry | null {
  if (zip.getUint16(at + 10, true) !== AES_METHOD) return null;
  const nameBytes = zip.getUint16(at + 28, true);
  const field = aesField(zip, at + ENTRY_BYTES + nameBytes, zip.getUint16(at + 30, true));
  const local = zip.getUint32(at + 42, true) + moved;
  if (field === null || zip.getUint32(local, true) !== LOCAL) return null;
  const start = local + LOCAL_BYTES + zip.getUint16(local + 26, true) + zip.getUint16(local + 28, true);
  return {
    ...field,
    name: pieceOf(zip, at + ENTRY_BYTES, nameBytes).toString('utf8'),
    packed: pieceOf(zip, start, zip.getUint32(at + 20, true)),
  };
}

/** Never more than the zip holds, whatever it says. */
function pieceOf(zip: DataView, start: number, length: number): Buffer {
  return Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength).subarray(start, start + length);
}

function aesField(zip: DataView, start: number, length: number): Pick<SealedEntry, 'keyBytes' | 'method'> | null {
  for (let at = start; at + 4 <= start + length; at += 4 + zip.getUint16(at + 2, true)) {
    if (zip.getUint16(at, true) !== AES_FIELD) continue;
    const keyBytes = KEY_BYTES[zip.getUint8(at + 8)];
    return keyBytes === undefined ? null : { keyBytes, method: zip.getUint16(at + 9, true) };
  }
  return null;
}

/** What lies in the entry; null where the password is another one, or the entry is damaged, packed in a way that is not read, or larger than `maxBytes`. */
export function unseal(
  { keyBytes, method, packed }: SealedEntry,
  password: string,
  maxBytes: number,
): Uint8Array | null {
  const saltBytes = keyBytes / 2;
  if (packed.length < saltBytes + CHECK_BYTES + SEAL_BYTES) return null;
  const salt = packed.subarray(0, saltBytes);
  const keys = pbkdf2Sync(password, salt, ROUNDS, 2 * keyBytes + CHECK_BYTES, 'sha1');
  const check = packed.subarray(saltBytes, saltBytes + CHECK_BYTES);
  if (!timingSafeEqual(check, keys.subarray(2 * keyBytes))) return null;
  const content = packed.subarray(saltBytes + CHECK_BYTES, packed.length - SEAL_BYTES);
  const seal = createHmac('sha1', keys.subarray(keyBytes, 2 * keyBytes))
    .update(content)
    .digest();
  if (!timingSafeEqual(packed.subarray(packed.length - SEAL_BYTES), seal.subarray(0, SEAL_BYTES))) return null;
  return unpacked(decrypted(content, keys.subarray(0, keyBytes)), method, maxBytes);
}

/** AES in counter mode. The counter begins at 1 and has its lowest byte first, where that of every library has it last. */
function decrypted(content: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  const plain = new Uint8Array(content.length);
  const counters = Buffer.alloc(BLOCKS_AT_ONCE * BLOCK_BYTES);
  for (let from = 0; from < content.length; from += counters.length) {
    for (let block = 0; block < BLOCKS_AT_ONCE; block += 1) {
      counters.writeUInt32LE(from / BLOCK_BYTES + block + 1, block * BLOCK_BYTES);
    }
    const mask = cipher.update(counters);
    const to = Math.min(from + counters.length, content.length);
    for (let at = from; at < to; at += 1) plain[at] = (content[at] ?? 0) ^ (mask[at - from] ?? 0);
  }
  return plain;
}

function unpacked(bytes: Uint8Array, method: number, maxBytes: number): Uint8Array | null {
  if (method === 0) return bytes.length > maxBytes ? null : bytes;
  if (method !== 8) return null;
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  } catch {
    return null;
  }
}
