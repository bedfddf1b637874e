import type { SMTPServerDataStream } from 'smtp-server';
import type { Budget } from '../../budget.ts';

const FIRST_BYTES = 16 * 1_024;

export type Collected =
  | { kind: 'mail'; mail: Buffer; release(): void }
  /** `large`: more than the cap. `full`: no room for it now. `endless`: it goes on long after the cap. `gone`: the client went away. */
  | { kind: 'large' | 'full' | 'endless' | 'gone' };

/**
 * Reads a mail to its end into one buffer, whose room it takes from the budget as it grows. What is too large, or finds no room, is read on and thrown away, so
 * that the client hears why; up to twice the cap.
 */
export function collect(stream: SMTPServerDataStream, budget: Budget, capBytes: number): Promise<Collected> {
  let buffer = Buffer.alloc(0);
  let bytes = 0;
  let fault: 'large' | 'full' | undefined;

  function drop(kind: 'large' | 'full'): void {
    fault = kind;
    budget.give(buffer.length);
    buffer = Buffer.alloc(0);
  }

  function hold(chunk: Buffer): void {
    const needed = bytes + chunk.length;
    if (needed > capBytes) return drop('large');
    if (needed > buffer.length) {
      const size = Math.min(capBytes, Math.max(FIRST_BYTES, needed, 2 * buffer.length));
      if (!budget.take(size - buffer.length)) return drop('full');
      const larger = Buffer.allocUnsafe(size);
      buffer.copy(larger, 0, 0, bytes);
      buffer = larger;
    }
    chunk.copy(buffer, bytes);
  }

  return new Promise((resolve) => {
    const release = () => budget.give(buffer.length);
    stream.on('data', (chunk: Buffer) => {
      if (fault === undefined) hold(chunk);
      bytes += chunk.length;
      if (bytes <= 2 * capBytes) return;
      stream.removeAllListeners('data').resume();
      resolve({ kind: 'endless' });
    });
    stream.once('end', () => {
      resolve(fault === undefined ? { kind: 'mail', mail: buffer.subarray(0, bytes), release } : { kind: fault });
    });
    // Both come where the client goes away in the middle.
    stream.once('error', () => undefined);
    stream.once('close', () => {
      if (stream.readableEnded) return;
      release();
      buffer = Buffer.alloc(0);
      resolve({ kind: 'gone' });
    });
  });
}
