import { describe, expect, test } from '@jest/globals';
import type { FormFacts, Hop, Indicators, Opinion, Provider, ProviderAnswer, VisitFacts } from '@sluice/contracts';
import { Finding } from '@sluice/contracts';
import { resourceId } from '@sluice/fleet/resources';
import * as fc from 'fast-check';
import { htmlMail } from '../../test/mails.ts';
import { extractIndicators } from '../mail/extract.ts';
import { parseMail } from '../mail/parse.ts';
import { checkEvidence } from './evidence.ts';

const FORM: FormFacts = { method: 'post', action: '', fields: 2, passwordFields: 1 };
const CERTIFICATE = {
  subject: 'CN=x',
  issuer: 'CN=self',
  validFrom: null,
  validTo: null,
  fingerprint256: 'AA',
  authorized: false,
  problem: 'CERT_HAS_EXPIRED',
};

const hop = (url: string, kind: Hop['kind'] = null, more: Partial<Hop> = {}): Hop => ({
  url,
  kind,
  status: kind === 'http' ? 302 : 200,
  address: '203.0.114.1',
  port: 443,
  tookMs: 5,
  bytes: 10,
  ...more,
});

/** A chain of HTTP redirects through these URLs to a page that is nothing special. */
function visit(urls: string[], more: Partial<VisitFacts> = {}): VisitFacts {
  const [url = '', ...rest] = urls;
  const finalUrl = rest.at(-1) ?? url;
  return {
    v: 1,
    by: 'http',
    url,
    finalUrl,
    download: null,
    cuts: [],
    guard: [],
    screenshot: null,
    tookMs: 9,
    chain: urls.map((at, index) => hop(at, index < urls.length - 1 ? 'http' : null)),
    landing: pageAt(finalUrl),
    ...more,
  };
}

function pageAt(url: string, more: Partial<NonNullable<VisitFacts['landing']>> = {}) {
  return {
    url,
    contentType: 'text/html',
    title: null,
    siteName: null,
    forms: [],
    passwordFields: 0,
    links: 3,
    text: '',
    ...more,
  };
}

/** A page that asks for a password. */
function login(url: string, title: string, form: Partial<FormFacts> = {}, text = ''): VisitFacts {
  const forms = [{ ...FORM, action: url, ...form }];
  return visit([url], { landing: pageAt(url, { title, forms, passwordFields: 1, text }) });
}

function check(visits: VisitFacts[], answers: ProviderAnswer[] = [], indicators: Indicators | null = null) {
  const found = checkEvidence({
    indicators,
    visits: visits.map((facts) => ({ id: resourceId('url', facts.url), facts })),
    answers,
  });
  for (const finding of found.findings) Finding.parse(finding);
  return found;
}

const weightsOf = (...args: Parameters<typeof check>) =>
  Object.fromEntries(check(...args).findings.map(({ id, weight }) => [id, weight]));

function answer(provider: Provider, opinion: Opinion, more: Partial<ProviderAnswer> = {}): ProviderAnswer {
  return {
    v: 1,
    provider,
    opinion,
    isKnown: true,
    score: null,
    facts: [],
    link: null,
    askedAt: '2026-11-22T10:00:00Z',
    resource: { kind: 'url', value: 'https://shop.example.net/' },
    summary: 'What it says.',
    ...more,
  };
}

async function indicatorsOf(html: string): Promise<Indicators> {
  return extractIndicators(await parseMail(htmlMail(html)));
}

describe('login pages', () => {
  test.each<[string, number | undefined, VisitFacts]>([
    ['a brand’s title elsewhere', 70, login('https://shop.example.net/', 'PayPal: Log in')],
    [
      'a brand’s site name elsewhere',
      70,
      visit(['https://shop.example.net/'], {
        landing: pageAt('https://shop.example.net/', { siteName: 'Netflix', forms: [FORM], passwordFields: 1 }),
      }),
    ],
    [
      'words that ask to sign in to the brand',
      45,
      login('https://shop.example.net/', 'Welcome', {}, 'Sign in to your PayPal account'),
    ],
    ['a program that companies run themselves', 45, login('https://mail.example.net/owa', 'Outlook Web App')],
    [
      'a long title about the brand',
      45,
      login('https://forum.example.net/', 'How I lost my savings after a PayPal scam and won them back'),
    ],
    ['the brand itself', undefined, login('https://www.paypal.com/signin', 'PayPal: Log in')],
    ['another domain of the brand', undefined, login('https://login.live.com/', 'Sign in to your Microsoft account')],
    [
      'an offer to sign in with a brand',
      undefined,
      login('https://shop.example.net/', 'Sign in with Google', {}, 'Sign in with Google or Facebook'),
    ],
    ['no brand', undefined, login('https://shop.example.net/', 'Example shop')],
    [
      'a brand, but nothing is asked for',
      undefined,
      visit(['https://shop.example.net/'], { landing: pageAt('https://shop.example.net/', { title: 'PayPal' }) }),
    ],
  ])('%s: %s', (_, weight, facts) => {
    expect(weightsOf([facts])['landing.brand-login']).toBe(weight);
  });

  test('a seed phrase is as good as a password', () => {
    const page = { title: 'MetaMask', text: 'Enter your 12 word phrase', forms: [{ ...FORM, passwordFields: 0 }] };
    const facts = visit(['https://shop.example.net/'], { landing: pageAt('https://shop.example.net/', page) });
    expect(weightsOf([facts])).toMatchObject({ 'landing.brand-login': 70 });
  });

  test.each<[string, string, string, number]>([
    ['landing.password-elsewhere', 'https://shop.example.net/', 'https://other.example.org/', 35],
    ['landing.password-elsewhere', 'https://shop.example.net/', 'https://formspree.io/f/x', 65],
    ['landing.password-elsewhere', 'https://shop.example.net/', 'mailto:eve@example.org', 65],
    ['landing.password-to-ip', 'https://shop.example.net/', 'https://203.0.114.7/x', 55],
    ['landing.password-unencrypted', 'https://shop.example.net/', 'http://shop.example.net/x', 25],
    ['landing.password-free-host', 'https://x.weebly.com/', 'https://x.weebly.com/x', 40],
    ['landing.password-free-host', 'https://203.0.114.7/', 'https://203.0.114.7/x', 50],
  ])('%s: %s that posts to %s', (id, url, action, weight) => {
    expect(weightsOf([login(url, 'Shop', { action })])).toMatchObject({ [id]: weight });
  });

  test.each([
    ['https://shop.example.net/', 'https://login.example.net/x'],
    ['https://shop.de/', 'https://shop.com/x'],
    ['https://www.microsoft.com/', 'https://login.live.com/x'],
    ['https://shop.example.net/', 'javascript:void(0)'],
  ])('%s may post to %s', (url, action) => {
    expect(check([login(url, 'Shop', { action })]).findings).toEqual([]);
  });

  test('a borrowed name at a thrown-away address is found without a password field', () => {
    const named = (url: string) => visit([url], { landing: pageAt(url, { title: 'PayPal' }) });
    expect(weightsOf([named('https://paypal-login.com/')])['landing.brand-elsewhere']).toBe(60);
    expect(weightsOf([named('https://parcel.top/')])['landing.brand-elsewhere']).toBe(35);
    expect(weightsOf([named('https://shop.example.net/')])['landing.brand-elsewhere']).toBeUndefined();
  });

  test('brands are listed by visit', () => {
    const facts = login('https://shop.example.net/', 'PayPal: Log in');
    expect(check([facts, visit(['https://a.example/'])]).brands).toEqual([
      { visit: resourceId('url', facts.url), brands: ['PayPal'] },
    ]);
  });

  test('a certificate that browsers warn of counts where there is a form', () => {
    const url = 'https://shop.example.net/';
    const chain = [hop(url, null, { certificate: CERTIFICATE })];
    expect(check([{ ...visit([url]), chain }]).findings).toEqual([]);
    expect(weightsOf([{ ...login(url, 'Shop'), chain }])['landing.bad-certificate']).toBe(40);
    const search = pageAt(url, { forms: [{ ...FORM, passwordFields: 0 }] });
    expect(weightsOf([{ ...visit([url]), chain, landing: search }])['landing.bad-certificate']).toBe(25);
  });
});

describe('chains', () => {
  const elsewhere = ['https://www.bank.com/x', 'https://evil.example.net/'];

  test('the URLs behind the link are judged like links', () => {
    expect(weightsOf([visit(['https://a.example.net/', 'http://203.0.114.7/x'])])).toMatchObject({
      'landing.url-ip-host': 40,
    });
    expect(
      weightsOf([visit(['https://a.example.net/', 'https://paypal-login.com/', 'https://b.example.net/'])]),
    ).toMatchObject({
      'landing.domain-brand-lookalike': 45,
    });
    const [finding] = check([visit(['https://a.example.net/', 'http://203.0.114.7/x'])]).findings;
    expect(finding).toMatchObject({
      explanation: expect.stringMatching(/^A link in the mail was followed/),
      evidence: [{ where: 'redirect', quote: 'http://203.0.114.7/x' }],
    });
  });

  test('what the mail itself holds is judged with the mail', async () => {
    const indicators = await indicatorsOf('<a href="http://203.0.114.7/x">x</a>');
    expect(check([visit(['http://203.0.114.7/x'])], [], indicators).findings).toEqual([]);
    const loaded = await indicatorsOf('<img src="http://203.0.114.7/x">');
    expect(weightsOf([visit(['http://203.0.114.7/x'])], [], loaded)).toEqual({ 'landing.url-ip-host': 40 });
  });

  test('a destination in a query is none until the chain goes there', () => {
    expect(weightsOf([visit(['https://a.example.net/', 'https://a.example.net/?next=http://203.0.114.7/'])])).toEqual(
      {},
    );
  });

  test('a link that shows one site, begins there and ends at another', async () => {
    const indicators = await indicatorsOf('<a href="https://www.bank.com/x">www.bank.com</a>');
    expect(weightsOf([visit(elsewhere)], [], indicators)).toEqual({
      'landing.elsewhere-than-shown': 30,
      'landing.sent-on': 0,
    });
    const plain = await indicatorsOf('<a href="https://www.bank.com/x">here</a>');
    expect(weightsOf([visit(elsewhere)], [], plain)).toEqual({ 'landing.sent-on': 0 });
    const mismatched = await indicatorsOf('<a href="https://www.bank.com/x">www.other.com</a>');
    expect(weightsOf([visit(elsewhere)], [], mismatched)).toEqual({ 'landing.sent-on': 0 });
  });

  test.each([
    ['the same site', ['https://a.example.net/', 'https://b.example.net/']],
    ['the name under another suffix', ['https://shop.de/', 'https://www.shop.com/']],
    ['no redirect', ['https://a.example.net/']],
  ])('%s is nothing', (_, urls) => {
    expect(check([visit(urls)]).findings).toEqual([]);
  });

  test('scripts that send to another site weigh, those of short links do not', () => {
    const by = (first: string, kind: Hop['kind']): VisitFacts => ({
      ...visit([first, 'https://evil.example.net/']),
      chain: [hop(first, kind), hop('https://evil.example.net/')],
    });
    expect(weightsOf([by('https://shop.example.org/', 'script')])['landing.script-redirect']).toBe(20);
    expect(weightsOf([by('https://shop.example.org/', 'meta-refresh')])['landing.script-redirect']).toBe(20);
    expect(weightsOf([by('https://shop.example.org/', 'http')])['landing.script-redirect']).toBeUndefined();
    expect(weightsOf([by('https://t.co/x', 'script')])['landing.script-redirect']).toBeUndefined();
  });

  test('four changes of site are many', () => {
    const sites = ['a', 'b', 'c', 'd', 'e'].map((name) => `https://www.${name}-example.net/`);
    expect(weightsOf([visit(sites)])['landing.long-chain']).toBe(20);
    expect(weightsOf([visit(sites.slice(1))])['landing.long-chain']).toBeUndefined();
  });

  test.each(['loop', 'hop-limit'] as const)('a %s is told', (reason) => {
    const cuts = [{ reason, url: 'https://a.example.net/', message: 'x' }];
    expect(weightsOf([visit(['https://a.example.net/'], { cuts })])).toEqual({ 'landing.endless-chain': 12 });
  });

  test.each(['time', 'dns', 'connection', 'tls', 'bytes', 'requests', 'encoding', 'bad-url'] as const)(
    'a page out of reach (%s) is no finding',
    (reason) => {
      const cuts = [{ reason, url: 'https://a.example.net/', message: 'x' }];
      expect(check([visit(['https://a.example.net/'], { cuts, landing: null })]).findings).toEqual([]);
    },
  );

  test('a page without an address is found', () => {
    const facts = visit(['https://a.example.net/'], { finalUrl: 'data:text/html,x' });
    expect(weightsOf([facts])['landing.opaque-page']).toBe(45);
  });
});

describe('private addresses', () => {
  const led = (from: string[], to: string, why: 'private' | 'metadata' = 'private', finalUrl = to): VisitFacts => ({
    ...visit(from.length > 0 ? from : [to]),
    chain: from.map((url) => hop(url, 'http')),
    finalUrl,
    landing: null,
    cuts: [{ reason: 'private-address', url: to, message: 'refused' }],
    guard: [{ host: new URL(to).hostname, address: new URL(to).hostname, port: 80, allowed: false, why }],
  });
  const weight = (facts: VisitFacts) => weightsOf([facts])['landing.private-address'];

  test.each([
    ['a page that sends there', 45, led(['https://a.example.net/'], 'http://10.0.0.1/')],
    [
      'a page that sends to the secrets of a server',
      60,
      led(['https://a.example.net/'], 'http://169.254.169.254/', 'metadata'),
    ],
    [
      'a page that loads something there',
      10,
      led(['https://a.example.net/'], 'http://10.0.0.1/', 'private', 'https://a.example.net/'),
    ],
    ['a link of the mail itself', 0, led([], 'http://10.0.0.1/')],
    ['a link of the mail itself to the secrets of a server', 45, led([], 'http://169.254.169.254/', 'metadata')],
  ])('%s weighs %s', (_, expected, facts) => {
    expect(weight(facts)).toBe(expected);
  });
});

describe('downloads', () => {
  test.each<[string | null, string, number | undefined]>([
    ['bill.exe', 'application/octet-stream', 75],
    ['bill', 'application/x-msdownload', 75],
    ['app.apk', 'application/octet-stream', 75],
    ['disk.iso', 'application/octet-stream', 55],
    ['bill.docm', 'application/octet-stream', 55],
    ['bill', 'application/vnd.ms-excel.sheet.macroEnabled.12', 55],
    ['bill.zip', 'application/zip', 30],
    [null, 'application/octet-stream', 75],
    ['bill.pdf', 'application/pdf', undefined],
  ])('%s of type %s', (fileName, contentType, weight) => {
    const url = 'https://a.example.net/files/setup.exe';
    const facts = visit([url], { landing: null, download: { url, fileName, contentType, bytes: 9, sha256: 'ab' } });
    expect(weightsOf([facts])['landing.download']).toBe(weight);
  });
});

describe('answers', () => {
  test.each<[Provider, Opinion, Partial<ProviderAnswer>, number]>([
    ['virustotal', 'malicious', { score: 3 }, 63],
    ['virustotal', 'malicious', { score: 60 }, 85],
    ['virustotal', 'malicious', { score: null }, 60],
    ['virustotal', 'malicious', { score: 60, resource: { kind: 'ip', value: '203.0.114.7' } }, 60],
    ['virustotal', 'suspicious', {}, 25],
    ['abuseipdb', 'malicious', {}, 35],
    ['abuseipdb', 'suspicious', {}, 15],
    ['urlscan', 'malicious', {}, 60],
    ['shodan', 'suspicious', {}, 10],
    ['gemini', 'malicious', { resource: null, score: 100 }, 15],
  ])('%s says %s: %j', (provider, opinion, more, weight) => {
    expect(weightsOf([], [answer(provider, opinion, more)])).toEqual({ [`answer.${provider}-${opinion}`]: weight });
  });

  test('harmless and unknown say nothing', () => {
    expect(
      check([], [answer('virustotal', 'harmless'), answer('urlscan', 'none', { isKnown: false })]).findings,
    ).toEqual([]);
  });

  test('each provider has a finding of its own, and names what it was asked about', () => {
    const { findings } = check(
      [],
      [
        answer('virustotal', 'malicious'),
        answer('urlscan', 'malicious'),
        answer('virustotal', 'malicious', { resource: { kind: 'hash', value: 'ab' }, score: 20 }),
      ],
    );
    expect(findings.map(({ id }) => id)).toEqual(['answer.virustotal-malicious', 'answer.urlscan-malicious']);
    expect(findings[0]).toMatchObject({
      category: 'malware',
      evidence: [
        { where: 'VirusTotal', quote: 'ab: What it says.' },
        { where: 'VirusTotal', quote: 'https://shop.example.net/: What it says.' },
      ],
    });
  });

  test('all that Gemini says leaves a mail below suspicion', () => {
    const said = (['malicious', 'suspicious', 'harmless'] as const).map((opinion) =>
      answer('gemini', opinion, { resource: null, score: 100 }),
    );
    const { findings } = check([], [...said, ...said]);
    const left = findings.reduce((product, { weight }) => product * (1 - weight / 100), 1);
    expect(100 * (1 - left)).toBeLessThan(40);
  });
});

describe('checkEvidence', () => {
  const urls = fc.constantFrom(
    'https://a.example.net/',
    'https://b.example.org/',
    'http://203.0.114.7/',
    'https://paypal-login.com/',
    'https://t.co/x',
    'https://x.weebly.com/',
    'http://10.0.0.1/',
    'data:text/html,x',
    'nonsense',
    '',
  );
  const reason = fc.constantFrom('private-address', 'hop-limit', 'loop', 'time', 'bad-url');
  const facts = fc
    .record({
      chain: fc.array(fc.record({ url: urls, kind: fc.constantFrom('http', 'script', null) }), { maxLength: 6 }),
      finalUrl: urls,
      cut: fc.option(fc.record({ reason, url: urls })),
      title: fc.constantFrom('PayPal: Log in', 'Outlook', 'Shop', null),
      action: urls,
      passwordFields: fc.nat(1),
      fileName: fc.option(fc.constantFrom('a.exe', 'a.zip', 'a.pdf')),
    })
    .map(
      ({ chain, finalUrl, cut, title, action, passwordFields, fileName }): VisitFacts => ({
        ...visit([chain[0]?.url ?? finalUrl], { finalUrl }),
        chain: chain.map(({ url, kind }) => hop(url, kind)),
        landing: pageAt(finalUrl, { title, passwordFields, forms: [{ ...FORM, action, passwordFields }] }),
        cuts: cut === null ? [] : [{ ...cut, message: 'x' }],
        download: fileName === null ? null : { url: finalUrl, fileName, contentType: 'x/y', bytes: 1, sha256: null },
      }),
    );
  const answers = fc
    .record({
      provider: fc.constantFrom<Provider>('virustotal', 'abuseipdb', 'gemini'),
      opinion: fc.constantFrom<Opinion>('malicious', 'suspicious', 'harmless', 'none'),
      score: fc.option(fc.nat(100)),
    })
    .map(({ provider, opinion, score }) => answer(provider, opinion, { score }));

  test('one more visit or answer takes no finding away and makes none lighter', () => {
    fc.assert(
      fc.property(
        fc.array(facts, { maxLength: 4 }),
        fc.array(answers, { maxLength: 4 }),
        facts,
        answers,
        (visits, said, more, moreSaid) => {
          const before = weightsOf(visits, said);
          const after = weightsOf([...visits, more], [...said, moreSaid]);
          for (const [id, weight] of Object.entries(before)) expect(after[id]).toBeGreaterThanOrEqual(weight);
        },
      ),
      { numRuns: 500 },
    );
  });
});
