import { expect, test } from '@jest/globals';
import { parseMail } from './parse.ts';

/** Text of each charset and its bytes in hexadecimal, as Python's codecs write them. */
const SAMPLES: [string, string, string][] = [
  ['iso-2022-jp', '日本語', '1b2442467c4b5c386c1b2842'],
  ['gb18030', '简体𠀀', 'bcf2cce595328236'],
  ['koi8-r', 'Привет', 'f0d2c9d7c5d4'],
  ['windows-1250', 'Příliš', '50f8ed6c699a'],
  ['windows-1251', 'Привет', 'cff0e8e2e5f2'],
  ['windows-1252', 'naïve €', '6e61ef76652080'],
  ['windows-1255', 'שלום', 'f9ece5ed'],
  ['windows-1256', 'مرحبا', 'e3d1cdc8c7'],
  ['big5', '繁體', 'c163c5e9'],
  ['euc-kr', '한국어', 'c7d1b1b9beee'],
  ['shift_jis', '日本語', '93fa967b8cea'],
  ['utf-7', 'Prüfung £1 + 2', '50722b4150772d66756e67202b414b4d2d31202b2d2032'],
  ['hz-gb-2312', '简体', '7e7b3c724c657e7d'],
  ['iso-2022-kr', '한국어', '1b2429430e47513139396e0f'.replace('39396e', '393e6e')],
];

test.each(SAMPLES)('%s is read, in the body and in the subject', async (charset, text, hex) => {
  const body = Buffer.from(hex, 'hex');
  const subject = `=?${charset}?B?${body.toString('base64')}?=`;
  const head = `From: a@example.com\r\nSubject: ${subject}\r\nContent-Type: text/plain; charset=${charset}\r\n\r\n`;
  const { mails } = await parseMail(Buffer.concat([Buffer.from(head), body, Buffer.from('\r\n')]));
  expect([mails[0]?.text?.trim(), mails[0]?.subject]).toEqual([text, text]);
});

test('a plus is a plus where nothing is said of UTF-7', async () => {
  const { mails } = await parseMail(
    Buffer.from('From: a@example.com\r\nSubject: 1+AKM-1\r\n\r\nc++ and 1+AKM-1 utf-7\r\n'),
  );
  expect([mails[0]?.text?.trim(), mails[0]?.subject]).toEqual(['c++ and 1+AKM-1 utf-7', '1+AKM-1']);
});
