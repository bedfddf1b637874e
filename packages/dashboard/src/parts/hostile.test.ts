import { describe, expect, test } from '@jest/globals';
import { defang, pieces, plain } from './hostile.ts';

describe('words of a stranger', () => {
  test.each([
    ['a\u202Eb', 'a[U+202E]b'],
    ['zero\u200B\u200B\u200Bwidth', 'zero[U+200B ×3]width'],
    ['tag\u{E0041}', 'tag[U+E0041]'],
    ['a\u0000b\u001B[31m', 'a[U+0000]b[U+001B][31m'],
    ['line\r\nline\tend', 'line\nline\tend'],
    ['❤️ שלום', '❤️ שלום'],
    ['', ''],
  ])('have names for what cannot be seen: %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  test('keep all that can be seen, in its order', () => {
    expect(pieces('a\u202Eb')).toEqual([
      { text: 'a', isUnseen: false },
      { text: 'U+202E', isUnseen: true },
      { text: 'b', isUnseen: false },
    ]);
  });
});

describe('an address', () => {
  test.each([
    ['https://evil.example/a.b?c=d.e', 'hxxps://evil[.]example/a.b?c=d.e'],
    ['http://user@evil.example:8080', 'hxxp://user[@]evil[.]example:8080'],
    ['HTTP://EVIL.example/', 'hxxp://EVIL[.]example/'],
    ['ftp://evil.example', 'fxp://evil[.]example'],
    ['evil.example', 'evil[.]example'],
    ['https://a.example/?to=http://b.example/', 'hxxps://a[.]example/?to=hxxp://b.example/'],
    ['someone@evil.example', 'someone[@]evil[.]example'],
  ])('is no link any more: %s', (address, shown) => {
    expect(defang(address)).toBe(shown);
  });
});
