import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { strToU8, Zip, ZipDeflate, ZipPassThrough, zipSync } from 'fflate';
import { createByteReader } from './bytes.ts';
import { readZip, type ZipLimits } from './zip.ts';

const LIMITS: ZipLimits = { unpackedBytes: 50_000_000, ratio: 100, freeBytes: 100_000 };

/** In chunks of the sizes given, then the rest. */
async function* chunksOf(bytes: Uint8Array, sizes: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

/** The files by name, or the code of what is wrong with them; the archive's own fault as `!`. */
async function unpack(bytes: Uint8Array, sizes: readonly number[] = [], limits = LIMITS): Promise<[string, string][]> {
  const found: [string, string][] = [];
  try {
    for await (const { name, content } of readZip(createByteReader(chunksOf(bytes, sizes)), limits)) {
      found.push([name, await textOf(content)]);
    }
  } catch (error) {
    found.push(['!', codeOf(error)]);
  }
  return found;
}

async function textOf(content: () => AsyncIterable<Buffer>): Promise<string> {
  try {
    const pieces: Buffer[] = [];
    for await (const piece of content()) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return (error as { code: string }).code;
}

/** As a program writes it that does not know sizes beforehand: they stand behind each file. */
function streamed(files: Record<string, string>): Uint8Array {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((_error, piece) => pieces.push(piece));
  for (const [name, text] of Object.entries(files)) {
    const file = new ZipDeflate(name);
    zip.add(file);
    file.push(strToU8(text), true);
  }
  zip.end();
  return Buffer.concat(pieces);
}

const packed = (files: Record<string, string>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

/** Sets bits in the flags of the n-th local header. */
function flagged(zip: Uint8Array, nth: number, bits: number): Buffer {
  const bytes = Buffer.from(zip);
  let at = -1;
  for (let number = 0; number <= nth; number += 1) at = bytes.indexOf('PK\x03\x04', at + 1, 'latin1');
  bytes[at + 6] = (bytes[at + 6] ?? 0) | bits;
  return bytes;
}

const FILES = {
  'a.eml': 'From: a\n\none\n',
  'b/c.eml': 'x'.repeat(5_000),
  'é.eml': 'PK\x03\x04PK\x07\x08',
  'd.eml': '',
};

describe('a zip', () => {
  test.each([
    ['with sizes before the files', packed(FILES)],
    ['with sizes behind the files', streamed(FILES)],
    ['that is stored only', zipSync({ 'a.eml': strToU8('abc'), 'b.eml': strToU8('') }, { level: 0 })],
  ])('%s gives its files, in whatever chunks it comes', async (_how, zip) => {
    const whole = await unpack(zip);
    expect(whole.length).toBeGreaterThan(1);
    expect(whole.map(([name]) => name)).not.toContain('!');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }), async (sizes) => {
        expect(await unpack(zip, sizes)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  test('gives back what was packed', async () => {
    for (const zip of [packed(FILES), streamed(FILES)]) expect(Object.fromEntries(await unpack(zip))).toEqual(FILES);
  });

  test.each([
    ['known', packed({ 'a.eml': 'aaa', 'b.eml': 'bbb' })],
    ['not known', streamed({ 'a.eml': 'aaa', 'b.eml': 'bbb' })],
  ])('names a file that is encrypted and goes on, its size being %s', async (_size, zip) => {
    expect(await unpack(flagged(zip, 0, 1))).toEqual([
      ['a.eml', 'encrypted-entry'],
      ['b.eml', 'bbb'],
    ]);
  });

  test('names a file that is packed in another way and goes on', async () => {
    const zip = packed({ 'a.eml': 'aaa', 'b.eml': 'bbb' });
    zip[8] = 14;
    expect(await unpack(zip)).toEqual([
      ['a.eml', 'bad-archive'],
      ['b.eml', 'bbb'],
    ]);
  });

  test('names a file that is damaged and goes on', async () => {
    const zip = packed({ 'a.eml': 'abcabcabcabc'.repeat(50), 'b.eml': 'bbb' });
    zip.fill(0xff, 36, 40);
    expect(await unpack(zip)).toEqual([
      ['a.eml', 'bad-archive'],
      ['b.eml', 'bbb'],
    ]);
  });

  test('goes on where a file is not read to its end, or not at all', async () => {
    for (const zip of [packed(FILES), streamed(FILES)]) {
      const names: string[] = [];
      for await (const { name, content } of readZip(createByteReader(chunksOf(zip, [100])), LIMITS)) {
        names.push(name);
        if (name === 'b/c.eml') for await (const _ of content()) break;
      }
      expect(names).toEqual(Object.keys(FILES));
    }
  });

  test('that is cut off says so after what came', async () => {
    const zip = packed({ 'a.eml': 'aaa', 'b.eml': 'bbbbbbbb' });
    expect(await unpack(zip.subarray(0, 30 + 5 + 5 + 30 + 5 + 2))).toEqual([
      ['a.eml', 'aaa'],
      ['b.eml', expect.any(String)],
      ['!', 'bad-archive'],
    ]);
    expect(await unpack(new Uint8Array())).toEqual([['!', 'bad-archive']]);
    expect(await unpack(strToU8('this is no zip at all'))).toEqual([['!', 'bad-archive']]);
  });
});

describe('a bomb', () => {
  const bomb = 'x'.repeat(2_000_000);

  test('is named and stopped, and the next file is read', async () => {
    expect(await unpack(packed({ 'bomb.eml': bomb, 'b.eml': 'bbb' }))).toEqual([
      ['bomb.eml', 'archive-bomb'],
      ['b.eml', 'bbb'],
    ]);
  });

  test('ends the archive where nobody knows how far it goes', async () => {
    const files = { 'bomb.eml': bomb.repeat(10), 'b.eml': 'bbb' };
    expect(await unpack(streamed(files))).toEqual([
      ['bomb.eml', 'archive-bomb'],
      ['!', 'archive-bomb'],
    ]);
  });

  test('may not be made of many small ones', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.eml`, 'x'.repeat(90_000)]));
    const found = await unpack(packed(files), [], { ...LIMITS, unpackedBytes: 900_000 });
    expect(found.filter(([, text]) => text === 'archive-bomb')).toHaveLength(10);
  });
});

test('any bytes end, with files or with a fault', async () => {
  const start = fc.constantFrom(packed(FILES), streamed(FILES));
  const change = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(start, change, async (zip, changes) => {
      const bytes = Buffer.from(zip);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      for (const [, text] of await unpack(bytes)) expect(typeof text).toBe('string');
    }),
    { numRuns: 200 },
  );
});

test('a stored file whose size is not known is named, and the next one is read', async () => {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((_error, piece) => pieces.push(piece));
  for (const name of ['a.eml', 'b.eml']) {
    const file = name === 'a.eml' ? new ZipPassThrough(name) : new ZipDeflate(name);
    zip.add(file);
    file.push(strToU8('some text'), true);
  }
  zip.end();
  expect(await unpack(Buffer.concat(pieces))).toEqual([
    ['a.eml', 'bad-archive'],
    ['b.eml', 'some text'],
  ]);
});
