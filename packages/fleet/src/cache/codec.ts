import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { Entry } from './entry.ts';

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** The first byte of a payload says what follows. */
const PLAIN = 'j'.charCodeAt(0);
const BROTLI = 'b'.charCodeAt(0);
/** Of brotli's 0–11: about as fast as gzip, and smaller. */
const QUALITY = 4;
/** A payload that unpacks to more is none of ours. */
const LARGEST_BYTES = 64 * 1_024 * 1_024;

export interface Payload {
  bytes: Buffer;
  /** Before compression. */
  rawBytes: number;
}

/** An entry as Redis holds it: JSON, compressed where it is larger than `compressAboveBytes` and becomes smaller. */
export async function encode(entry: Entry, compressAboveBytes: number): Promise<Payload> {
  const raw = Buffer.from(JSON.stringify(entry));
  if (raw.byteLength > compressAboveBytes) {
    const packed = await compress(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
    if (packed.byteLength < raw.byteLength) return { bytes: tagged(BROTLI, packed), rawBytes: raw.byteLength };
  }
  return { bytes: tagged(PLAIN, raw), rawBytes: raw.byteLength };
}

/** The entry, and its JSON. Throws where the payload is none. */
export async function decode(payload: Buffer): Promise<{ entry: Entry; text: string }> {
  const text = (await unpack(payload[0], payload.subarray(1))).toString('utf8');
  return { entry: Entry.parse(JSON.parse(text)), text };
}

async function unpack(kind: number | undefined, body: Buffer): Promise<Buffer> {
  if (kind === PLAIN) return body;
  if (kind === BROTLI) return decompress(body, { maxOutputLength: LARGEST_BYTES });
  throw new TypeError('This is no entry of the cache.');
}

function tagged(kind: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind]), body]);
}
