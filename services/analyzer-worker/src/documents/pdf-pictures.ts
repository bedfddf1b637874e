import { constants, inflateSync } from 'node:zlib';
import type { Budget } from './budget.ts';
import type { Pixels } from './codes.ts';
import { codesInPixels, codesInPicture } from './codes.ts';
import type { PdfPicture } from './pdf-scan.ts';

const MIN_SIDE = 40;

/** What the codes among the pictures of a PDF say: photographs (DCT) and packed pixels (Flate), which is what generators write. */
export async function codesInPdf(pictures: readonly PdfPicture[], budget: Budget): Promise<string[]> {
  const codes = new Set<string>();
  for (const picture of pictures) {
    if (budget.isSpent() || codes.size >= budget.limits.maxCodes) break;
    for (const code of await codesIn(picture, budget)) codes.add(code);
  }
  return [...codes];
}

async function codesIn({ dictionary, data }: PdfPicture, budget: Budget): Promise<string[]> {
  const width = numberOf(dictionary, 'Width');
  const height = numberOf(dictionary, 'Height');
  if (width < MIN_SIDE || height < MIN_SIDE || width * height > budget.limits.maxPixels) return [];
  const filters = filtersOf(dictionary);
  if (filters.at(-1) === 'DCTDecode') {
    const photograph = filters.length === 1 ? data : unpack(data, budget.limits.maxFileBytes);
    return photograph === null ? [] : await codesInPicture(photograph, budget);
  }
  if (filters.length !== 1 || filters[0] !== 'FlateDecode') return [];
  const samples = samplesOf(dictionary, data, { width, height });
  return samples === null ? [] : await codesInPixels(samples, budget);
}

function numberOf(dictionary: string, key: string): number {
  return Number(new RegExp(String.raw`/${key}\s{1,5}(\d{1,6})(?!\s{1,5}\d{1,5}\s{1,5}R)`).exec(dictionary)?.[1] ?? 0);
}

function filtersOf(dictionary: string): string[] {
  const match = /\/Filter\s{0,5}(?:\[([^\]]{0,200})\]|\/([A-Za-z0-9]{1,30}))/.exec(dictionary);
  if (match?.[2] !== undefined) return [match[2]];
  return Array.from((match?.[1] ?? '').matchAll(/\/([A-Za-z0-9]{1,30})/g), ([, name = '']) => name);
}

function unpack(data: Uint8Array, maxOutputLength: number): Uint8Array | null {
  try {
    return inflateSync(data, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return null;
  }
}

/** The picture in grey: what a code needs. Null where it is not written in a way that is read here. */
function samplesOf(dictionary: string, data: Uint8Array, size: { width: number; height: number }): Pixels | null {
  const bits = /\/ImageMask\s{1,5}true/.test(dictionary) ? 1 : numberOf(dictionary, 'BitsPerComponent');
  if (bits !== 1 && bits !== 8) return null;
  const { width, height } = size;
  const raw = unpack(data, width * height * 4 + height * 8 + 1024);
  if (raw === null) return null;
  const hasPredictor = numberOf(dictionary, 'Predictor') >= 10;
  // How many values a pixel has follows from how many bytes there are: colour spaces are often written elsewhere.
  const rowBytes = Math.floor(raw.length / height) - (hasPredictor ? 1 : 0);
  const components = bits === 1 ? 1 : Math.floor(rowBytes / width);
  if (components < 1 || components > 4) return null;
  const stride = Math.ceil((width * components * bits) / 8);
  const rows = hasPredictor ? unfiltered(raw, { stride, height, step: bits === 1 ? 1 : components }) : raw;
  return rows.length < stride * height ? null : inGrey(rows, { ...size, stride, components, bits });
}

/** Undoes PNG's filters (PNG specification, section 9). */
function unfiltered(raw: Uint8Array, { stride, height, step }: { stride: number; height: number; step: number }) {
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const kind = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const left = x < step ? 0 : (rows[y * stride + x - step] ?? 0);
      const up = y === 0 ? 0 : (rows[(y - 1) * stride + x] ?? 0);
      const corner = x < step || y === 0 ? 0 : (rows[(y - 1) * stride + x - step] ?? 0);
      rows[y * stride + x] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted(kind, left, up, corner);
    }
  }
  return rows;
}

function predicted(kind: number, left: number, up: number, corner: number): number {
  if (kind === 1) return left;
  if (kind === 2) return up;
  if (kind === 3) return (left + up) >> 1;
  if (kind !== 4) return 0;
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}

type Rows = { width: number; height: number; stride: number; components: number; bits: number };

function inGrey(rows: Uint8Array, { width, height, stride, components, bits }: Rows): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const byte = rows[y * stride + (bits === 1 ? x >> 3 : x * components)] ?? 0;
      const grey = bits === 1 ? ((byte >> (7 - (x & 7))) & 1) * 255 : byte;
      const at = (y * width + x) * 4;
      data[at] = grey;
      data[at + 1] = grey;
      data[at + 2] = grey;
    }
  }
  return { width, height, data };
}
