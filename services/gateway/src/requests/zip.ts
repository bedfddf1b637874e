import { crc32 } from 'node:zlib';
import type { SluiceError } from '@sluice/contracts';
import type { ByteReader } from './bytes.ts';
import { faults } from './faults.ts';
import { createInflater, type Meter, type Source } from './inflater.ts';
import { type LocalHeader, readLocalHeader, seekDescriptor, skipDescriptor } from './zip-records.ts';

const STORED = 0;
const DEFLATED = 8;
const PIECE_BYTES = 64 * 1_024;

export interface ZipLimits {
  /** Of the whole archive, unpacked. */
  unpackedBytes: number;
  /** A file may unpack to so many times its size; the first `freeBytes` of it at any rate. */
  ratio: number;
  freeBytes: number;
}

export interface ZipEntry {
  name: string;
  isFolder: boolean;
  /** Throws why it cannot be read: `encrypted-entry`, `archive-bomb`, `bad-archive`. */
  content(): AsyncIterable<Buffer>;
}

/**
 * The files of a zip in their order, as its bytes come: nothing is kept of it, and the directory at its end is not looked at. A file that cannot be read says why, and
 * the next one follows it. Throws `bad-archive` where no next one can be found. A file is read before the next one is asked for.
 */
export async function* readZip(reader: ByteReader, limits: ZipLimits): AsyncGenerator<ZipEntry, void> {
  const total = { unpackedBytes: 0 };
  for (let header = await readLocalHeader(reader); header !== null; header = await readLocalHeader(reader)) {
    const body = openBody(reader, header, meterOf(total, limits));
    try {
      yield { name: header.name, isFolder: header.name.endsWith('/'), content: body.content };
      await body.skip();
    } finally {
      body.close();
    }
    if (header.packedBytes === null) await skipDescriptor(reader);
  }
}

/** Says of each file what it has come to, and ends it where that is out of proportion. */
function meterOf(total: { unpackedBytes: number }, { unpackedBytes, ratio, freeBytes }: ZipLimits): Meter {
  let packed = 0;
  let unpacked = 0;
  return (packedBytes, bytes) => {
    packed += packedBytes;
    unpacked += bytes;
    total.unpackedBytes += bytes;
    if (total.unpackedBytes > unpackedBytes) throw faults.bomb();
    if (unpacked > freeBytes && unpacked > packed * ratio) throw faults.bomb();
  };
}

interface Body {
  content: ZipEntry['content'];
  /** Goes to the end of the file, however much of it was read. */
  skip(): Promise<void>;
  close(): void;
}

function openBody(reader: ByteReader, header: LocalHeader, meter: Meter): Body {
  const { packedBytes, method, checksum } = header;
  const known = packedBytes === null ? null : sectionOf(reader, packedBytes);
  const fault = faultOf(header);
  if (fault !== null) {
    const skip = known === null ? () => seekDescriptor(reader) : known.skip;
    return { content: () => refuse(fault), skip, close: () => undefined };
  }
  if (method === STORED && known !== null) {
    const next = () => known.some(PIECE_BYTES);
    return { content: () => checked(piecesOf(next, meter), checksum), skip: known.skip, close: () => undefined };
  }
  const inflater = createInflater(known ?? reader, meter);
  const unpackRest = async () => {
    while ((await inflater.next()) !== null);
  };
  return {
    content: () => checked(piecesOf(inflater.next), checksum),
    skip: known === null ? unpackRest : known.skip,
    close: inflater.close,
  };
}

function faultOf({ isEncrypted, method, packedBytes }: LocalHeader): SluiceError | null {
  if (isEncrypted) return faults.encrypted();
  const isRead = method === DEFLATED || (method === STORED && packedBytes !== null);
  return isRead ? null : faults.badEntry('This file is packed in a way that is not known here.');
}

function sectionOf(reader: ByteReader, bytes: number): Source & { skip(): Promise<void> } {
  let left = bytes;
  async function some(most: number): Promise<Buffer | null> {
    if (left === 0) return null;
    const piece = await reader.some(Math.min(most, left));
    if (piece === null) throw faults.badArchive();
    left -= piece.byteLength;
    return piece;
  }
  return {
    some,
    unread(piece) {
      left += piece.byteLength;
      reader.unread(piece);
    },
    async skip() {
      while ((await some(PIECE_BYTES)) !== null);
    },
  };
}

async function* piecesOf(next: () => Promise<Buffer | null>, meter?: Meter): AsyncGenerator<Buffer, void> {
  for (let piece = await next(); piece !== null; piece = await next()) {
    meter?.(piece.byteLength, piece.byteLength);
    yield piece;
  }
}

/** The pieces; throws behind the last one where they are not what was packed. */
async function* checked(pieces: AsyncIterable<Buffer>, checksum: number | null): AsyncGenerator<Buffer, void> {
  let sum = 0;
  for await (const piece of pieces) {
    sum = crc32(piece, sum);
    yield piece;
  }
  if (checksum !== null && sum !== checksum) throw faults.badEntry();
}

function refuse(fault: SluiceError): never {
  throw fault;
}
