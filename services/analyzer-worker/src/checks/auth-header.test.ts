import { describe, expect, test } from '@jest/globals';
import { Authentication } from '@sluice/contracts';
import * as fc from 'fast-check';
import { mailOf } from '../../test/mails.ts';
import { parseMail } from '../mail/parse.ts';
import { clientOf } from './auth-client.ts';
import { authenticateMail, isSigned } from './auth-mail.ts';
import { brandAtHome } from './auth-brand.ts';
import { findingsOfAuthentication } from './auth-findings.ts';
import { parseArcHeader, parseAuthHeader } from './auth-header.ts';
import { readTrustedAuthentication } from './auth-trusted.ts';

const plain = (value: string) => {
  const { authservId, results } = parseAuthHeader(value);
  return [
    authservId,
    ...results.map(({ method, result, properties }) => `${method} ${result} ${JSON.stringify([...properties])}`),
  ];
};

describe('parseAuthHeader', () => {
  test.each<[string, (string | null)[]]>([
    ['mx.example.org; none', ['mx.example.org']],
    ['MX.example.org 1; spf=pass smtp.mailfrom=a@b.c', ['mx.example.org', 'spf pass [["smtp.mailfrom","a@b.c"]]']],
    [
      'mx.example.org;\r\n dkim=FAIL (bad; "key" (nested)) reason="no; key" header.d=b.c;\r\n dmarc/1 = fail (p=reject) header.from = b.c',
      ['mx.example.org', 'dkim fail [["reason","no; key"],["header.d","b.c"]]', 'dmarc fail [["header.from","b.c"]]'],
    ],
    ['"mx (quoted)"; spf=none', ['mx (quoted)', 'spf none []']],
    [
      'spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.c; dkim=none',
      [null, 'spf pass [["smtp.mailfrom","b.c"]]', 'dkim none []'],
    ],
    ['', [null]],
    ['mx; =x; ; spf=; spf', ['mx']],
  ])('%j is read', (value, expected) => {
    expect(plain(value)).toEqual(expected);
  });

  test('an ARC header has its instance before the name', () => {
    expect(parseArcHeader(' i=2; mx.example.org; spf=fail')).toMatchObject({
      instance: 2,
      authservId: 'mx.example.org',
      results: [{ method: 'spf', result: 'fail' }],
    });
  });

  test('no text does it harm', () => {
    const piece = fc.constantFrom('(', ')', '"', '\\', ';', '=', ' ', 'spf', 'pass', 'i=1', '.', '\r\n ');
    fc.assert(fc.property(fc.string({ unit: piece }), (value) => parseAuthHeader(value).results.length < 1000));
  });
});

const FAIL =
  'Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=example.com; dkim=none; dmarc=fail header.from=example.com';
const PASS = FAIL.replaceAll('fail', 'pass');
const RECEIVED = 'Received: from a by mx.example.org; Sun, 22 Nov 2026 10:00:00 +0100';

async function authenticationOf(headers: string[], trusted = ['MX.example.org']): Promise<string> {
  const { mails } = await parseMail(Buffer.from([...headers, mailOf('hi').toString()].join('\r\n')));
  const [mail] = mails;
  if (mail === undefined) throw new Error('no mail');
  const { spf, dkim, dmarc } = readTrustedAuthentication(mail, trusted);
  return [spf, dkim, dmarc].join(' ');
}

describe('readTrustedAuthentication', () => {
  const unknown = 'unknown unknown unknown';
  test.each<[string, string[], string]>([
    ['a trusted server is believed', [FAIL, RECEIVED], 'fail none fail'],
    ['a stranger is not', [FAIL.replace('mx.example.org', 'mx.evil.example'), RECEIVED], unknown],
    ['a header without a name is not', ['Authentication-Results: spf=pass; dmarc=pass', RECEIVED], unknown],
    ['what stands below the next hop is not', [FAIL, RECEIVED, PASS], 'fail none fail'],
    [
      'several headers of one hop count together',
      [
        'Authentication-Results: mx.example.org; spf=pass',
        'X-Other: 1',
        'Authentication-Results: mx.example.org; dkim=fail',
      ],
      'pass fail unknown',
    ],
    [
      'one good signature is enough',
      ['Authentication-Results: mx.example.org; dkim=fail; dkim=pass'],
      'unknown pass unknown',
    ],
    [
      'ARC counts where there is nothing else, the latest first',
      [
        'ARC-Authentication-Results: i=1; mx.example.org; spf=pass',
        'ARC-Authentication-Results: i=2; mx.example.org; spf=softfail',
      ],
      'softfail unknown unknown',
    ],
    ['an error of DNS is unknown', ['Authentication-Results: mx.example.org; spf=temperror; dmarc=permerror'], unknown],
  ])('%s', async (_, headers, expected) => {
    expect(await authenticationOf(headers)).toBe(expected);
  });

  test('where nobody is trusted nothing is known, and nothing is found', async () => {
    expect(await authenticationOf([FAIL], [])).toBe(unknown);
    const bytes = Buffer.from(`${FAIL}\r\n${mailOf('hi').toString()}`);
    const document = await parseMail(bytes);
    const resultOf = async (trustedAuthservIds: string[]) =>
      await authenticateMail(bytes, document, { trustedAuthservIds, resolver: null, timeLimitMs: 1_000 });
    expect(await resultOf([])).toMatchObject({ authentication: { by: 'nobody' }, findings: [] });
    const { authentication, findings } = await resultOf(['mx.example.org']);
    expect(Authentication.parse(authentication)).toMatchObject({ by: 'trusted-header', dmarc: 'fail' });
    expect(findings.map(({ id, weight }) => [id, weight])).toEqual([['auth.dmarc-fail', 25]]);
    expect(findings[0]?.evidence[0]?.quote).toBe('spf=fail smtp.mailfrom=example.com');
  });
});

describe('findingsOfAuthentication', () => {
  const idsOf = (
    spf: 'pass' | 'fail',
    dkim: 'pass' | 'fail',
    dmarc: 'pass' | 'fail' | 'none',
    isList = false,
    brand: string | null = null,
  ) =>
    findingsOfAuthentication(
      { v: 1, by: 'dns', spf, dkim, dmarc, quotes: ['spf=x', 'dkim=x', 'dmarc=x'] },
      { isList, brand },
    ).map(({ id, weight, eases }) => `${id} ${eases ?? weight}`);

  test.each([
    [idsOf('fail', 'fail', 'pass'), []],
    [idsOf('pass', 'pass', 'pass', false, 'PayPal'), ['auth.brand-confirmed 70']],
    [idsOf('pass', 'pass', 'fail', false, 'PayPal'), ['auth.dmarc-fail 25']],
    [idsOf('pass', 'pass', 'fail'), ['auth.dmarc-fail 25']],
    [idsOf('pass', 'pass', 'fail', true), ['auth.dmarc-fail 5']],
    [idsOf('fail', 'fail', 'none'), ['auth.spf-fail 12', 'auth.dkim-fail 8']],
    [idsOf('fail', 'pass', 'none'), []],
    [idsOf('pass', 'fail', 'none'), []],
  ])('%#: %j', (found, expected) => {
    expect(found).toEqual(expected);
  });
});

describe('brandAtHome', () => {
  test.each<[string, string, string, string | null]>([
    ['a company that leads to itself', 'service@paypal.com', 'https://www.paypal.com/x', 'PayPal'],
    ['and to what everybody links to', 'x@mail.paypal.de', 'https://paypal.com/ https://twitter.com/x', 'PayPal'],
    ['a company that leads elsewhere too', 'x@paypal.com', 'https://paypal.com/ https://evil.example/', null],
    ['a company that leads nowhere', 'service@paypal.com', 'Call us.', null],
    ['its name under a suffix that anybody gets', 'x@paypal.lat', 'https://paypal.lat/', null],
    ['a free mailbox of a company', 'eve@gmail.com', 'https://google.com/x https://mail.google.com/', null],
    ['a stranger', 'eve@evil.example', 'https://evil.example/', null],
  ])('%s', async (_, sender, body, expected) => {
    const source = mailOf(body)
      .toString()
      .replace(/^From: .*\r\n/, `From: ${sender}\r\n`);
    const { mails } = await parseMail(Buffer.from(source));
    expect(mails[0] && brandAtHome(mails[0])).toBe(expected);
  });
});

describe('isSigned', () => {
  const trustedHop = ['Return-Path: <a@example.com>', 'Received: from a (a [198.51.102.7]) by mx.example.org; x'];
  test.each<[string, string[], string[], boolean]>([
    ['a signature', ['DKIM-Signature: v=1'], [], true],
    ['nothing', [], ['mx.example.org'], false],
    ['words of a stranger', [FAIL, ...trustedHop], [], false],
    ['words of a trusted server', [FAIL], ['MX.example.org'], true],
    ['a hop into a trusted server from outside', trustedHop, ['mx.example.org'], true],
  ])('%s', async (_, headers, trusted, expected) => {
    const document = await parseMail(Buffer.from([...headers, mailOf('hi').toString()].join('\r\n')));
    expect(isSigned(document, trusted)).toBe(expected);
  });
});

describe('clientOf', () => {
  const hop = (ip: string, by = 'mx.example.org') => `Received: from h${ip} (x [${ip}]) by ${by}; x`;
  const path = 'Return-Path: <a@example.com>';
  test.each<[string, string[], string | null]>([
    ['the server that handed it in', [path, hop('198.51.102.7', 'MX.example.org')], '198.51.102.7'],
    [
      'the topmost, because those below may be forged',
      [path, hop('198.51.102.7'), hop('198.51.102.8')],
      '198.51.102.7',
    ],
    ['not a hop of a stranger', [path, hop('198.51.102.7', 'mx.evil.example')], null],
    ['not an address inside', [path, hop('10.0.0.1'), hop('198.51.102.8')], null],
    ['nobody where there is no Return-Path', [hop('198.51.102.7')], null],
  ])('%s', async (_, headers, expected) => {
    const { mails } = await parseMail(Buffer.from([...headers, mailOf('hi').toString()].join('\r\n')));
    expect(mails[0] && (clientOf(mails[0], ['mx.example.org'])?.ip ?? null)).toBe(expected);
  });
});
