import { Readable, pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { CutReason } from '@sluice/contracts';
import { codeOf, messageOf } from '@sluice/fleet/guard';

const ENCODINGS = 2;

/** Thrown inside of the reading, returned as `cut`: what was read so far stands. */
class BodyCut extends Error {
  readonly reason: CutReason;

  constructor(reason: CutReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export type BodyLimits = { wireBytes: number; ratio: number; ratioFreeBytes: number };
export type BodyEnd = { wireBytes: number; bytes: number; cut: { reason: CutReason; message: string } | null };

/**
 * Reads a body to its end or to the first limit, undoing gzip, br and deflate, and hands each decoded chunk to `take`. Memory stays at one
 * chunk. Both the bytes that came and the decoded ones are held under `wireBytes`. Rejects only with the signal's reason; every other
 * end is told in `cut` (`bytes`, `encoding`, `connection`).
 */
export async function readBody(
  source: Readable,
  how: { encoding: string; limits: BodyLimits; signal: AbortSignal; take: (chunk: Buffer) => void },
): Promise<BodyEnd> {
  const meter = { wireBytes: 0, bytes: 0 };
  const stop = () => source.destroy(how.signal.reason);
  how.signal.addEventListener('abort', stop, { once: true });
  try {
    let chunks: AsyncIterable<Buffer> = countWire(source, meter, how.limits);
    for (const decode of decoders(how.encoding)) chunks = decode(chunks);
    await takeAll(chunks, meter, how);
    return { ...meter, cut: null };
  } catch (error) {
    how.signal.throwIfAborted();
    return { ...meter, cut: cutOf(error) };
  } finally {
    how.signal.removeEventListener('abort', stop);
    source.destroy();
  }
}

type Meter = { wireBytes: number; bytes: number };

async function* countWire(chunks: AsyncIterable<Buffer>, meter: Meter, limits: BodyLimits): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    meter.wireBytes += chunk.length;
    yield chunk;
    if (meter.wireBytes > limits.wireBytes) throw new BodyCut('bytes', `more than ${limits.wireBytes} bytes`);
  }
}

async function takeAll(
  chunks: AsyncIterable<Buffer>,
  meter: Meter,
  how: { limits: BodyLimits; take: (chunk: Buffer) => void },
): Promise<void> {
  const { limits } = how;
  for await (const chunk of chunks) {
    const room = limits.wireBytes - meter.bytes;
    meter.bytes += Math.min(room, chunk.length);
    how.take(chunk.subarray(0, room));
    if (chunk.length > room) throw new BodyCut('bytes', `more than ${limits.wireBytes} bytes when decoded`);
    if (meter.bytes > limits.ratioFreeBytes && meter.bytes > meter.wireBytes * limits.ratio) {
      throw new BodyCut('bytes', `decodes to more than ${limits.ratio} times its size`);
    }
  }
}

type Stage = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/** The decoders of a Content-Encoding, the last one applied first. */
function decoders(encoding: string): Stage[] {
  const names = encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > ENCODINGS) throw new BodyCut('encoding', 'encoded more than twice');
  return names.toReversed().map((name) => stage(name));
}

function stage(name: string): Stage {
  if (name === 'gzip' || name === 'x-gzip') return (chunks) => decoded(chunks, createGunzip());
  if (name === 'br') return (chunks) => decoded(chunks, createBrotliDecompress());
  if (name === 'deflate') return inflate;
  throw new BodyCut('encoding', `the encoding "${name.slice(0, 40)}" is not understood`);
}

/** Servers send `deflate` with the zlib header (RFC 9110) and without it: the first byte tells which. */
async function* inflate(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const decoder = ((first.value[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
  const whole = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  yield* decoded(whole(), decoder);
}

async function* decoded(chunks: AsyncIterable<Buffer>, decoder: Transform): AsyncGenerator<Buffer> {
  // Errors of either side reach the reader of the decoder, which pipeline destroys with them.
  pipeline(Readable.from(chunks), decoder, () => {});
  yield* decoder as AsyncIterable<Buffer>;
}

function cutOf(error: unknown): { reason: CutReason; message: string } {
  if (error instanceof BodyCut) return { reason: error.reason, message: error.message };
  const isDecoder = /^(?:Z_|ERR_BROTLI|ERR__ERROR|ERR_.*(?:PADDING|FORMAT))/.test(codeOf(error));
  return { reason: isDecoder ? 'encoding' : 'connection', message: messageOf(error, 'the body broke off') };
}
