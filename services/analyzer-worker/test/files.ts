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
