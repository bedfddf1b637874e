import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { jsonLine } from './json-line.ts';

test('a line of JSON is the same value, and neither a terminal nor a reader of lines is misled by it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
      const value = { a, b, c: '\u2028\u0085\x7f\u{e0041}' };
      const line = jsonLine(value);
      expect(JSON.parse(line)).toEqual(value);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});
