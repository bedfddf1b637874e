import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Budget } from './budget.ts';
import { pictureSize } from './picture-size.ts';
import type { Opener } from './reading.ts';
import { emptyReading } from './reading.ts';

/** Raw pixels, four bytes each (red, green, blue, alpha). */
export type Pixels = { width: number; height: number; data: Uint8ClampedArray };

/** Smaller pictures hold no code that a telephone could read. */
const MIN_SIDE = 40;
/** Above this size the reader's slow second look costs more than it finds. */
const HARD_LOOK_PIXELS = 1_500_000;
const MAX_CODE_CHARS = 4096;

/** A picture: what its QR codes and other matrix codes say. */
export const openPicture: Opener = async ({ bytes }, { budget }) =>
  emptyReading({ codes: await codesInPicture(bytes, budget) });

/** What the codes of a picture (PNG, JPEG, GIF, BMP) say. */
export async function codesInPicture(bytes: Uint8Array, budget: Budget): Promise<string[]> {
  const size = pictureSize(bytes);
  if (size === null || size.width < MIN_SIDE || size.height < MIN_SIDE) return [];
  const pixels = size.width * size.height;
  return budget.takePicture(pixels) ? await readCodes(bytes, pixels, budget) : [];
}

/** The codes among raw pixels, as the pictures of a PDF come. */
export async function codesInPixels(picture: Pixels, budget: Budget): Promise<string[]> {
  const pixels = picture.width * picture.height;
  if (picture.width < MIN_SIDE || picture.height < MIN_SIDE || !budget.takePicture(pixels)) return [];
  return await readCodes(picture, pixels, budget);
}

async function readCodes(picture: Uint8Array | Pixels, pixels: number, { limits }: Budget): Promise<string[]> {
  const read = await loadReader();
  const found = await read(picture, {
    formats: ['QRCode', 'MicroQRCode', 'RMQRCode', 'DataMatrix', 'Aztec'],
    tryHarder: pixels <= HARD_LOOK_PIXELS,
    tryInvert: pixels <= HARD_LOOK_PIXELS,
    maxNumberOfSymbols: limits.maxCodes,
  });
  const texts = found.filter(({ isValid }) => isValid).map(({ text }) => text.slice(0, MAX_CODE_CHARS));
  return [...new Set(texts.filter((text) => text.trim() !== ''))];
}

let loaded: Promise<typeof import('zxing-wasm/reader').readBarcodes> | null = null;

/** From the package's own file: by itself it would fetch its program from a server. */
async function loadReader() {
  loaded ??= (async () => {
    const { prepareZXingModule, readBarcodes } = await import('zxing-wasm/reader');
    const binary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(binary).buffer } });
    return readBarcodes;
  })();
  return await loaded;
}
