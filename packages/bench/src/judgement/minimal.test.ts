import { expect, test } from '@jest/globals';
import { minimalView } from './minimal.ts';

const MAIL = [
  'From someone@example.com Mon Jan 1 00:00:00 2024',
  'Received: from a by b',
  'Delivered-To: phishing@pot',
  'From: "A" <a@example.net>',
  'To: phishing@pot',
  'Subject: [openbmc] Hello',
  ' world',
  'X-Mailer: x',
  'Content-Type: text/plain;',
  ' charset=utf-8',
  '',
  'Dear phishing@pot, hello.',
  '_______________________________________________',
  'openbmc mailing list',
  'openbmc@lists.example.org',
].join('\n');

test('the minimal view keeps what the mail says, and nothing of who collected it', () => {
  expect(Buffer.from(minimalView(Buffer.from(MAIL))).toString('latin1')).toBe(
    [
      'From: "A" <a@example.net>',
      'To: user@example.org',
      'Subject: Hello',
      ' world',
      'Content-Type: text/plain;',
      ' charset=utf-8',
      '',
      'Dear user@example.org, hello.',
      '',
    ].join('\n'),
  );
});
