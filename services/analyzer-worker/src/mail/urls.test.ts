import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { normaliseUrl } from './urls.ts';

describe('normaliseUrl', () => {
  test.each([
    ['HTTP://Example.COM:80/a b#F', null, 'http://example.com/a%20b#F'],
    ['http://münchen.example/', null, 'http://xn--mnchen-3ya.example/'],
    ['  https://example.com/\n?q ', null, 'https://example.com/?q'],
    ['www.example.com/x', null, 'http://www.example.com/x'],
    ['//example.com/x', null, 'https://example.com/x'],
    ['http:\\\\example.com\\x', null, 'http://example.com/x'],
    ['../x', 'http://example.com/a/b/c', 'http://example.com/a/x'],
    ['http://0x7f.1/', null, 'http://127.0.0.1/'],
  ])('%j is what a browser would request', (raw, base, expected) => {
    expect(normaliseUrl(raw, base)?.url).toBe(expected);
  });

  test.each([
    '',
    'x',
    '/path',
    '#top',
    'http://',
    'http://[::1',
    'http://a b/',
    'mailto:a@b.c',
    'c:\\x',
    'http://%zz/',
  ])('%j is no URL and does no harm', (raw) => {
    expect(normaliseUrl(raw)).toBeNull();
  });

  test.each([
    ['http://a.b.example.co.uk/', 'domain', 'a.b.example.co.uk', 'example.co.uk'],
    ['http://shop.github.io./', 'domain', 'shop.github.io', 'shop.github.io'],
    ['http://intranet/', 'domain', 'intranet', null],
    ['http://203.0.113.7:8080/', 'ipv4', '203.0.113.7', null],
    ['http://[2001:db8::1]/', 'ipv6', '2001:db8::1', null],
    ['tel:+49301234', 'none', '', null],
    ['cid:logo@x', 'none', '', null],
  ])('%s has its kind of host and its owner', (raw, hostKind, host, registrableDomain) => {
    expect(normaliseUrl(raw)).toMatchObject({ hostKind, host, registrableDomain });
  });

  test('a data: link is cut', () => {
    expect(normaliseUrl(`data:text/html,${'x'.repeat(5000)}`)?.url).toHaveLength(512);
  });

  test('normalising again changes nothing', () => {
    const schemes = fc.constantFrom(
      'http://',
      'https://',
      'http:',
      '//',
      'www.',
      'data:',
      'javascript:',
      'ftp://u@',
      '',
    );
    fc.assert(
      fc.property(schemes, fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }), fc.domain()), (scheme, rest) => {
        const once = normaliseUrl(scheme + rest);
        if (once !== null) expect(normaliseUrl(once.url)).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });
});
