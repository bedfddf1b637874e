import { afterEach, describe, expect, test } from '@jest/globals';
import type { AuthenticationSettings, MailReader, MailReaderConfig } from '../src/mail/reader.ts';
import { createMailReader } from '../src/mail/reader.ts';

const readers: MailReader[] = [];
const signal = new AbortController().signal;
const mail = Buffer.from(
  'From: Ann <ann@example.com>\r\nSubject: Hello\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\nsee http://203.0.113.9/login\r\n',
);

function readerOf(config: Partial<MailReaderConfig> = {}): MailReader {
  const bounds = { processes: 1, timeLimitMs: 20_000, memoryMb: 64 };
  const authentication: AuthenticationSettings = { trustedAuthservIds: [], dns: 'off', timeLimitMs: 5_000 };
  const reader = createMailReader({ ...bounds, authentication, ...config });
  readers.push(reader);
  return reader;
}

function fileOf(name: string): URL {
  return new URL(name, import.meta.url);
}

afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.stop()));
});

describe('mail reader', () => {
  test('parses, extracts and checks in its processes and leaves the bytes as they were', async () => {
    const reader = readerOf();
    const before = Buffer.from(mail);
    const document = await reader.parse(mail, signal);
    const indicators = await reader.extract(document, signal);
    const findings = await reader.check(document, indicators, signal);
    expect(mail.equals(before)).toBe(true);
    expect(document.mails[0]?.subject).toBe('Hello');
    expect(indicators.urls.map((url) => url.url)).toEqual(['http://203.0.113.9/login']);
    expect(findings.map((finding) => finding.id)).toContain('header.missing');
  });

  test('a mail that takes too long still gives its hashes, its headers and the limit', async () => {
    // Long enough to read the outline on a busy machine.
    const reader = readerOf({ timeLimitMs: 5_000, taskFile: fileOf('./blocked-reader.ts') });
    const document = await reader.parse(mail, signal);
    expect(document.limits).toMatchObject([{ limit: 'parse-time', allowed: 5_000 }]);
    expect(document.sizeBytes).toBe(mail.length);
    expect(document.mails[0]).toMatchObject({ subject: 'Hello', from: [{ address: 'ann@example.com' }], text: null });
  });

  test('an extraction and a check that take too long say so', async () => {
    const document = await readerOf().parse(mail, signal);
    const blocked = readerOf({ timeLimitMs: 1_500, taskFile: fileOf('./blocked-reader.ts') });
    const indicators = await blocked.extract(document, signal);
    expect(indicators).toMatchObject({ urls: [], limits: [{ limit: 'parse-time' }] });
    expect(await blocked.check(document, indicators, signal)).toMatchObject([{ id: 'checks.unfinished' }]);
    expect(await blocked.authenticate(mail, document, signal)).toMatchObject({
      authentication: { by: 'nobody' },
      findings: [],
    });
  });

  test('a mail that exhausts the memory, twice, still gives its hashes and the limit', async () => {
    const reader = readerOf({ timeLimitMs: 50_000, taskFile: fileOf('./hoarding-reader.ts') });
    const document = await reader.parse(mail, signal);
    expect(document.limits).toMatchObject([{ limit: 'parse-memory', allowed: 64 }]);
    expect(document.sha256).toHaveLength(64);
    expect(document.mails).toHaveLength(1);
  });

  test('a mail whose attachments exhaust the memory keeps everything but what lies in them', async () => {
    const reader = readerOf({ timeLimitMs: 50_000, taskFile: fileOf('./greedy-opener.ts') });
    const document = await reader.parse(mail, signal);
    expect(document.limits).toMatchObject([{ limit: 'attachment-memory', allowed: 64 }]);
    expect(document.mails[0]).toMatchObject({ subject: 'Hello', text: expect.stringContaining('203.0.113.9') });
  });

  test('says of a mail whether there is anything to authenticate it by', async () => {
    const reader = readerOf();
    const signed = Buffer.concat([Buffer.from('DKIM-Signature: v=1\r\n'), mail]);
    const isSigned = async (bytes: Buffer) => reader.isSigned(await reader.parse(bytes, signal));
    expect([await isSigned(mail), await isSigned(signed)]).toEqual([false, true]);
  });

  test('an abort rejects with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('deploy');
    controller.abort(reason);
    await expect(readerOf().parse(mail, controller.signal)).rejects.toBe(reason);
  });
});
