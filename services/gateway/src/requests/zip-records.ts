import { faults } from './faults.ts';
import type { ByteReader } from './bytes.ts';

/** Signatures and fields are those of PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3. */
const LOCAL_HEADER = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
/** Behind the files: central directory, its signature and records of its end. */
const AFTER_FILES = new Set([0x02014b50, 0x05054b50, 0x06054b50, 0x06064b50, 0x07064b50, 0x08064b50]);
const DESCRIPTOR_BYTES = Buffer.from('PK\x07\x08', 'latin1');
const UNKNOWN = 0xffff_ffff;
const ZIP64_FIELD = 1;
const PIECE_BYTES = 64 * 1_024;

export interface LocalHeader {
  name: string;
  method: number;
  isEncrypted: boolean;
  /** Null: it stands behind the file, in a descriptor. */
  packedBytes: number | null;
  /** CRC-32 of the content; null as above. */
  checksum: number | null;
}

/** The head of the next file; null where there is none any more. Throws `bad-archive`. */
export async function readLocalHeader(reader: ByteReader): Promise<LocalHeader | null> {
  const signature = (await reader.read(4))?.readUInt32LE(0);
  if (signature !== undefined && AFTER_FILES.has(signature)) return null;
  const fixed = signature === LOCAL_HEADER ? await reader.read(26) : null;
  if (fixed === null) throw faults.badArchive();
  const flags = fixed.readUInt16LE(2);
  const names = await reader.read(fixed.readUInt16LE(22));
  const extra = await reader.read(fixed.readUInt16LE(24));
  if (names === null || extra === null) throw faults.badArchive();
  const isBehind = (flags & 8) !== 0;
  const sizes = { packed: fixed.readUInt32LE(14), unpacked: fixed.readUInt32LE(18) };
  return {
    name: names.toString((flags & 0x800) === 0 ? 'latin1' : 'utf8'),
    method: fixed.readUInt16LE(4),
    isEncrypted: (flags & 1) === 1,
    packedBytes: isBehind ? null : packedBytesOf(sizes, extra),
    checksum: isBehind ? null : fixed.readUInt32LE(10),
  };
}

function packedBytesOf({ packed, unpacked }: { packed: number; unpacked: number }, extra: Buffer): number {
  if (packed !== UNKNOWN) return packed;
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64_FIELD) continue;
    const place = at + 4 + (unpacked === UNKNOWN ? 8 : 0);
    if (place + 8 <= extra.byteLength) return Number(extra.readBigUInt64LE(place));
  }
  throw faults.badArchive();
}

/** What stands behind a file whose size was not known: with or without a signature, with sizes of 4 or 8 bytes. It ends where the next record begins. */
export async function skipDescriptor(reader: ByteReader): Promise<void> {
  const ahead = await reader.peek(28);
  const isSigned = ahead.byteLength >= 4 && ahead.readUInt32LE(0) === DESCRIPTOR;
  const length = (isSigned ? [16, 24] : [12, 20]).find((bytes) => isRecord(ahead, bytes));
  if (length === undefined) throw faults.badArchive();
  await reader.read(length);
}

function isRecord(bytes: Buffer, at: number): boolean {
  if (at + 4 > bytes.byteLength) return false;
  const signature = bytes.readUInt32LE(at);
  return signature === LOCAL_HEADER || AFTER_FILES.has(signature);
}

/** Goes to the descriptor of a file that cannot be unpacked and whose size is not known: the one that names as many bytes as have gone by. */
export async function seekDescriptor(reader: ByteReader): Promise<void> {
  let passed = 0;
  for (;;) {
    const ahead = await reader.peek(PIECE_BYTES);
    for (let at = ahead.indexOf(DESCRIPTOR_BYTES); at !== -1; at = ahead.indexOf(DESCRIPTOR_BYTES, at + 1)) {
      if (at + 16 > ahead.byteLength || ahead.readUInt32LE(at + 8) !== passed + at) continue;
      await reader.read(at);
      return;
    }
    // The end of what was seen may be the beginning of it.
    const step = ahead.byteLength - 15;
    if (step <= 0) throw faults.badArchive();
    await reader.read(step);
    passed += step;
  }
}
