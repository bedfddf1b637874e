import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { mimecastDomain } from './mimecast.ts';
import { MAX_WRAPPERS, unwrapUrl } from './index.ts';

const TARGET = 'https://www.example.com/a?b=1';
const encoded = encodeURIComponent(TARGET);
const base64 = Buffer.from(TARGET).toString('base64url');

describe('unwrapUrl', () => {
  test.each<[string, string, string]>([
    ['safe-links', `https://eur03.safelinks.protection.outlook.com/?url=${encoded}&data=05%7C01&reserved=0`, TARGET],
    ['safe-links', `https://eur03.safelinks.protection.outlook.com/?url=${encoded}&amp;data=05%7C01`, TARGET],
    [
      'safe-links',
      `https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=${encoded}`,
      TARGET,
    ],
    ['proofpoint', `https://urldefense.proofpoint.com/v1/url?u=${encoded}&k=abc%0A&r=x`, TARGET],
    [
      'proofpoint',
      'https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.com_a-2Db-5Fc-3Fd-3D1&d=DwMFaQ&c=x',
      'https://www.example.com/a-b_c?d=1',
    ],
    [
      'proofpoint',
      'https://urldefense.com/v3/__https://www.example.com/a?q=b*c__;Kw!!x!y$',
      'https://www.example.com/a?q=b+c',
    ],
    ['proofpoint', 'https://urldefense.com/v3/__http:/www.example.com/a__;!!Fx!9u%24', 'http://www.example.com/a'],
    [
      'proofpoint',
      `https://urldefense.us/v3/__https://www.example.com/**C/*x__;${Buffer.from('äöü😀z').toString('base64url')}!!a!b$`,
      'https://www.example.com/%C3%A4%C3%B6%C3%BC%F0%9F%98%80/zx',
    ],
    [
      'barracuda',
      'https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fwww.example.com%2fa%3fb%3d1&c=E,1,x&typo=1',
      TARGET,
    ],
    ['mimecast', `https://protect-eu.mimecast.com/redirect?url=${encoded}`, TARGET],
    ['cisco', `https://secure-web.cisco.com/1xAbC_d-e/${encoded}`, TARGET],
    ['google', `https://www.google.co.uk/url?sa=t&url=${encoded}&usg=x`, TARGET],
    ['google', `https://google.com/url?q=${TARGET}`, TARGET],
    ['amp', 'https://www.google.com/amp/s/www.example.com/a?b=1', TARGET],
    ['amp', 'https://www.google.ee/amp/www.example.com/a', 'http://www.example.com/a'],
    ['amp', 'https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a?b=1', TARGET],
    ['translate', 'https://www-my--example-com.translate.goog/a?b=1', 'https://www.my-example.com/a?b=1'],
    ['facebook', `https://l.facebook.com/l.php?u=${encoded}&h=AT0`, TARGET],
    ['facebook', `https://l.instagram.com/?u=${encoded}&e=x`, TARGET],
    ['bing', `https://www.bing.com/ck/a?!&&p=1&u=a1${base64}&ntb=1`, TARGET],
    ['redirector', `https://eu-west.protection.sophos.com/?d=example.com&u=${base64}&i=x`, TARGET],
    ['redirector', `https://x.r.us-east-1.awstrack.me/L0/https:%2F%2Fwww.example.com%2Fa%3Fb=1/1/0100-000`, TARGET],
    ['redirector', `https://r.search.example/_ylt=x/RU=${encoded}/RK=2`, TARGET],
    ['redirector', `https://example.org/r?x=1&next=${encodeURIComponent(encoded)}`, TARGET],
    ['redirector', `https://example.org/go/${base64}`, TARGET],
    ['redirector', `https://archive.example/web/2020/${TARGET}`, TARGET],
    ['redirector', `https://ad.example/clk/1;2?${TARGET}`, TARGET],
    ['redirector', `https://example.org/r?ref=${encodeURIComponent('https://decoy.example/')}&url=${encoded}`, TARGET],
  ])('%s: %s', (by, wrapper, url) => {
    expect(unwrapUrl(wrapper)).toEqual([{ url, by }]);
  });

  test.each([
    'https://www.example.com/a?b=1',
    'https://www.google.com/search?q=example.com',
    'https://protect-eu.mimecast.com/s/AbCd1?domain=example.com',
    'https://urldefense.com/v3/__https://www.example.com/**Z__;Kw!!x!y$',
    'https://urldefense.com/v3/__https://www.example.com/**!__;Kw!!x!y$',
    'https://example.org/r?u=http://x',
    'https://example.org/r?u=aHR0cHM6',
    'https://example.org/r?u=mailto%3Aa%40b.c',
    'https://safelinks.protection.outlook.com.example.org/x',
    'data:text/html,https://www.example.com/',
    'no link',
  ])('%s is no wrapper that can be read', (url) => {
    expect(unwrapUrl(url)).toEqual([]);
  });

  test('wrappers inside wrappers give the chain, the outermost first', () => {
    const inner = `https://l.facebook.com/l.php?u=${encoded}`;
    const outer = `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(inner)}&data=x`;
    expect(unwrapUrl(outer)).toEqual([
      { url: inner, by: 'safe-links' },
      { url: TARGET, by: 'facebook' },
    ]);
  });

  test('a chain ends at the bound', () => {
    let url = TARGET;
    for (let depth = 0; depth < 20; depth += 1) url = `https://r${depth}.example.org/${url}`;
    expect(unwrapUrl(url)).toHaveLength(MAX_WRAPPERS);
  });

  test('whatever the link, it ends, every destination is a web address, and the last one is none', () => {
    const host = fc.constantFrom(
      'https://urldefense.com/v3/__',
      'https://urldefense.proofpoint.com/v2/url?u=',
      'https://x.safelinks.protection.outlook.com/?url=',
      'https://www.google.com/amp/s/',
      'https://example.org/r?u=',
      'https://example.org/',
      '',
    );
    const rest = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.webUrl().map(encodeURIComponent),
      fc.webUrl().map((url) => Buffer.from(url).toString('base64')),
      fc.string({
        unit: fc.constantFrom('*', '_', ';', '!', '%', '-', 'A', '/', ':', 'http', 'aHR0cDo', '2', '=', '&'),
      }),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(host, rest, rest, (start, middle, end) => {
        const chain = unwrapUrl(`${start}${middle}__;${end}`);
        expect(chain.length).toBeLessThanOrEqual(MAX_WRAPPERS);
        for (const { url } of chain) expect(url).toMatch(/^https?:/);
        const last = chain.at(-1);
        if (last !== undefined && chain.length < MAX_WRAPPERS) expect(unwrapUrl(last.url)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('mimecastDomain', () => {
  test('the site is read where the link names it', () => {
    expect(mimecastDomain('https://protect-eu.mimecast.com/s/AbCd1?domain=example.com')).toBe('example.com');
    expect(mimecastDomain('https://mimecast.example.org/s/AbCd1?domain=example.com')).toBeNull();
  });
});
