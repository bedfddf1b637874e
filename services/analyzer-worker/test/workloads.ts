import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tasks for the process pool's tests: what hostile mail would do to a parser, done on purpose. */

export function echo(input: unknown): unknown {
  return input;
}

/** Never ends and never yields. */
export function spin(): never {
  for (;;);
}

/** Fills the heap with small objects. */
export function hoardObjects(): never {
  const kept: object[] = [];
  for (;;) kept.push({ index: kept.length, text: `text ${kept.length}` });
}

/** Fills the memory outside the heap. */
export function hoardStrings(): never {
  const kept: string[] = [];
  for (;;) kept.push(Buffer.alloc(1024 * 1024, kept.length % 255).toString('latin1'));
}

/** Fills one table after the other. */
export function hoardTables(): never {
  const kept: Map<number, number>[] = [];
  for (;;) kept.push(new Map(Array.from({ length: 100_000 }, (_, index) => [index, kept.length])));
}

/** Ends its process. */
export function leave(): never {
  process.exit(7);
}

export function processId(): number {
  return process.pid;
}

/** True where the environment is empty and no file can be written. */
export async function isConfined(): Promise<boolean> {
  const written = await writeFile(join(tmpdir(), 'confined'), '').then(
    () => true,
    () => false,
  );
  return !written && process.env['PATH'] === undefined;
}

export function fail(): never {
  throw new Error('the task itself failed');
}

/** Fails outside of the task's promise, as a parser with a stray callback would. */
export async function failLater(): Promise<never> {
  setTimeout(() => {
    throw new Error('a stray callback failed');
  }, 0);
  return await new Promise<never>(() => undefined);
}

/** A promise that nobody waits for rejects before the answer is given. */
export async function forget(): Promise<string> {
  void Promise.reject(new Error('forgotten'));
  await new Promise((resolve) => setImmediate(resolve));
  return 'alive';
}
