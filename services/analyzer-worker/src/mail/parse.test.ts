import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { MailDocument } from '@sluice/contracts';
import * as fc from 'fast-check';
import { htmlMail, mailOf, multipartMail, nestedMail } from '../../test/mails.ts';
import { DEFAULT_MAIL_LIMITS } from './limits.ts';
import { parseMail } from './parse.ts';

const limits = (changes: Partial<typeof DEFAULT_MAIL_LIMITS>) => ({ ...DEFAULT_MAIL_LIMITS, ...changes });

describe('parseMail', () => {
  test('headers are unfolded, decoded and kept in the order of the mail', async () => {
    const bytes = mailOf('hi', 'X-Long: one', ' two', 'X-Word: =?utf-8?B?w6TDtg==?=');
    const [mail] = (await parseMail(bytes)).mails;
    expect(mail?.headers.slice(-2)).toEqual([
      { name: 'x-long', value: 'one two' },
      { name: 'x-word', value: 'äö' },
    ]);
    expect(mail).toMatchObject({
      parent: null,
      depth: 0,
      subject: 'Hello',
      date: '2026-11-22T09:00:00.000Z',
      messageId: '<1@example.com>',
      from: [{ name: 'Ann Example', address: 'ann@example.com' }],
      to: [{ name: '', address: 'bob@example.org' }],
      text: 'hi\n',
    });
  });

  test('the document names the size and the hashes of the bytes as they came', async () => {
    const bytes = mailOf('hi');
    const document = await parseMail(bytes);
    expect(document.sizeBytes).toBe(bytes.length);
    expect(document.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('an attachment has the type of its bytes beside the declared one, and its hashes', async () => {
    const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]);
    const document = await parseMail(multipartMail([{ type: 'application/pdf', name: 'bill.pdf', body: program }]));
    expect(document.mails[0]?.attachments).toMatchObject([
      {
        fileName: 'bill.pdf',
        declaredType: 'application/pdf',
        detectedExtension: 'exe',
        sizeBytes: 102,
        md5: createHash('md5').update(program).digest('hex'),
        mail: null,
      },
    ]);
  });

  test('HTML is detected as such whatever it is called', async () => {
    const page = '<!DOCTYPE html><html><body>hi</body></html>';
    const document = await parseMail(multipartMail([{ type: 'image/png', name: 'a.png', body: page }]));
    expect(document.mails[0]?.attachments[0]?.detectedType).toBe('text/html');
  });

  test('a mail inside a mail stands after it and is named by its attachment', async () => {
    const document = await parseMail(multipartMail([{ type: 'message/rfc822', body: htmlMail('<p>in</p>') }]));
    expect(document.mails).toHaveLength(2);
    expect(document.mails[0]?.attachments[0]?.mail).toBe(1);
    expect(document.mails[1]).toMatchObject({ parent: 0, depth: 1, html: '<p>in</p>\n' });
  });

  test('a mail that is attached under another type is still read', async () => {
    const named = multipartMail([{ type: 'application/octet-stream', name: 'x.eml', body: mailOf('in') }]);
    expect((await parseMail(named)).mails).toHaveLength(2);
    const unnamed = multipartMail([{ type: 'text/plain', name: 'x.txt', body: mailOf('in') }]);
    expect((await parseMail(unnamed)).mails).toHaveLength(2);
  });

  test('mails are read to the bound on depth, and the document says what was left out', async () => {
    const document = await parseMail(nestedMail(5), limits({ maxDepth: 3 }));
    expect(document.mails.map((mail) => mail.depth)).toEqual([0, 1, 2, 3]);
    expect(document.mails[3]?.attachments[0]?.mail).toBeNull();
    expect(document.limits).toMatchObject([{ limit: 'depth', allowed: 3, found: 4 }]);
  });

  test('a mail over the bound on bytes is read as far as the bound', async () => {
    const bytes = mailOf(`first words\r\n${'x'.repeat(5000)}`);
    const document = await parseMail(bytes, limits({ maxBytes: 1000 }));
    expect(document.limits).toMatchObject([{ limit: 'mail-bytes', allowed: 1000, found: bytes.length }]);
    expect(document.mails[0]?.text).toContain('first words');
    expect(document.sizeBytes).toBe(bytes.length);
  });

  test('a mail over the bound on parts is read as far as the bound', async () => {
    const parts = Array.from({ length: 20 }, (_, index) => ({ type: 'image/png', name: `${index}`, body: 'x' }));
    const document = await parseMail(multipartMail(parts), limits({ maxParts: 5 }));
    expect(document.limits).toMatchObject([{ limit: 'parts', allowed: 5 }]);
    expect(document.mails[0]?.attachments).toHaveLength(5);
  });

  test('a mail over the bound on headers keeps the first ones and its body', async () => {
    const more = Array.from({ length: 50 }, (_, index) => `X-${index}: y`);
    const document = await parseMail(mailOf('the body', ...more), limits({ maxHeaders: 20 }));
    expect(document.limits).toMatchObject([{ limit: 'headers' }]);
    expect(document.mails[0]?.headers).toHaveLength(20);
    expect(document.mails[0]?.text).toContain('the body');
  });

  test('parts nested beyond the bound leave headers and raw text', async () => {
    let inner = 'see http://example.com/deep';
    for (let level = 0; level < 30; level += 1) {
      inner = `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n${inner}\r\n--b${level}--\r\n`;
    }
    const document = await parseMail(Buffer.from(`Subject: deep\r\n${inner}`), limits({ maxMimeDepth: 10 }));
    expect(document.limits).toMatchObject([{ limit: 'depth', allowed: 10 }]);
    expect(document.mails[0]?.subject).toBe('deep');
    expect(document.mails[0]?.text).toContain('http://example.com/deep');
  });

  test('text and HTML are kept to their bounds', async () => {
    const document = await parseMail(htmlMail('x'.repeat(500)), limits({ maxHtmlChars: 100 }));
    expect(document.mails[0]?.html).toHaveLength(100);
    expect(document.limits).toMatchObject([{ limit: 'html-bytes', allowed: 100, found: 501 }]);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'The mail is empty.'],
    ['a mailbox file', Buffer.from('From a@b Mon Jan  1 00:00:00 2024\nSubject: x\n\nhi'), 'mailbox file'],
    ['a web page', Buffer.from('<html><body>hi</body></html>'), 'HTML page'],
    ['binary data', Buffer.from(Array.from({ length: 200 }, (_, index) => index % 8)), 'binary data'],
    ['plain words', Buffer.from('just some words\nand more'), 'none of the headers'],
    [
      'a multipart without parts',
      mailOf('lost words', 'Content-Type: multipart/mixed; boundary=never'),
      'could not be divided',
    ],
    ['two senders', mailOf('hi', 'From: eve@example.net'), 'The header from stands 2 times.'],
  ])('%s gives a document that says what is wrong', async (_, bytes, defect) => {
    const document = await parseMail(bytes);
    expect(document.defects.join('\n')).toContain(defect);
    expect(document.mails).toHaveLength(1);
  });

  test('words of a multipart whose boundary never comes are not lost', async () => {
    const document = await parseMail(mailOf('lost words', 'Content-Type: multipart/mixed; boundary=never'));
    expect(document.mails[0]?.text).toContain('lost words');
  });

  test('random bytes give a valid document', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        MailDocument.parse(await parseMail(bytes));
      }),
      { numRuns: 150 },
    );
  });

  test('a mail with any stretch of it overwritten gives a valid document', async () => {
    const original = multipartMail([
      { type: 'text/html', disposition: 'inline', body: '<a href="http://example.com">x</a>' },
      { type: 'message/rfc822', body: nestedMail(2) },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length), fc.uint8Array({ maxLength: 60 }), async (at, noise) => {
        const mutated = Buffer.concat([original.subarray(0, at), noise, original.subarray(at + noise.length)]);
        MailDocument.parse(await parseMail(mutated));
      }),
      { numRuns: 150 },
    );
  });
});
