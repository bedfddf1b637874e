import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createMboxSplitter, type MboxEntry } from './mbox.ts';

const HEAD = 'From a@b.test Thu Jan  1 00:00:00 1970\n';
const CAP_BYTES = 1_000;

/** The mails as text, the sizes of those that are too large as numbers; the bytes come in chunks of the sizes given. */
function split(mbox: string, chunkBytes: number[] = [mbox.length], capBytes = CAP_BYTES): (string | number)[] {
  const splitter = createMboxSplitter(capBytes);
  const bytes = Buffer.from(mbox, 'latin1');
  const found: MboxEntry[] = [];
  let at = 0;
  for (const size of chunkBytes) {
    found.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  found.push(...splitter.push(bytes.subarray(at)), ...splitter.end());
  return found.map((entry) => ('mail' in entry ? Buffer.from(entry.mail).toString('latin1') : entry.tooLargeBytes));
}

/** As mboxrd writes it. */
const written = (mail: string) => `${HEAD}${mail.replaceAll(/^(>*From )/gm, '>$1')}\n`;

describe('an mbox', () => {
  test('gives its mails without separators and the empty lines before them', () => {
    expect(split(`${HEAD}A: 1\n\none\n\n${HEAD}A: 2\n\ntwo\n\n`)).toEqual(['A: 1\n\none\n', 'A: 2\n\ntwo\n']);
  });

  test('of another system has lines that end in CR LF', () => {
    const head = HEAD.replace('\n', '\r\n');
    expect(split(`${head}A: 1\r\n\r\none\r\n\r\n${head}A: 2\r\n\r\ntwo`)).toEqual([
      'A: 1\r\n\r\none\r\n',
      'A: 2\r\n\r\ntwo',
    ]);
  });

  test('loses one mark of quoting, and only before From', () => {
    expect(split(`${HEAD}A: 1\n\n>From here\n>>From there\n>Fromage\n> From\n`)).toEqual([
      'A: 1\n\nFrom here\n>From there\n>Fromage\n> From\n',
    ]);
  });

  test('is not split at a sentence that begins with From', () => {
    const body = `A: 1\n\nFrom now on all is well\n\nFrom my house to yours\nx\n${HEAD}`;
    expect(split(HEAD + body)).toEqual([body]);
  });

  test.each(['From - Thu Jan  1 00:00:00 1970', 'From ', 'From -', 'From 1@xxx Thu Jan 01 00:00:00 +0000 2015'])(
    'is split at %j',
    (line) => {
      expect(split(`${HEAD}A: 1\n\n${line}\nA: 2\n`)).toEqual(['A: 1\n', 'A: 2\n']);
    },
  );

  test('with a mail beyond the cap says its size and goes on', () => {
    const large = `A: 1\n\n${'x'.repeat(CAP_BYTES)}\n`;
    expect(split(`${HEAD}${large}\n${HEAD}A: 2\n`)).toEqual([large.length + 1, 'A: 2\n']);
    const line = 'x'.repeat(300_000);
    expect(split(`${HEAD}A: 1\n\n${line}\n\n${HEAD}A: 2\n`, [100_000, 70_000])).toEqual([line.length + 8, 'A: 2\n']);
  });

  test('keeps a long line whole', () => {
    const mail = `A: 1\n\n${'x'.repeat(200_000)}From \n`;
    expect(split(`${HEAD}${mail}\n${HEAD}A: 2\n`, [100_000, 70_000], 1_000_000)).toEqual([mail, 'A: 2\n']);
  });

  test('without a mail gives none', () => {
    expect(split('')).toEqual([]);
    expect(split(HEAD)).toEqual([]);
  });

  test('gives back what was written into it, in whatever chunks it comes', () => {
    const lineOf = fc.oneof(
      fc.constantFrom('From me', 'From a 10:00 2020', '>From x', '>>From ', '', 'From '),
      fc.string({ unit: fc.constantFrom('a', '>', 'F', ' ', '\r') }),
    );
    const mailOf = fc.array(lineOf, { minLength: 1, maxLength: 8 }).map((lines) => `A: b\n${lines.join('\n')}\n`);
    fc.assert(
      fc.property(fc.array(mailOf, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(40)), (mails, chunks) => {
        expect(split(mails.map(written).join(''), chunks)).toEqual(mails);
      }),
    );
  });
});
