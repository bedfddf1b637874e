import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern } from './say-pattern.ts';

describe("an operator's expression", () => {
  test.each([
    'a',
    'ab|cd',
    'a+b',
    '^a',
    'a$',
    '^$',
    '(?:a|b)*c',
    'a{2,3}b',
    '[a-c]{2}',
    '[^a]b',
    String.raw`\ba\b`,
    String.raw`\Ba`,
    'a.b',
    'a?b?c',
    '(a*)*b',
    'a*?b',
  ])('finds what the usual engine finds: %s', (source) => {
    const ours = compilePattern(source);
    const usual = new RegExp(source, 'i');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', ' ', '\n', 'A'), maxLength: 12 }), (text) => {
        expect(ours(text) !== null).toBe(usual.test(text));
      }),
      { numRuns: 150 },
    );
  });

  test('disregards case, in classes too, and knows escapes', () => {
    expect(compilePattern('INVOICE [A-F]{3}')('Your invoice abc')).not.toBeNull();
    expect(compilePattern(String.raw`\d{2}\.\d\x41\u0042`)('no 12.3ab')).not.toBeNull();
    expect(compilePattern(String.raw`[\w.-]+@x\.example`)('to a.b-c@x.example now')).not.toBeNull();
  });

  test('says where the first match ends', () => {
    expect(compilePattern('bc')('abcbc')).toBe(3);
  });

  test.each([
    ['(?=a)', /look-around/],
    [String.raw`(a)\1`, /\\1/],
    ['(a', /without an end/],
    ['a)', /without a \(/],
    ['*a', /nothing/],
    ['[a', /without an end/],
    ['a{200}', /more than 100/],
    ['((a{100}){100}){100}', /too large/],
    ['a**', /repetition/],
  ])('that is not known or too large is refused in words: %s', (source, why) => {
    expect(() => compilePattern(source)).toThrow(why);
  });

  test('is not made slow by any text: what hangs the usual engine ends', () => {
    const text = `${'a'.repeat(200_000)}!`;
    for (const source of ['(a+)+$', '(a|a)*b', '(.*a){20}b']) expect(compilePattern(source)(text)).toBeNull();
  });
});
