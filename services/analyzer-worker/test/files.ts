import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32, deflateRawSync } from 'node:zlib';

/** Files for tests, built here byte by byte. */

export type Entries = Record<string, string | Buffer>;

/** A zip; with a password, locked in the way of PKWARE, which every program still writes. */
export function zipOf(entries: Entries, password?: string): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    const data = password === undefined ? packed : locked(packed, crc32(plain), password);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(password === undefined ? 0x800 : 0x801, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(plain), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(plain.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, place, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(locals.length, 8);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, index, end]);
}

/** APPNOTE 6.1: three keys that every byte stirs. */
function locked(packed: Buffer, crc: number, password: string): Buffer {
  const keys: [number, number, number] = [0x12345678, 0x23456789, 0x34567890];
  const table = Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value >>> 0;
  });
  const next = (old: number, byte: number): number => ((old >>> 8) ^ (table[(old ^ byte) & 0xff] ?? 0)) >>> 0;
  const stir = (byte: number): void => {
    keys[0] = next(keys[0], byte);
    keys[1] = (Math.imul(keys[1] + (keys[0] & 0xff), 134775813) + 1) >>> 0;
    keys[2] = next(keys[2], keys[1] >>> 24);
  };
  for (const byte of Buffer.from(password)) stir(byte);
  const header = Buffer.alloc(12, 7);
  header[11] = crc >>> 24;
  const locking = (byte: number): number => {
    const mask = (keys[2] & 0xffff) | 2;
    const out = byte ^ ((Math.imul(mask, mask ^ 1) >>> 8) & 0xff);
    stir(byte);
    return out;
  };
  return Buffer.from(Buffer.concat([header, packed]).map(locking));
}

/** A PDF of these objects, the first of which is the catalog. */
export function pdfOf(objects: (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')];
  const places: number[] = [];
  let at = parts[0]?.length ?? 0;
  objects.forEach((object, index) => {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n')]);
    places.push(at);
    parts.push(part);
    at += part.length;
  });
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** A stream object of a PDF. */
export function streamOf(dictionary: string, data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([
    Buffer.from(`<< ${dictionary} /Length ${bytes.length} >>\nstream\n`),
    bytes,
    Buffer.from('\nendstream'),
  ]);
}

/** A picture (PNG) of a QR code. */
export async function qrPicture(text: string): Promise<Buffer> {
  const { prepareZXingModule, writeBarcode } = await import('zxing-wasm/writer');
  const binary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(binary).buffer } });
  const { image } = await writeBarcode(text, { format: 'QRCode', scale: 4 });
  if (image === null) throw new Error('no picture was written');
  return Buffer.from(await image.arrayBuffer());
}

/** The same code as rows of true (black) and false. */
export async function qrModules(text: string): Promise<boolean[][]> {
  const { prepareZXingModule, writeBarcode } = await import('zxing-wasm/writer');
  const binary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm'));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(binary).buffer } });
  const { symbol } = await writeBarcode(text, { format: 'QRCode' });
  const rows: boolean[][] = [];
  for (let y = 0; y < symbol.height; y += 1) {
    rows.push(Array.from({ length: symbol.width }, (_, x) => (symbol.data[y * symbol.width + x] ?? 255) < 128));
  }
  return rows;
}

/**
 * A RAR (version 5) whose files are stored as they are. `locks` says what is said to be locked: the files' content, or all that stands
 * behind the first header. Source: RARLAB's "RAR 5.0 archive format".
 */
export function rarOf(entries: Entries, locks: 'nothing' | 'files' | 'headers' = 'nothing'): Buffer {
  const signature = Buffer.from('Rar!\u001a\u0007\u0001\u0000', 'latin1');
  // Version, flags, rounds, salt: of a key that nobody has.
  const key = Buffer.concat([Buffer.from([0, 0, 15]), Buffer.alloc(16, 7)]);
  if (locks === 'headers') return Buffer.concat([signature, rarBlock([4, 0], key), Buffer.alloc(64, 9)]);
  const files = Object.entries(entries).flatMap(([name, content]) => {
    const data = Buffer.from(content);
    const record = Buffer.concat([Buffer.from([1]), key, Buffer.alloc(16, 3)]);
    const extra = locks === 'files' ? Buffer.concat([Buffer.from([record.length]), record]) : Buffer.alloc(0);
    const crc = Buffer.alloc(4);
    crc.writeUInt32LE(crc32(data));
    const sizes = [2, extra.length > 0 ? 3 : 2, ...(extra.length > 0 ? [extra.length] : []), data.length];
    const fields = [...[4, data.length, 0x20].flatMap(rarNumber), ...crc, 0, 0, ...rarNumber(name.length)];
    return [rarBlock(sizes, Buffer.concat([Buffer.from(fields), Buffer.from(name), extra])), data];
  });
  return Buffer.concat([
    signature,
    rarBlock([1, 0, 0], Buffer.alloc(0)),
    ...files,
    rarBlock([5, 0, 0], Buffer.alloc(0)),
  ]);
}

function rarBlock(numbers: number[], rest: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(numbers.flatMap(rarNumber)), rest]);
  const sized = Buffer.concat([Buffer.from(rarNumber(content.length)), content]);
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(crc32(sized));
  return Buffer.concat([crc, sized]);
}

/** Seven bits a byte, the lowest first. */
function rarNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...rarNumber(value >>> 7)];
}

/** Written by 7-Zip 26.02: `note.txt` of one line with a link, the locked ones with the password `Xy7Xq`. */
export const BY_7ZIP = {
  plain:
    'N3q8ryccAARcY4WfOgAAAAAAAABaAAAAAAAAAAzyWc7gAEQAMl0AOZlsQGg8Bik/yx6B1k4RlN1WlT95P5bYg+RxCsK83PFgpTzzzTTQo4T9CIKmJIURAAAAAQQGAAEJOgAHCwEAASEhAQAMRQAICgEQ9bQfAAAFARkMAAAAAAAAAAAAAAAAERMAbgBvAHQAZQAuAHQAeAB0AAAAGQAUCgEAD1PJ6Jt63QEVBgEAIICkgQAA',
  lockedFiles:
    'N3q8ryccAARCeeA1QAAAAAAAAABqAAAAAAAAAPPIsLaleKoJ1BphTmQ2c4NF/yN4kK/XyiWWm/AOdXxp1ii8FdMzFJXcVa6TR44FS+GLmpLNPZPz+CnVUysVNAu2Ofo6AQQGAAEJQAAHCwEAAiQG8QcBElMPs2NlyCq5gF3yYPBT1fXaHyEhAQABAAw6RQAICgEQ9bQfAAAFARkBABETAG4AbwB0AGUALgB0AHgAdAAAABkAFAoBAA9Tyeibet0BFQYBACCApIEAAA==',
  lockedHeaders:
    'N3q8ryccAAQELUgnsAAAAAAAAAAuAAAAAAAAAK6K1Vdic1bnt+ohv3FCtobVPRvO/aQut2ZzIaxzvRyLHFANxgnoHMpY/1D0XSQGyf3W5gW9PmEj61NLKZAz9wT6IuZB+yY1t2T+QiCm566pOUjs/u/e8NcJfzqC+H60Lb+iTwYgqWUG+lAibX1GogZofyJTHYydpdcb0WykdJVSHXvKRqdOcYzu1+dGE9YGMK4x5dPNOZ/3viYpggpibZDZARZaJ/SisXd4HxtVKTLSSvtWXBcGQAEJcAAHCwEAASQG8QcBElMP3b8bmnHh/bg+i+GWtkwYCQxqCgGtOkipAAA=',
  sealedZip:
    'UEsDBDMAAQBjADuBdl0AAAAAUQAAAEUAAAAIAAsAbm90ZS50eHQBmQcAAgBBRQMIAG91BA5m7Hp0Bgp4IaWLwOeoUWuNE2V8zmXtQ7pjQKoxHH4+stfRFXkPbLn1vsIggt+p59Y9b6PIcjXFzm30TCQO7Kwha4/MqX7Bf3kNOA1B5VBLAQI/AzMAAQBjADuBdl0AAAAAUQAAAEUAAAAIAC8AAAAAAAAAIICkgQAAAABub3RlLnR4dAoAIAAAAAAAAQAYAA9Tyeibet0BAAAAAAAAAAAAAAAAAAAAAAGZBwACAEFFAwgAUEsFBgAAAAABAAEAZQAAAIIAAAAAAA==',
};
