import { describe, expect, test } from '@jest/globals';
import { isMarkupDataUri, decodeDataUri } from './data-uri.ts';
import { normaliseDomain, registrableDomain, sameOwner } from './domains.ts';
import { findIps } from './ips.ts';
import { markedWords, scanText } from './text.ts';

describe('scanText', () => {
  test('a link at the seam of two pieces stays whole', () => {
    const text = `${'word '.repeat(3270)}http://example.com/a/long/path/that/goes/on end`;
    expect(scanText(text, 10).urls).toEqual(['http://example.com/a/long/path/that/goes/on']);
  });

  test.each([
    'Write to ann@a.example, or (see http://b.example/x(1)?y="z") today. No link: and/or, 12:30.',
    'www.c.example/a\tmailto:bob@localhost //d.example/p ftp://e.example\r\n<f.com>"g.org"',
    'carol@[IPv6:2001:db8::1] http://[2001:db8::1]/ 9.9.9.9 2001:db8::7 ::ffff:1.2.3.4',
    'zero\ufeffh.com wide\u3000i.com thin\u2009j.com bar\u2028k.com \u00a0l.com end.',
    'x.y. …m.com, „n.de“ -o.net- _p.org_ q.com:8080/r?s=t#u http://user:word@v.com/',
  ])('the words with marks hold all that the text holds: %j', (text) => {
    const words = markedWords(text);
    expect(scanText(words, 50)).toEqual(scanText(text, 50));
    expect(findIps(words, 50)).toEqual(findIps(text, 50));
  });

  test('words without marks are left out', () => {
    expect(markedWords('See and/or ask. At 12:30 visit a.example now.')).toBe('a.example');
  });

  test('no more than the bound is given', () => {
    expect(scanText('http://a.com http://b.com http://c.com', 2).urls).toHaveLength(2);
  });

  test.each(['http://', 'a.', '@', '(((', 'www.', 'http://a.com/[[{{(('])(
    'a megabyte of %j is read in seconds',
    (piece) => {
      const startMs = performance.now();
      scanText(piece.repeat((1024 * 1024) / piece.length), 2000);
      expect(performance.now() - startMs).toBeLessThan(5_000);
    },
  );
});

describe('domains', () => {
  test.each([
    ['WWW.Example.COM.', 'www.example.com'],
    ['bücher.de', 'xn--bcher-kva.de'],
    ['localhost', null],
    ['1.2.3.4', null],
    ['a b.de', null],
    ['', null],
  ])('%j is normalised to %j', (raw, expected) => {
    expect(normaliseDomain(raw)).toBe(expected);
  });

  test('owners are told apart by the public-suffix list, customers of a hoster too', () => {
    expect(registrableDomain('a.b.co.uk')).toBe('b.co.uk');
    expect(registrableDomain('host.invalid-suffix')).toBeNull();
    expect(sameOwner('a.example.com', 'b.example.com')).toBe(true);
    expect(sameOwner('a.github.io', 'b.github.io')).toBe(false);
  });
});

describe('data: links', () => {
  test.each([
    ['data:text/html,%3Cb%3E', '<b>'],
    ['data:text/html;charset=utf-8;base64,PGI+', '<b>'],
    ['data:text/html,%E4%zz', '\u00e4%zz'],
    ['data:image/png;base64,AAAA', null],
    ['data:text/html', null],
  ])('%s holds %j', (uri, page) => {
    expect(decodeDataUri(uri)).toBe(page);
  });

  test('pages are told from pictures', () => {
    expect([isMarkupDataUri('data:image/svg+xml,x'), isMarkupDataUri('data:image/png,x')]).toEqual([true, false]);
  });
});
