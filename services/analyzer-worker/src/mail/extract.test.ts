import { describe, expect, test } from '@jest/globals';
import type { Indicators } from '@sluice/contracts';
import { htmlMail, mailOf, multipartMail } from '../../test/mails.ts';
import { extractIndicators } from './extract.ts';
import { DEFAULT_MAIL_LIMITS } from './limits.ts';
import { parseMail } from './parse.ts';

async function indicatorsOf(bytes: Uint8Array, changes: Partial<typeof DEFAULT_MAIL_LIMITS> = {}): Promise<Indicators> {
  return extractIndicators(await parseMail(bytes), { ...DEFAULT_MAIL_LIMITS, ...changes });
}

async function placesIn(html: string): Promise<string[]> {
  const { urls } = await indicatorsOf(htmlMail(html));
  return urls.map((url) =>
    [url.url, ...url.places.flatMap((place) => [place.where, place.label ?? ''])].join(' ').trim(),
  );
}

describe('extractIndicators', () => {
  test.each([
    ['a link', '<a href="http://a.example/x">Read <b>me</b></a>', 'http://a.example/x html-link Read me'],
    [
      'a link behind an image',
      '<a href="http://a.example/"><img alt="Pay"></a>',
      'http://a.example/ html-image-link Pay',
    ],
    ['an area', '<map><area href="http://a.example/"></map>', 'http://a.example/ html-area'],
    ['an image', '<img src="http://a.example/i.png">', 'http://a.example/i.png html-image'],
    ['a set of images', '<img srcset="http://a.example/i.png 2x">', 'http://a.example/i.png html-image'],
    ['a background', '<table background="http://a.example/i.png">', 'http://a.example/i.png html-image'],
    ['a form', '<form action="http://a.example/">', 'http://a.example/ html-form'],
    ['a button of a form', '<button formaction="http://a.example/">', 'http://a.example/ html-form'],
    ['a frame', '<iframe src="http://a.example/"></iframe>', 'http://a.example/ html-frame'],
    ['a refresh', '<meta http-equiv="Refresh" content="0; URL=http://a.example/">', 'http://a.example/ html-refresh'],
    ['a style', '<p style="background:url(http://a.example/i)">', 'http://a.example/i html-style'],
    ['a style sheet', '<style>@import "http://a.example/s";</style>', 'http://a.example/s html-style'],
    ['words', '<p>go to http://a.example/ now', 'http://a.example/ html-text'],
    ['a script', '<script>location="http://a.example/"</script>', 'http://a.example/ html-text'],
    [
      'what Outlook alone shows',
      '<!--[if mso]><a href="http://a.example/">x</a><![endif]-->',
      'http://a.example/ html-link x',
    ],
    ['an SVG', '<svg><a xlink:href="http://a.example/">x</a></svg>', 'http://a.example/ html-link x'],
    ['a relative link', '<base href="http://a.example/d/"><a href="../x">y</a>', 'http://a.example/x html-link y'],
    ['broken markup', '<table><a href=http://a.example/ <b>x<td', 'http://a.example/ html-link x'],
    ['an embedded image', '<img src="cid:logo">', 'cid:logo html-image'],
  ])('%s gives its link and its place', async (_, html, expected) => {
    expect(await placesIn(html)).toEqual([expected]);
  });

  test('a page inside a data: link is searched', async () => {
    const page = Buffer.from('<form action="http://evil.example/">').toString('base64');
    const { urls } = await indicatorsOf(htmlMail(`<a href="data:text/html;base64,${page}">open</a>`));
    expect(urls.map((url) => [url.scheme, url.places[0]?.where])).toEqual([
      ['data', 'html-link'],
      ['http', 'data-uri'],
    ]);
  });

  test('a wrapped link gives its destination too, at the same place', async () => {
    const html =
      '<a href="https://eur03.safelinks.protection.outlook.com/?url=http%3A%2F%2Fb.example%2Fx&amp;data=1">b</a>';
    expect(await placesIn(html)).toEqual([
      'https://eur03.safelinks.protection.outlook.com/?url=http%3A%2F%2Fb.example%2Fx&data=1 html-link b',
      'http://b.example/x html-link unwrapped from eur03.safelinks.protection.outlook.com',
    ]);
  });

  test('a wrapped link that stands a thousand times is two indicators', async () => {
    const html = '<a href="https://www.google.com/url?q=http://b.example/">b</a>'.repeat(1000);
    const { urls } = await indicatorsOf(htmlMail(html));
    expect(urls.map(({ url, occurrences, places }) => [url, occurrences, places.length])).toEqual([
      ['https://www.google.com/url?q=http://b.example/', 1000, 1],
      ['http://b.example/', 1000, 1],
    ]);
  });

  test('the site that a gateway names is a domain', async () => {
    const { domains } = await indicatorsOf(mailOf('https://protect-eu.mimecast.com/s/AbCd1?domain=evil.example.net'));
    expect(domains.map(({ domain }) => domain)).toContain('evil.example.net');
  });

  test('the same link counts once, with its places and how often it occurs', async () => {
    const { urls } = await indicatorsOf(
      htmlMail('<a href="http://A.example">one</a> <a href="http://a.example/">two</a>'),
    );
    expect(urls).toMatchObject([
      { url: 'http://a.example/', occurrences: 2, places: [{ label: 'one' }, { label: 'two' }] },
    ]);
  });

  test('links in text are found with and without a scheme, and file names are none', async () => {
    const { urls, domains } = await indicatorsOf(
      mailOf('see http://a.example/x. or www.b.com, or c.com/y; not README.md'),
    );
    expect(urls.map((url) => url.url)).toEqual(['http://a.example/x', 'http://www.b.com/', 'http://c.com/y']);
    expect(domains.map((domain) => domain.domain)).not.toContain('readme.md');
  });

  test('domains are given in both spellings with their owner', async () => {
    const { domains } = await indicatorsOf(mailOf('http://www.xn--mnchen-3ya.de/ and http://www.bücher.de/'));
    const found = domains.filter((domain) => domain.sources.includes('url'));
    expect(found).toMatchObject([
      { domain: 'www.xn--mnchen-3ya.de', unicode: 'www.münchen.de', registrableDomain: 'xn--mnchen-3ya.de' },
      { domain: 'www.xn--bcher-kva.de', unicode: 'www.bücher.de' },
    ]);
  });

  test('IP addresses are given with their reach', async () => {
    const { ips } = await indicatorsOf(
      mailOf('10.0.0.1 8.8.8.8 127.0.0.1 169.254.1.1 fe80::1 2001:4860:4860::8888 at 12:30:45 1.2.3'),
    );
    expect(ips.map(({ ip, scope }) => `${ip} ${scope}`)).toEqual([
      '10.0.0.1 private',
      '8.8.8.8 public',
      '127.0.0.1 loopback',
      '169.254.1.1 link-local',
      'fe80::1 link-local',
      '2001:4860:4860::8888 public',
    ]);
  });

  test('addresses are given with their names and roles', async () => {
    const bytes = htmlMail(
      '<a href="mailto:Carol@example.net?subject=x">c</a> or dave@example.net',
      'Reply-To: Eve <eve@example.net>',
    );
    const { addresses } = await indicatorsOf(bytes);
    expect(addresses.map(({ address, names, roles }) => [address, names.join(), roles.join()])).toEqual([
      ['ann@example.com', 'Ann Example', 'from'],
      ['eve@example.net', 'Eve', 'reply-to'],
      ['bob@example.org', '', 'to'],
      ['carol@example.net', '', 'link'],
      ['dave@example.net', '', 'body'],
    ]);
  });

  test('hashes of attachments are given', async () => {
    const { hashes } = await indicatorsOf(multipartMail([{ type: 'image/png', name: 'a.png', body: 'x' }]));
    expect(hashes).toMatchObject([{ fileName: 'a.png', md5: '9dd4e461268c8034f5c8564e155c67a6' }]);
  });

  test('beyond the bound on links the ones that a person can follow are kept', async () => {
    const images = Array.from({ length: 10 }, (_, index) => `<img src="http://i${index}.example/">`).join('');
    const found = await indicatorsOf(htmlMail(`${images}<a href="http://link.example/">x</a>`), { maxUrls: 3 });
    expect(found.urls).toHaveLength(3);
    expect(found.urls[0]?.url).toBe('http://link.example/');
    expect(found.limits).toMatchObject([{ limit: 'urls', allowed: 3 }]);
  });

  test('a page over the bound on tags is searched to its end', async () => {
    const found = await indicatorsOf(htmlMail(`${'<p>'.repeat(50)}<a href="http://end.example/">`), {
      maxHtmlTags: 20,
    });
    expect(found.urls.map((url) => url.url)).toEqual(['http://end.example/']);
    expect(found.limits).toMatchObject([{ limit: 'html-bytes', allowed: 20 }]);
  });
});
