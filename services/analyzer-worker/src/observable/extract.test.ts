import { describe, expect, test } from '@jest/globals';
import { extractObservable } from './extract.ts';

describe('extractObservable', () => {
  test('a URL gives itself, its host and its registrable domain', () => {
    const found = extractObservable({ type: 'url', value: 'http://a.b.example.co.uk/x' });
    expect(found.urls).toMatchObject([{ url: 'http://a.b.example.co.uk/x', places: [{ where: 'input' }] }]);
    expect(found.domains.map((domain) => domain.domain)).toEqual(['a.b.example.co.uk', 'example.co.uk']);
  });

  test('a wrapper gives its destination', () => {
    const found = extractObservable({ type: 'url', value: 'https://www.google.com/url?q=http://evil.example.net/' });
    expect(found.urls.map((url) => url.url)).toEqual([
      'https://www.google.com/url?q=http://evil.example.net/',
      'http://evil.example.net/',
    ]);
  });

  test('a URL with an address for a host gives the address', () => {
    expect(extractObservable({ type: 'url', value: 'http://10.0.0.1/' }).ips).toMatchObject([
      { ip: '10.0.0.1', scope: 'private', sources: ['input'] },
    ]);
  });

  test('a domain gives its registrable domain too', () => {
    const found = extractObservable({ type: 'domain', value: 'www.bücher.de' });
    expect(found.domains.map((domain) => domain.unicode)).toEqual(['www.bücher.de', 'bücher.de']);
  });

  test.each([
    ['d41d8cd98f00b204e9800998ecf8427e', 'md5'],
    ['da39a3ee5e6b4b0d3255bfef95601890afd80709', 'sha1'],
    ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'sha256'],
  ])('%s is a hash of its length', (value, kind) => {
    expect(extractObservable({ type: 'hash', value }).hashes).toMatchObject([{ [kind]: value }]);
  });

  test.each([
    ['url', 'nonsense'],
    ['domain', 'no domain'],
    ['ip', '999.1.1.1'],
    ['hash', 'xyz'],
  ] as const)('a %s that is none gives nothing', (type, value) => {
    const found = extractObservable({ type, value });
    expect([...found.urls, ...found.domains, ...found.ips, ...found.hashes]).toEqual([]);
  });
});
