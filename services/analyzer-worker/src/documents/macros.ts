import type { AttachmentFeature } from '@sluice/contracts';

/** What starts by itself when the document is opened or closed. */
const AUTO =
  /\b(?:Auto_?(?:Open|Exec|Close|New|Exit)|(?:Document|Workbook|Presentation)_?(?:Open|Close|BeforeClose|New|Activate)|App_DocumentOpen|Worksheet_Activate|\w{1,60}_(?:Layout|Painted|Painting|GotFocus|MouseHover|BeforeNavigate2))\b/i;
const MAX_MODULES = 50;
const MAX_CODE_CHARS = 512 * 1024;
/** How the source of every module begins, after one byte of flags: `Attribute`. */
const MODULE = Buffer.from('\u0000Attribut\u0000e', 'latin1');

export type Macros = { features: AttachmentFeature[]; links: string[] };

/** What the streams of a VBA project do, as far as their names and addresses say. */
export function readMacros(streams: readonly Uint8Array[]): Macros {
  const code = streams.flatMap(modulesIn).join('\n').slice(0, MAX_CODE_CHARS);
  const features: AttachmentFeature[] = ['macro'];
  if (AUTO.test(code)) features.push('auto-open');
  return { features, links: [...new Set(code.match(/https?:\/\/[^\s"'<>)]{4,2000}/gi) ?? [])] };
}

/** The sources of the modules in a stream, unpacked. */
function modulesIn(stream: Uint8Array): string[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const modules: string[] = [];
  let at = bytes.indexOf(MODULE);
  while (at >= 3 && modules.length < MAX_MODULES) {
    modules.push(unpackModule(bytes.subarray(at - 3)));
    at = bytes.indexOf(MODULE, at + MODULE.length);
  }
  return modules;
}

/** Undoes the compression of [MS-OVBA] 2.4.1: chunks of 4,096 bytes, of letters and of copies of what came before in the chunk. */
function unpackModule(packed: Buffer): string {
  const chunks: Buffer[] = [];
  let at = 1;
  let size = 0;
  while (at + 2 <= packed.length && size < MAX_CODE_CHARS) {
    const header = packed.readUInt16LE(at);
    if (((header >> 12) & 7) !== 3) break;
    const end = Math.min(packed.length, at + (header & 0xfff) + 3);
    const chunk = (header & 0x8000) === 0 ? packed.subarray(at + 2, end) : unpackChunk(packed.subarray(at + 2, end));
    chunks.push(chunk);
    size += chunk.length;
    at = end;
  }
  return Buffer.concat(chunks).toString('latin1');
}

function unpackChunk(packed: Buffer): Buffer {
  const out = Buffer.alloc(4096);
  let size = 0;
  let at = 0;
  while (at < packed.length && size < out.length) {
    const flags = packed[at] ?? 0;
    at += 1;
    for (let bit = 0; bit < 8 && at < packed.length && size < out.length; bit += 1) {
      if ((flags & (1 << bit)) === 0) {
        out[size] = packed[at] ?? 0;
        size += 1;
        at += 1;
        continue;
      }
      if (at + 2 > packed.length) return out.subarray(0, size);
      const { length, offset } = copyOf(packed.readUInt16LE(at), size);
      at += 2;
      if (offset > size) return out.subarray(0, size);
      for (let count = 0; count < length && size < out.length; count += 1) {
        out[size] = out[size - offset] ?? 0;
        size += 1;
      }
    }
  }
  return out.subarray(0, size);
}

/** The further into the chunk, the more bits say how far back, and the fewer how long. */
function copyOf(token: number, size: number): { length: number; offset: number } {
  const bits = Math.max(4, Math.ceil(Math.log2(Math.max(size, 1))));
  return { length: (token & (0xffff >> bits)) + 3, offset: (token >> (16 - bits)) + 1 };
}
