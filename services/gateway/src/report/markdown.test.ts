import { describe, expect, test } from '@jest/globals';
import { defang, visible } from './outline.ts';
import { escapeMarkdown } from './markdown.ts';

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
    ['see https://evil.example', 'see https\\://evil.example'],
    ['see WWW.evil.example', 'see WWW\\.evil.example'],
    ['two\nlines\r\n# and more', 'two lines \\# and more'],
    ['plain words, 3 - 2 = 1.', 'plain words, 3 - 2 = 1.'],
  ])('stays text: %j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

test('what cannot be seen is shown by its code', () => {
  expect(visible('gpj\u202E\u202Dexe \u0007\u200B ok\tok')).toBe('gpj‹U+202E›exe ‹U+0007› ok ok');
});

test.each([
  ['http://evil.example/a.php?b.c', 'hxxp://evil[.]example/a.php?b.c'],
  ['https://user@192.0.2.1:8/', 'hxxps://user@192[.]0[.]2[.]1:8/'],
  ['mailto:a@b.example', 'mailto:a@b.example'],
])('a URL is not clickable: %s', (url, defanged) => {
  expect(defang(url)).toBe(defanged);
});
