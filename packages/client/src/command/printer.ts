import { jsonLine } from './json-line.ts';
import { type Cell, type Layout, tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { createPaint, type Paint } from './words.ts';

/** Writes what was asked for to standard output: JSON, or text for a person. Each waits for a slow reader. */
export interface Printer {
  isJson: boolean;
  paint: Paint;
  /** One value on one line. */
  json(value: unknown): Promise<void>;
  /** Lines for a person. What comes from a mail is made safe before. */
  lines(...lines: string[]): Promise<void>;
  /** Names and values, or rows below a head; every cell is made safe. */
  table(head: readonly string[] | null, rows: readonly (readonly Cell[])[]): Promise<void>;
  bytes(bytes: Uint8Array): Promise<void>;
}

export function createPrinter({ stdout }: Terminal, isJson: boolean, signal: AbortSignal): Printer {
  const paint = createPaint(stdout);
  const layout: Layout = { width: stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY, paint };
  const write = async (data: string | Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    if (stdout.write(data)) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        stdout.off('drain', go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      stdout.once('drain', go);
      signal.addEventListener('abort', go, { once: true });
    });
  };
  const lines: Printer['lines'] = async (...texts) => {
    if (texts.length > 0) await write(`${texts.join('\n')}\n`);
  };
  return {
    isJson,
    paint,
    json: (value) => write(`${jsonLine(value)}\n`),
    lines,
    table: (head, rows) => lines(...tableLines(head, rows, layout)),
    bytes: write,
  };
}
