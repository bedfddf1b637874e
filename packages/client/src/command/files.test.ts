import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { type Item, readItems } from './files.ts';

/** Those of the files that need no disk; the others stand in `test/`. */
async function read(chunks: Uint8Array[]): Promise<Item[]> {
  const items: Item[] = [];
  const config = { resolve: (path: string) => path, stdin: Readable.from(chunks) };
  for await (const item of readItems(['-'], config)) items.push(item);
  return items;
}

test('standard input is one mail', async () => {
  expect(await read([Buffer.from('A: 1\n'), Buffer.from('\nx')])).toEqual([
    { name: 'standard input', mail: Buffer.from('A: 1\n\nx') },
  ]);
});

test('standard input beyond the cap is a problem and is not kept', async () => {
  const chunk = Buffer.alloc(1024 * 1024);
  const [item] = await read(Array.from({ length: 26 }, () => chunk));
  expect(item).toMatchObject({ problem: 'A mail may have 25 MB at most.' });
});
