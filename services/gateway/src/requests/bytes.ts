export type ByteReader = ReturnType<typeof createByteReader>;

/** Bytes as a parser wants them, from chunks as they come. */
export function createByteReader(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const next = await iterator.next();
    if (next.done === true) return false;
    held = held.byteLength === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value]);
    return true;
  }

  async function some(most: number): Promise<Buffer | null> {
    while (held.byteLength === 0) if (!(await more())) return null;
    const piece = held.subarray(0, most);
    held = held.subarray(piece.byteLength);
    return piece;
  }

  return {
    /** The next bytes, which stay: at most so many, fewer at the end. */
    async peek(bytes: number): Promise<Buffer> {
      while (held.byteLength < bytes) if (!(await more())) break;
      return held.subarray(0, bytes);
    },
    /** Exactly so many; null where fewer come. */
    async read(bytes: number): Promise<Buffer | null> {
      while (held.byteLength < bytes) if (!(await more())) return null;
      const piece = held.subarray(0, bytes);
      held = held.subarray(bytes);
      return piece;
    },
    /** Whatever there is, one to so many; null at the end. */
    some,
    /** Gives back what was taken and not used. */
    unread(bytes: Buffer): void {
      held = held.byteLength === 0 ? bytes : Buffer.concat([bytes, held]);
    },
    /** All that is left. */
    async *rest(): AsyncGenerator<Buffer, void> {
      for (let piece = await some(PIECE_BYTES); piece !== null; piece = await some(PIECE_BYTES)) yield piece;
    },
  };
}

const PIECE_BYTES = 64 * 1_024;
