import { describe, expect, test } from '@jest/globals';
import { safeText } from '@sluice/contracts';
import { escapeMarkdown } from './markdown.ts';
import { short } from './text.ts';

describe('text of a mail in Markdown', () => {
  test.each([
    ['*bold* _em_ ~~gone~~ `code`', '\\*bold\\* \\_em\\_ \\~\\~gone\\~\\~ \\`code\\`'],
    ['[x](javascript:alert(1))', '\\[x\\](javascript:alert(1))'],
    ['<b>&amp;</b> | cell', '\\<b\\>\\&amp;\\</b\\> \\| cell'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['+ item', '\\+ item'],
    ['12. item', '12\\. item'],
    ['1) item', '1\\) item'],
    ['===', '\\==='],
    ['see https://evil.example', 'see hxxps\\://evil\\[.\\]example'],
    ['see ftp://evil.example', 'see ftp\\://evil\\[.\\]example'],
    ['see WWW.evil.example', 'see www\\[.\\]evil\\[.\\]example'],
    ['two\nlines\r\n# and more', 'two lines \\# and more'],
    ['plain words, 3 - 2 = 1.', 'plain words, 3 - 2 = 1.'],
  ])('stays text: %j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

test('what cannot be seen is shown by its code', () => {
  expect(safeText('gpj\u202E\u202Dexe \u0007\u200B ok\tok')).toBe('gpj‹U+202E›exe ‹U+0007› ok ok');
});

test.each([
  ['http://evil.example/a.php?b.c', 'hxxp://evil[.]example/a.php?b.c'],
  ['https://user@192.0.2.1:8/', 'hxxps://user@192[.]0[.]2[.]1:8/'],
  ['mailto:a@b.example', 'mailto:a@b.example'],
  ['a title with HTTPS:\\\\evil.example\\x in it', 'a title with hxxpS:\\\\evil[.]example\\x in it'],
])('a URL is not clickable: %s', (url, defanged) => {
  expect(safeText(url)).toBe(defanged);
  expect(safeText(defanged)).toBe(defanged);
});

test('what is too long is cut, and no character in half', () => {
  expect(short('abcdef', 6)).toBe('abcdef');
  expect(short('abcdef', 5)).toBe('abcd…');
  expect(short('abc😀 and more', 5)).toBe('abc…');
});

test.each(['a.', 'a-', 'www.', 'http:', ':/', '<!'])(
  'text made to cost time costs no more than other text: %s…',
  (piece) => {
    const chars = 120_000;
    const timeOf = (text: string, times: number) => {
      const startMs = performance.now();
      for (let at = 0; at < times; at += 1) escapeMarkdown(text);
      return performance.now() - startMs;
    };
    const hostile = piece.repeat(chars / piece.length);
    // Against the same machine at the same moment: work that grows with the square of the length takes a thousand times as long.
    expect(timeOf(hostile, 1)).toBeLessThan(timeOf('a'.repeat(chars), 300));
  },
);
