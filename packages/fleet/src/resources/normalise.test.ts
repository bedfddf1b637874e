import { describe, expect, test } from '@jest/globals';
import type { ObservableKind } from '@sluice/contracts';
import { chooseSeed, seededRandom } from '@sluice/testkit';
import { normalise } from './normalise.ts';

const MIXED = '::ffff:192.0.2.1';

describe('the same resource has one form', () => {
  test.each<[ObservableKind, string, string[]]>([
    [
      'url',
      'http://example.com/',
      ['HTTP://EXAMPLE.com', 'http://example.com:80/', ' http://example.com/#top ', 'http://@example.com'],
    ],
    [
      'url',
      'http://example.com/',
      ['hxxp://example[.]com', 'hxxp[://]example(.)com/', 'http[:]//example[dot]com', 'http://example{.}com'],
    ],
    [
      'url',
      'https://xn--bcher-kva.example/',
      ['https://Bücher.example', 'https://b%C3%BCcher.example:443/', 'https://xn--BCHER-kva.example'],
    ],
    ['url', 'http://127.0.0.1/', ['http://0x7f.1/', 'http://2130706433', 'http://127.0.0.1:80', 'http://0177.0.0.1/']],
    ['url', 'http://[2001:db8::1]/', ['http://[2001:0DB8:0:0::1]:80/']],
    [
      'url',
      'http://a.example/b/c%2Fd~e?x=%3D',
      ['http://a.example/./a/../b/c%2fd%7Ee?x=%3d', 'http://a.example\\b\\%63%2Fd~%65?%78=%3D'],
    ],
    ['url', 'http://a.example/#/login', ['http://a.example#/login']],
    ['url', 'http://evil.example/a.b', ['hxxp://evil[.]example/a[.]b', 'http://evil[.]example/a(.)b']],
    ['domain', 'example.com', ['EXAMPLE.com.', 'example[.]com', ' example(dot)com']],
    ['domain', 'xn--bcher-kva.example', ['bücher.example', 'BÜCHER.example.', 'bücher。example']],
    ['domain', '_dmarc.example.com', ['_DMARC.example.com']],
    ['ip', '192.0.2.1', ['192[.]0[.]2[.]1', MIXED, '::FFFF:c000:201', `[${MIXED}]`]],
    ['ip', '2001:db8::1', ['2001:0db8:0000::0001', '2001[:]db8::1', '[2001:DB8::1]']],
    ['hash', 'd41d8cd98f00b204e9800998ecf8427e', ['D41D8CD98F00B204E9800998ECF8427E ']],
  ])('%s %s', (kind, normal, others) => {
    for (const other of [normal, ...others]) expect(normalise(kind, other)).toBe(normal);
  });
});

describe('what somebody may tell apart stays apart', () => {
  test.each<[ObservableKind, string[]]>([
    [
      'url',
      [
        'http://a.example/',
        'https://a.example/',
        'http://a.example:8080/',
        'http://www.a.example/',
        'http://a.example./',
      ],
    ],
    [
      'url',
      ['http://a.example/', 'http://a.example/?', 'http://a.example//', 'http://u@a.example/', 'http://u:p@a.example/'],
    ],
    ['url', ['http://a.example/A', 'http://a.example/a', 'http://a.example/a/', 'http://a.example/a;x']],
    ['url', ['http://a.example/?a=1&b=2', 'http://a.example/?b=2&a=1', 'http://a.example/?a=1&b=2&']],
    ['url', ['http://a.example/?q=a+b', 'http://a.example/?q=a%20b', 'http://a.example/?q=a%2Bb']],
    ['url', ['http://a.example/b/c', 'http://a.example/b%2Fc', 'http://a.example/b%252Fc']],
    ['url', ['http://a.example/?q=[.]', 'http://a.example/?q=.', 'http://a.example/?q=(.)']],
    ['url', ['http://a.example/%zz%41', 'http://a.example/%zzA', 'http://a.example/%ZZ%41']],
    ['url', ['http://a.example/', 'http://a.example/#/in', 'http://a.example/#/out', 'http://a.example/#!in']],
    ['url', ['http://[::ffff:192.0.2.1]/', 'http://192.0.2.1/']],
    ['domain', ['example.com', 'www.example.com', 'examp1e.com', 'exämple.com']],
    ['ip', ['192.0.2.1', '64:ff9b::c000:201', '::c000:201']],
  ])('%s, case %#', (kind, apart) => {
    expect(new Set(apart.map((text) => normalise(kind, text))).size).toBe(apart.length);
  });
});

test.each<[ObservableKind, string]>([
  ['url', 'javascript:alert(1)'],
  ['url', 'ftp://a.example/'],
  ['url', 'a.example/b'],
  ['url', 'http://'],
  ['url', 'http://a b/'],
  ['domain', '192.0.2.1'],
  ['domain', 'localhost'],
  ['domain', 'a b'],
  ['domain', 'a..example'],
  ['domain', `${'a'.repeat(64)}.example`],
  ['domain', 'http://a.example/'],
  ['domain', 'xn--.example'],
  ['ip', '192.0.2.256'],
  ['ip', '192.0.2.01'],
  ['ip', '192.0.2'],
  ['ip', 'fe80::1%eth0'],
  ['ip', '1::2::3'],
  ['hash', 'abc'],
  ['hash', 'g'.repeat(32)],
])('a %s that is none is refused: %s', (kind, text) => {
  expect(() => normalise(kind, text)).toThrow(expect.objectContaining({ code: 'bad-observable', httpStatus: 422 }));
});

const seed = chooseSeed('normalise');

/** What crosses the wire, read without the code under test: escapes of unreserved characters are those characters (RFC 3986 §2.3). */
function seenByServer(text: string): string {
  const url = new URL(text);
  const target = `${url.pathname}${url.href
    .replace(/#.*$/s, '')
    .slice(url.origin.length + credentials(url).length)
    .replace(/^[^?]*/, '')}`;
  const tokens = target.match(/%[0-9a-f]{2}|[^]/gi) ?? [];
  const plain = tokens.map((token) => {
    if (token.length === 1) return token;
    const letter = String.fromCharCode(Number.parseInt(token.slice(1), 16));
    return /[\w.~-]/.test(letter) ? letter : token.toUpperCase();
  });
  return [url.protocol, url.hostname, url.port, url.username, url.password, plain.join(''), route(url)].join(' ');
}
const credentials = ({ username, password }: URL): string =>
  username === '' && password === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
const route = ({ hash }: URL): string => (/^#[/!]/.test(hash) ? hash : '');

function createWriter(random: () => number) {
  const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] ?? '';
  const some = (choices: readonly string[], most: number): string =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(choices)).join('');
  const hosts = [
    'a.example',
    'A.example',
    'a.example.',
    'www.a.example',
    'ä.example',
    'xn--4ca.example',
    '192.0.2.1',
    '0xc0.0.513',
    '[::1]',
    '[0::1]',
    '[::ffff:1.2.3.4]',
    '1.2.3.4',
  ];
  const pieces = [
    'a',
    'A',
    '/',
    '//',
    '.',
    '..',
    '/.',
    '%2e',
    '%2E',
    '%41',
    '%61',
    '%7e',
    '~',
    '%2f',
    '%2F',
    '%25',
    '%',
    '4',
    '1',
    '%3',
    '+',
    '%20',
    ' ',
    'ü',
    '%C3%BC',
    '%c3%bc',
    '[.]',
    '(.)',
    '[:]',
    '\\',
    ';',
    "'",
    '\t',
  ];
  const queries = [...pieces, '?', '&', '=', 'a=1', 'b=2'];
  return (): string =>
    [
      pick(['http', 'HTTP', 'https']),
      '://',
      pick(['', '', '', '@', 'u@', 'u:p@', ':p@', 'u:@', 'a(.)b@', 'a.b@']),
      pick(hosts),
      pick(['', '', ':80', ':443', ':8080', ':']),
      pick(['', '/', `/${some(pieces, 5)}`, `/${some(pieces, 5)}`]),
      pick(['', '?', `?${some(queries, 5)}`, `?${some(queries, 5)}`]),
      pick(['', '', '#', '#top', '#/a', '#!a', '#%41']),
    ].join('');
}

test('no URL loses in its form what a server may tell apart, and the form of a form is that form', () => {
  const write = createWriter(seededRandom(seed));
  const forms = new Map<string, string>();
  let merged = 0;
  for (let run = 0; run < 40_000; run += 1) {
    const text = write();
    if (!URL.canParse(text)) continue;
    const form = normalise('url', text);
    expect(normalise('url', form)).toBe(form);
    const view = seenByServer(text);
    const known = forms.get(form);
    if (known === undefined) forms.set(form, view);
    else {
      merged += 1;
      if (known !== view) throw new Error(`${form} stands for ${known} and for ${view} (${text})`);
    }
  }
  expect(merged).toBeGreaterThan(1_000);
});

test('the form of a form is that form for domains, addresses and hashes', () => {
  const random = seededRandom(seed + 1);
  const letters = [
    ...'aAzZ019-_.:[]()'.split(''),
    'ü',
    'Ü',
    'ß',
    'ſ',
    'İ',
    '\u200d',
    '。',
    '．',
    'xn--',
    '[.]',
    'ffff',
    '::',
    '1.2.3.4',
  ];
  const accepted = { domain: 0, ip: 0, hash: 0 };
  for (let run = 0; run < 40_000; run += 1) {
    const length = 1 + Math.floor(random() * 9);
    const text = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
    for (const kind of ['domain', 'ip', 'hash'] as const) {
      const form = formOf(kind, text);
      if (form === null) continue;
      accepted[kind] += 1;
      expect(normalise(kind, form)).toBe(form);
      for (const other of ['domain', 'ip', 'hash'] as const) if (other !== kind) expect(formOf(other, form)).toBeNull();
    }
  }
  expect(Math.min(accepted.domain, accepted.ip)).toBeGreaterThan(50);
});

function formOf(kind: ObservableKind, text: string): string | null {
  try {
    return normalise(kind, text);
  } catch {
    return null;
  }
}
