import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { htmlMail, mailOf, multipartMail } from '../test/mails.ts';
import { extractIndicators } from './mail/extract.ts';
import { parseMail } from './mail/parse.ts';
import { extractObservable } from './observable/extract.ts';
import { rankTargets } from './targets.ts';

const CAPS = { visits: 20, lookups: 60 };

async function targetsOf(bytes: Uint8Array, caps = CAPS) {
  const { resources, visits, lookups } = rankTargets(extractIndicators(await parseMail(bytes)), caps);
  const byId = new Map(resources.map((resource) => [resource.id, resource.value]));
  return {
    visits: visits.map((id) => byId.get(id)),
    lookups: lookups.map(({ id, kind }) => `${kind} ${byId.get(id)}`),
  };
}

async function visitsOf(html: string): Promise<unknown[]> {
  return (await targetsOf(htmlMail(html))).visits;
}

const link = (url: string, words = 'here') => `<a href="${url}">${words}</a> `;

describe('visits of rankTargets', () => {
  test.each<[string, string, string]>([
    ['a bare address', 'http://203.0.114.7/x', 'https://www.example.org/'],
    ['lookalike letters', 'http://xn--pypal-4ve.com/', 'https://www.example.org/'],
    ['a brand’s lookalike', 'https://paypal-login.com/', 'https://www.example.org/'],
    ['a free host', 'https://x.weebly.com/', 'https://www.example.org/'],
    ['a name before the @', 'http://www.bank.com@shop.example.net/', 'https://www.example.org/'],
    ['an odd port', 'http://shop.example.net:8081/', 'https://www.example.org/'],
    ['a stranger', 'https://shop.example.net/', 'https://www.facebook.com/x'],
    ['a stranger', 'https://shop.example.net/', 'https://www.paypal.com/login'],
    ['a page at a hoster', 'https://sites.google.com/view/x', 'https://www.google.com/policies'],
  ])('%s comes first', async (_, first, second) => {
    expect(await visitsOf(link(second) + link(first))).toEqual([first, second]);
  });

  test('a link that shows another domain comes first', async () => {
    const html = link('https://a.example.net/') + link('https://b.example.org/', 'www.bank.com');
    expect((await visitsOf(html))[0]).toBe('https://b.example.org/');
  });

  test('a destination comes before what wraps it', async () => {
    const wrapper = 'https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example.net%2F&data=1';
    expect(await visitsOf(link(wrapper.replace('&', '&amp;')))).toEqual(['https://shop.example.net/', wrapper]);
  });

  test('a page that names a well-known one in its query comes before that', async () => {
    const page = 'https://shop.example.net/login?continue=https://accounts.google.com/';
    expect(await visitsOf(link(page))).toEqual([page, 'https://accounts.google.com/']);
  });

  test('an owner that is linked to once comes before one that is linked to often, and two of each have their turn', async () => {
    const often = [1, 2, 3, 4].map((page) => `https://often.example.net/${page}`);
    const html = [...often, 'https://once.example.org/'].map((url) => link(url)).join('');
    expect(await visitsOf(html)).toEqual(['https://once.example.org/', ...often]);
    expect(
      await visitsOf(
        often.map((url) => link(url)).join('') +
          link('https://often.example.org/1') +
          link('https://often.example.org/2') +
          link('https://often.example.org/3') +
          link('https://often.example.org/4'),
      ),
    ).toEqual([
      ...often.slice(0, 2),
      'https://often.example.org/1',
      'https://often.example.org/2',
      ...often.slice(2),
      'https://often.example.org/3',
      'https://often.example.org/4',
    ]);
  });

  test('images are opened only where there is nothing else', async () => {
    const image = '<img src="https://images.example.net/x.png">';
    expect(await visitsOf(image)).toEqual(['https://images.example.net/x.png']);
    expect(await visitsOf(image + link('https://www.facebook.com/'))).toEqual(['https://www.facebook.com/']);
  });

  test.each([
    link('https://a.example/x', 'Unsubscribe'),
    link('https://a.example.net/unsubscribe?id=1'),
    link('https://a.example.net/opt-out/1'),
    link('https://a.example.net/x', 'hier abmelden'),
    link('https://a.example.net/newsletter/confirm?token=1'),
    link('https://a.example.net/x', 'Confirm your subscription'),
    link('https://a.example.net/verify-email?t=1'),
    link('https://calendar.google.com/calendar/event?action=RESPOND&amp;eid=1', 'Yes'),
    link('https://click.mailer.example.net/?url=https%3A%2F%2Fa.example.org%2Funsubscribe'),
    link('https://click.mailer.example.net/?url=https%3A%2F%2Fa.example.org%2Fx', 'unsubscribe'),
    '<a href="mailto:x@example.net">x</a><a href="tel:+49301">x</a><a href="data:text/html,x">x</a>',
  ])('%s is never opened', async (html) => {
    expect(await visitsOf(html)).toEqual([]);
  });

  test('a List-Unsubscribe link is neither opened nor asked about', async () => {
    const { visits, lookups } = await targetsOf(mailOf('hi', 'List-Unsubscribe: <https://a.example.net/x>'));
    expect(visits).toEqual([]);
    expect(lookups.filter((lookup) => lookup.startsWith('url'))).toEqual([]);
  });

  test('a link that shows the way out of a list here and something else there is opened', async () => {
    const url = 'https://a.example.net/x';
    expect(await visitsOf(link(url, 'Unsubscribe') + link(url, 'View message'))).toEqual([url]);
    expect(await visitsOf(link(`${url}#1`, 'Unsubscribe') + link(`${url}#2`, 'View message'))).toEqual([url]);
  });

  test('“verify your account” is a lure, not a service, where the address is suspicious', async () => {
    expect(await visitsOf(link('http://203.0.114.7/verify-account', 'Verify your account'))).toHaveLength(1);
  });

  test('fragments are dropped, routes are kept', async () => {
    expect(
      await visitsOf(link('https://a.example.net/x#bob@example.org') + link('https://a.example.net/x#eve@example.org')),
    ).toEqual(['https://a.example.net/x']);
    expect(await visitsOf(link('https://a.example.net/#/login'))).toEqual(['https://a.example.net/#/login']);
  });

  test('what a person asks about is opened, whatever it does', () => {
    const { resources, visits } = rankTargets(
      extractObservable({ type: 'url', value: 'https://a.example.net/unsubscribe' }),
      CAPS,
    );
    expect(visits).toEqual([resources[0]?.id]);
  });
});

describe('lookups of rankTargets', () => {
  test('what is opened comes first, then files, the sender, links and addresses', async () => {
    const bytes = multipartMail(
      [
        {
          type: 'text/plain',
          disposition: 'inline',
          body: 'http://203.0.114.7/x https://www.facebook.com/x https://shop.example.net/y',
        },
        { type: 'application/pdf', name: 'a.pdf', body: '%PDF-1.7 x' },
        { type: 'image/png', name: 'logo.png', body: 'x' },
      ],
      'Received: from a (a [198.51.102.9]) by b; x',
      'Received: from c (c [10.0.0.1]) by a; x',
    );
    const { lookups } = await targetsOf(bytes, { visits: 2, lookups: 60 });
    const hash = expect.stringMatching(/^hash [0-9a-f]{64}$/);
    expect(lookups).toEqual([
      'url http://203.0.114.7/x',
      'url https://shop.example.net/y',
      hash,
      'domain example.com',
      'domain example.net',
      'ip 203.0.114.7',
      'ip 198.51.102.9',
      hash,
      'url https://www.facebook.com/x',
      'domain facebook.com',
    ]);
  });

  test('private addresses and names of a network are asked about by nobody', async () => {
    const { lookups } = await targetsOf(
      mailOf('http://192.168.1.1/ http://intranet/ http://host.internal/ http://127.0.0.1:9/'),
    );
    expect(lookups).toEqual(['domain example.com']);
  });

  test.each([
    ['domain', 'login.example.co.uk', ['domain login.example.co.uk', 'domain example.co.uk']],
    ['ip', '203.0.114.7', ['ip 203.0.114.7']],
    ['ip', '10.0.0.1', []],
    ['hash', 'd41d8cd98f00b204e9800998ecf8427e', ['hash d41d8cd98f00b204e9800998ecf8427e']],
    ['url', 'http://203.0.114.7/x', ['url http://203.0.114.7/x', 'ip 203.0.114.7']],
  ] as const)('of the %s %s', (type, value, expected) => {
    const { resources, lookups } = rankTargets(extractObservable({ type, value }), CAPS);
    expect(lookups.map(({ id, kind }) => `${kind} ${resources.find((resource) => resource.id === id)?.value}`)).toEqual(
      expected,
    );
  });
});

describe('rankTargets', () => {
  const piece = fc.constantFrom(
    'https://a.example.net/1',
    'https://a.example.net/2#x',
    'http://203.0.114.7/',
    'http://10.0.0.1/',
    'https://bit.ly/x',
    'https://www.facebook.com/',
    'https://www.google.com/url?q=https://b.example.org/',
    'https://a.example.net/unsubscribe',
    '<img src=https://c.example.org/x.png>',
    '<a href=https://d.example.com/>www.bank.com</a>',
    'hxxp://e[.]example[.]net/',
  );

  test('gives the same for the same, each once, within the caps, and names all that it lists', async () => {
    const cap = fc.integer({ min: 0, max: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 15 }), cap, cap, async (pieces, visitCap, lookupCap) => {
        const indicators = extractIndicators(await parseMail(htmlMail(pieces.join(' '))));
        const caps = { visits: visitCap, lookups: lookupCap };
        const targets = rankTargets(indicators, caps);
        const { resources, visits, lookups, unopened } = targets;
        expect(rankTargets(structuredClone(indicators), caps)).toEqual(targets);
        expect(visits.length).toBeLessThanOrEqual(visitCap);
        expect(lookups.length).toBeLessThanOrEqual(lookupCap);
        const listed = [...visits, ...lookups.map(({ id }) => id)];
        expect([...new Set(listed)].toSorted()).toEqual(resources.map(({ id }) => id).toSorted());
        expect(new Set(visits).size).toBe(visits.length);
        expect(new Set(lookups.map(({ id }) => id)).size).toBe(lookups.length);
        expect(resources.some(({ value }) => /unsubscribe/.test(value))).toBe(false);
        const more = rankTargets(indicators, { ...caps, visits: visitCap + 1 });
        expect(more.visits.slice(0, visits.length)).toEqual(visits);
        expect(more.visits.length + more.unopened).toBe(visits.length + unopened);
      }),
    );
  });
});
