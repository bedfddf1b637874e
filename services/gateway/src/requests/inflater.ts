import { createInflateRaw } from 'node:zlib';
import { faults } from './faults.ts';

/** So many packed bytes at a time: unpacked, they are 16 MB at most. */
const STEP_BYTES = 16 * 1_024;

/** Where packed bytes come from; what is not used of them goes back. */
export interface Source {
  some(most: number): Promise<Buffer | null>;
  unread(bytes: Buffer): void;
}

/** Hears of what goes in and comes out, and may throw. */
export type Meter = (packedBytes: number, unpackedBytes: number) => void;

/**
 * Unpacks one deflate stream, which says itself where it ends (RFC 1951); what follows it stays in the source. `next` gives null at the end, and throws
 * `bad-archive` where it is damaged.
 */
export function createInflater(source: Source, meter: Meter) {
  const engine = createInflateRaw({ chunkSize: 64 * 1_024 });
  const over = Promise.withResolvers<void>();
  over.promise.catch(() => undefined);
  let isDone = false;
  let out: Buffer[] = [];
  engine.on('data', (piece: Buffer) => out.push(piece));
  engine.once('error', () => over.reject(faults.badEntry()));
  engine.once('end', () => {
    isDone = true;
    over.resolve();
  });

  async function step(): Promise<void> {
    const piece = await source.some(STEP_BYTES);
    if (piece === null) {
      engine.end();
      return over.promise;
    }
    const before = engine.bytesWritten;
    const written = new Promise<void>((resolve) => {
      engine.write(piece, () => resolve());
    });
    await Promise.race([written, over.promise]);
    const used = engine.bytesWritten - before;
    if (isDone && used < piece.byteLength) source.unread(piece.subarray(used));
    meter(used, 0);
  }

  return {
    async next(): Promise<Buffer | null> {
      while (out.length === 0) {
        if (isDone) return null;
        await step();
      }
      const bytes = Buffer.concat(out);
      out = [];
      meter(0, bytes.byteLength);
      return bytes;
    },
    close(): void {
      engine.destroy();
    },
  };
}
