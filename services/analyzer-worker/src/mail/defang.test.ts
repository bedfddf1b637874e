import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mailOf } from '../../test/mails.ts';
import { DEFANGED, refang } from './defang.ts';
import { extractIndicators } from './extract.ts';
import { parseMail } from './parse.ts';

describe('refang', () => {
  test.each([
    ['hxxp://evil.example.net/x', 'http://evil.example.net/x'],
    ['hXXps://evil[.]example[.]net/x', 'https://evil.example.net/x'],
    ['http[:]//evil(.)example{.}net', 'http://evil.example.net'],
    ['hxxps[://]evil[dot]example(DOT)net[/]x', 'https://evil.example.net/x'],
    ['evil [.] example [dot] net', 'evil.example.net'],
    ['203[.]0[.]113[.]7', '203.0.113.7'],
    ['ann[@]example[.]com or bob [at] example.com', 'ann@example.com or bob@example.com'],
  ])('%s is %s', (written, live) => {
    expect(refang(written)).toBe(live);
  });

  test.each([
    'array[.] and list(.) and {.}',
    'a[at] [dot] (dot) [@] f(at)',
    'the regex [.]+ matches (.)* or a.b[0].c',
    'see http://example.com/?a[b]=c (really).',
    'f(x) [x] {y} hxxp',
  ])('%j stays as it is', (text) => {
    expect(refang(text)).toBe(text);
  });

  test('the text never grows', () => {
    const piece = fc.constantFrom('hxxp', '[.]', '(dot)', '[@]', ' ', 'a', '://', '[:]', '9', 'http', '[', ']', '.');
    fc.assert(fc.property(fc.string({ unit: piece }), (text) => refang(refang(text)).length <= text.length));
  });

  test.each(['[.]', 'a [.', 'a[.]', 'hxxp[', ' (', 'a [dot', '[@]a'])(
    'a megabyte of %j is read in a second',
    (piece) => {
      const startMs = performance.now();
      refang(piece.repeat((1024 * 1024) / piece.length));
      expect(performance.now() - startMs).toBeLessThan(1_000);
    },
  );
});

describe('defanged text in a mail', () => {
  test('its links, addresses and IP addresses are indicators, and the links say that they were none', async () => {
    const found = extractIndicators(
      await parseMail(
        mailOf('hxxp://evil[.]example[.]net/x from 203[.]0[.]114[.]7, ask ann[@]example[.]net; http://a.example/'),
      ),
    );
    expect(found.urls).toMatchObject([
      { url: 'http://evil.example.net/x', places: [{ where: 'text', label: DEFANGED }] },
      { url: 'http://a.example/', places: [{ where: 'text' }] },
    ]);
    expect(found.urls[1]?.places).toEqual([{ mail: 0, where: 'text' }]);
    expect(found.ips.map(({ ip }) => ip)).toContain('203.0.114.7');
    expect(found.addresses.map(({ address }) => address)).toContain('ann@example.net');
  });
});
