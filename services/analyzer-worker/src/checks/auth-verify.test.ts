import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { dkimSign, type DNSResolver } from 'mailauth';
import { mailOf } from '../../test/mails.ts';
import { verifyAuthentication } from './auth-verify.ts';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ZONE: Record<string, string> = {
  'TXT s1._domainkey.example.com': `v=DKIM1; k=rsa; p=${keys.publicKey.toString('base64')}`,
  'TXT example.com': 'v=spf1 ip4:192.0.2.1 -all',
  'TXT _dmarc.example.com': 'v=DMARC1; p=reject',
};

const zone: DNSResolver = async (domain, type) => {
  const record = ZONE[`${type} ${domain}`];
  if (record === undefined) throw Object.assign(new Error('no such record'), { code: 'ENOTFOUND' });
  return [[record]];
};
const away: DNSResolver = async () => {
  throw Object.assign(new Error('no answer'), { code: 'ETIMEOUT' });
};
const silent: DNSResolver = () => new Promise(() => {});

async function signed(): Promise<Buffer> {
  const mail = mailOf('hi\r\n');
  const key = { signingDomain: 'example.com', selector: 's1', privateKey: keys.privateKey };
  const { signatures } = await dkimSign(mail, { ...key, signatureData: [key] });
  return Buffer.concat([Buffer.from(signatures), mail]);
}

const own = { ip: '192.0.2.1', helo: 'mail.example.com', mailFrom: 'ann@example.com' };
const foreign = { ...own, ip: '192.0.2.99' };

async function verdictsOf(bytes: Uint8Array, resolver: DNSResolver, client?: typeof own): Promise<string> {
  const found = await verifyAuthentication(bytes, {
    resolver,
    timeLimitMs: resolver === silent ? 20 : 5_000,
    ...(client === undefined ? {} : { client }),
  });
  return [found.spf, found.dkim, found.dmarc].join(' ');
}

describe('verifyAuthentication', () => {
  test('a signed mail from its own server passes everything', async () => {
    expect(await verdictsOf(await signed(), zone, own)).toBe('pass pass pass');
  });

  test('a signed mail that was forwarded passes by its signature', async () => {
    expect(await verdictsOf(await signed(), zone, foreign)).toBe('fail pass pass');
    expect(await verdictsOf(await signed(), zone)).toBe('unknown pass pass');
  });

  test('an unsigned mail from another server fails', async () => {
    expect(await verdictsOf(mailOf('hi'), zone, foreign)).toBe('fail none fail');
  });

  test('without knowing who handed it in an unsigned mail is unknown, not failed', async () => {
    expect(await verdictsOf(mailOf('hi'), zone)).toBe('unknown none unknown');
  });

  test('a changed body breaks the signature', async () => {
    const changed = Buffer.from((await signed()).toString().replace('\r\n\r\nhi', '\r\n\r\nho'));
    expect(await verdictsOf(changed, zone, foreign)).toBe('fail fail fail');
  });

  test.each([
    ['does not answer', away],
    ['never answers', silent],
  ])('where DNS %s everything is unknown', async (_, resolver) => {
    expect(await verdictsOf(await signed(), resolver, own)).toBe('unknown unknown unknown');
  });

  test('a mail with many signatures asks no more than the bound', async () => {
    const [signature = ''] = (await signed()).toString().split(/\r\nFrom:/);
    const many = Array.from({ length: 50 }, (_, index) => signature.replace('s=s1', `s=s${index}`)).join('\r\n');
    let asked = 0;
    const counting: DNSResolver = async (domain, type) => {
      asked += 1;
      return await zone(domain, type);
    };
    await verifyAuthentication(Buffer.from(`${many}\r\n${mailOf('hi').toString()}`), {
      resolver: counting,
      timeLimitMs: 5_000,
      maxLookups: 10,
    });
    expect(asked).toBe(10);
  });

  test('once it has given up it asks nothing more', async () => {
    const questions: (() => void)[] = [];
    const waiting: DNSResolver = async (domain, type) => {
      await new Promise<void>((resolve) => questions.push(resolve));
      return await zone(domain, type);
    };
    await verifyAuthentication(await signed(), { resolver: waiting, timeLimitMs: 20, client: own });
    const asked = questions.length;
    for (const goOn of questions) goOn();
    await new Promise((resolve) => setImmediate(resolve));
    expect([asked > 0, questions.length]).toEqual([true, asked]);
  });
});
