import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { defang, safeText, visible } from '../src/safe-text.ts';

const OBEYED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('text of a mail', () => {
  test('loses escapes, overwriting, writing direction and what cannot be seen', () => {
    expect(visible('a\x1b[2Jb')).toBe('a‹U+001B›[2Jb');
    expect(visible('a\x9b31mb\x07')).toBe('a‹U+009B›31mb‹U+0007›');
    expect(visible('invoice\u202Efdp.exe')).toBe('invoice‹U+202E›fdp.exe');
    expect(visible('pay\u200b\u200b\u200dpal')).toBe('pay‹U+200B›pal');
    expect(visible('a\u{e0041}b\ud800')).toBe('a‹U+E0041›b‹U+D800›');
    expect(visible('pay\ufeffpal, \u3164\u2800.')).toBe('pay‹U+FEFF›pal, ‹U+3164›.');
  });

  test('becomes one line', () => {
    expect(visible('a\r\n\tb\u2028c\u0085d')).toBe('a b c d');
    expect(visible('a\u00a0\u2003b')).toBe('a b');
  });

  test('whatever it is, a terminal obeys nothing of it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !OBEYED.test(safeText(text))));
  });
});

describe('a URL in a text', () => {
  test('is recognisable and not clickable', () => {
    expect(defang('go to https://a.b.example/x.html?y=1.2 now')).toBe('go to hxxps://a[.]b[.]example/x.html?y=1.2 now');
    expect(defang('HTTP:\\\\evil.example\\x and ftp://u@h.example')).toBe(
      'hxxp:\\\\evil[.]example\\x and ftp://u@h[.]example',
    );
    expect(defang('www.evil.example/a')).toBe('www[.]evil[.]example/a');
  });

  test('stays as it is when it was defanged before', () => {
    fc.assert(fc.property(fc.webUrl(), (url) => defang(defang(url)) === defang(url)));
  });
});

test.each(['a.', 'a-', 'www.', 'http:', ':/', '<!'])(
  'text made to cost time costs no more than other text: %s…',
  (piece) => {
    const chars = 120_000;
    const timeOf = (text: string, times: number) => {
      const startMs = performance.now();
      for (let at = 0; at < times; at += 1) safeText(text);
      return performance.now() - startMs;
    };
    const hostile = piece.repeat(chars / piece.length);
    // Against the same machine at the same moment: work that grows with the square of the length takes a thousand times as long.
    expect(timeOf(hostile, 1)).toBeLessThan(timeOf('a'.repeat(chars), 300));
  },
);
