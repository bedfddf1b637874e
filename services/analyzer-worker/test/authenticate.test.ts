import { generateKeyPairSync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Authentication } from '@sluice/contracts';
import { dkimSign } from 'mailauth';
import type { MailAuthentication } from '../src/checks/auth-mail.ts';
import { createDnsResolver } from '../src/mail/dns.ts';
import { parseMail } from '../src/mail/parse.ts';
import type { AuthenticationSettings, MailReader } from '../src/mail/reader.ts';
import { createMailReader } from '../src/mail/reader.ts';
import { startDnsServer } from './dns-server.ts';
import { mailOf } from './mails.ts';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ZONE = {
  's1._domainkey.example.com': `v=DKIM1; k=rsa; p=${keys.publicKey.toString('base64')}`,
  'example.com': 'v=spf1 ip4:198.51.102.1 -all',
  '_dmarc.example.com': 'v=DMARC1; p=reject',
};
const RETURN_PATH = 'Return-Path: <ann@example.com>';
const hopFrom = (ip: string) => `Received: from out.example.com (out.example.com [${ip}]) by mx.example.org; x`;

const signal = new AbortController().signal;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function dnsOf(...args: Parameters<typeof startDnsServer>) {
  const server = await startDnsServer(...args);
  stops.push(server.stop);
  return server;
}

/** An address where nobody listens. */
async function refusingAddress(): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return `127.0.0.1:${port}`;
}

function readerOf(settings: Partial<AuthenticationSettings>): MailReader {
  const authentication: AuthenticationSettings = {
    trustedAuthservIds: [],
    dns: 'off',
    timeLimitMs: 15_000,
    ...settings,
  };
  const reader = createMailReader({ processes: 1, timeLimitMs: 60_000, memoryMb: 64, authentication });
  stops.push(reader.stop);
  return reader;
}

async function signed(): Promise<Buffer> {
  const mail = mailOf('hi\r\n');
  const key = { signingDomain: 'example.com', selector: 's1', privateKey: keys.privateKey };
  const { signatures } = await dkimSign(mail, { ...key, signatureData: [key] });
  return Buffer.concat([Buffer.from(signatures), mail]);
}

function under(mail: Buffer, ...headers: string[]): Buffer {
  return Buffer.concat([Buffer.from(headers.map((header) => `${header}\r\n`).join('')), mail]);
}

async function authenticate(reader: MailReader, bytes: Buffer): Promise<MailAuthentication> {
  const result = await reader.authenticate(bytes, await parseMail(bytes), signal);
  Authentication.parse(result.authentication);
  return result;
}

function wordsOf({ authentication: { by, spf, dkim, dmarc } }: MailAuthentication): string {
  return `${by}: ${spf} ${dkim} ${dmarc}`;
}

describe('authentication in the reader', () => {
  test('a signed mail passes by DNS, asked from the confined process', async () => {
    const server = await dnsOf(ZONE);
    const result = await authenticate(readerOf({ dns: [server.address] }), await signed());
    expect(wordsOf(result)).toBe('dns: unknown pass pass');
    expect(result.findings).toEqual([]);
    expect(server.asked).toContain('16 s1._domainkey.example.com');
  });

  test('a mail that was changed after it was signed fails', async () => {
    const server = await dnsOf(ZONE);
    const changed = Buffer.from((await signed()).toString().replace('\r\n\r\nhi', '\r\n\r\nho'));
    const result = await authenticate(readerOf({ dns: [server.address] }), changed);
    expect(wordsOf(result)).toBe('dns: unknown fail unknown');
    expect(result.findings).toMatchObject([{ id: 'auth.dkim-fail', evidence: [{ where: 'dns' }] }]);
  });

  test('a forged mail fails everything where a trusted server says who handed it in', async () => {
    const server = await dnsOf(ZONE);
    const reader = readerOf({ dns: [server.address], trustedAuthservIds: ['mx.example.org'] });
    const forged = await authenticate(reader, under(mailOf('hi'), RETURN_PATH, hopFrom('198.51.102.99')));
    expect(wordsOf(forged)).toBe('dns: fail none fail');
    expect(forged.findings).toMatchObject([{ id: 'auth.dmarc-fail', weight: 25 }]);
    const own = await authenticate(reader, under(mailOf('hi'), RETURN_PATH, hopFrom('198.51.102.1')));
    expect(wordsOf(own)).toBe('dns: pass none pass');
  });

  test('a stranger’s Received header is not believed', async () => {
    const server = await dnsOf(ZONE);
    const bytes = under(mailOf('hi'), RETURN_PATH, hopFrom('198.51.102.1'));
    expect(wordsOf(await authenticate(readerOf({ dns: [server.address] }), bytes))).toBe('dns: unknown none unknown');
  });

  test('what a trusted server says is taken without asking DNS', async () => {
    const server = await dnsOf(ZONE);
    const reader = readerOf({ dns: [server.address], trustedAuthservIds: ['mx.example.org'] });
    const bytes = under(await signed(), 'Authentication-Results: mx.example.org; dmarc=fail header.from=example.com');
    expect(wordsOf(await authenticate(reader, bytes))).toBe('trusted-header: unknown unknown fail');
    expect(server.asked).toEqual([]);
  });

  test('where DNS is off nothing is known', async () => {
    expect(wordsOf(await authenticate(readerOf({}), await signed()))).toBe('nobody: unknown unknown unknown');
  });

  test.each([
    ['is silent', async () => (await dnsOf({}, () => true)).address],
    ['refuses', refusingAddress],
  ])('where DNS %s nothing is known, by nobody', async (_, addressOf) => {
    const reader = readerOf({ dns: [await addressOf()] });
    const result = await authenticate(reader, await signed());
    expect(wordsOf(result)).toBe('nobody: unknown unknown unknown');
    expect(result.findings).toEqual([]);
  });

  test('servers that were silent are not asked at the next mail', async () => {
    const server = await dnsOf({}, () => true);
    const reader = readerOf({ dns: [server.address] });
    await authenticate(reader, await signed());
    const before = server.asked.length;
    expect(before).toBeGreaterThan(0);
    await authenticate(reader, await signed());
    expect(server.asked.length).toBe(before);
  });
});

describe('DNS resolver', () => {
  test('silent servers are asked again after their rest', async () => {
    let nowMs = 0;
    const server = await dnsOf(ZONE, () => nowMs === 0);
    const resolver = createDnsResolver({
      servers: [server.address],
      timeoutMs: 250,
      restMs: 30_000,
      nowMs: () => nowMs,
    });
    await expect(resolver('example.com', 'TXT')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    nowMs = 29_999;
    await expect(resolver('example.com', 'TXT')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(server.asked.filter((question) => question === '16 example.com')).toHaveLength(2);
    nowMs = 30_000;
    expect(await resolver('example.com', 'TXT')).toEqual([[ZONE['example.com']]]);
  });

  test('a name whose servers are silent does not stop questions about others', async () => {
    const server = await dnsOf(ZONE, (name) => name.endsWith('slow.example'));
    const resolver = createDnsResolver({ servers: [server.address], timeoutMs: 250 });
    await expect(resolver('x.slow.example', 'TXT')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(await resolver('example.com', 'TXT')).toEqual([[ZONE['example.com']]]);
  });

  test('no such name is an answer', async () => {
    const server = await dnsOf(ZONE);
    const resolver = createDnsResolver({ servers: [server.address] });
    await expect(resolver('other.example', 'TXT')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
