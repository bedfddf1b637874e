import { describe, expect, test } from '@jest/globals';
import { decode, encode } from './codec.ts';
import type { Entry } from './entry.ts';

const entry = (value: Entry['value']): Entry => ({ v: 1, value, freshUntilMs: 1 });

describe('a payload', () => {
  test.each([
    ['small', { a: 'ü\n\u0000', b: [1, null] }],
    ['large', 'so so '.repeat(10_000)],
    ['not known', null],
  ])('comes back as it was: %s', async (_name, value) => {
    const { bytes, rawBytes } = await encode(entry(value), 2_048);
    const { entry: back, text } = await decode(bytes);
    expect(back).toEqual(entry(value));
    expect(JSON.parse(text)).toEqual(entry(value));
    expect(rawBytes).toBe(Buffer.byteLength(JSON.stringify(entry(value))));
  });

  test('is compressed above the size only, and where that makes it smaller', async () => {
    const [small, large] = [await encode(entry('a'.repeat(500)), 2_048), await encode(entry('a'.repeat(5_000)), 2_048)];
    expect(small.bytes.byteLength).toBe(small.rawBytes + 1);
    expect(large.bytes.byteLength).toBeLessThan(large.rawBytes / 10);
    expect((await encode(entry('a'), 0)).bytes.toString()).toMatch(/^j\{/);
  });

  test('that is none is refused', async () => {
    for (const text of ['', 'x{}', 'j{', 'j{"v":2}', 'bxxxx'])
      await expect(decode(Buffer.from(text))).rejects.toThrow();
  });
});
