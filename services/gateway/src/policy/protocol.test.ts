import { describe, expect, test } from '@jest/globals';
import { SluiceError } from '@sluice/contracts';
import { chooseSeed } from '@sluice/testkit';
import fc from 'fast-check';
import { createPolicyReader, LINE_BYTES, MOST_ATTRIBUTES, type PolicyRequest } from './protocol.ts';

const HEAD = 'request=smtpd_access_policy\n';
const requestFor = (recipient: string, more = '') =>
  `${HEAD}protocol_state=RCPT\nsender=\nrecipient=${recipient}\nsize=0\n${more}\n`;

/** What a reader makes of chunks, and how it ended. */
function readAll(chunks: readonly Uint8Array[]): { requests: PolicyRequest[]; code: string | null } {
  const reader = createPolicyReader();
  const requests: PolicyRequest[] = [];
  try {
    for (const chunk of chunks) for (const request of reader.read(Buffer.from(chunk))) requests.push(request);
    return { requests, code: null };
  } catch (error) {
    return { requests, code: error instanceof SluiceError ? error.code : String(error) };
  }
}
const readText = (...texts: string[]) => readAll(texts.map((text) => Buffer.from(text)));
const asked = (recipient: string) => ({ request: 'smtpd_access_policy', protocol_state: 'RCPT', recipient });

describe('a request', () => {
  test('is the same wherever it is cut, also within a letter', () => {
    const bytes = Buffer.from(requestFor('jörg@bücher.example') + requestFor('b@b.example'));
    const whole = readAll([bytes]);
    expect(whole).toEqual({ requests: [asked('jörg@bücher.example'), asked('b@b.example')], code: null });
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(readAll([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(readAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
  });

  test('may hold what nobody knows, in any order, twice, with = in a value, and CRLF', () => {
    const text =
      'x-new=a=b\nrecipient=a=b@a.example\nrecipient=c=d@a.example\nprotocol_state=RCPT\nrequest=smtpd_access_policy\n\n';
    expect(readText(text)).toEqual({ requests: [asked('c=d@a.example')], code: null });
    expect(readText(text.replaceAll('\n', '\r\n'))).toEqual({ requests: [asked('c=d@a.example')], code: null });
  });

  test('is read up to its bounds, and refused one beyond', () => {
    const fill = (count: number) => Array.from({ length: count }, (_, n) => `x${n}=\n`).join('');
    expect(readText(requestFor('a', fill(MOST_ATTRIBUTES - 5))).requests).toHaveLength(1);
    expect(readText(requestFor('a', fill(MOST_ATTRIBUTES - 4)))).toMatchObject({ code: 'bad-policy-request' });
    const line = (bytes: number) => `x=${'y'.repeat(bytes - 2)}\n`;
    expect(readText(requestFor('a', line(LINE_BYTES))).requests).toHaveLength(1);
    expect(readText(requestFor('a', line(LINE_BYTES + 1)))).toMatchObject({ code: 'bad-policy-request' });
  });

  test('without an end is refused as soon as its line is too long, however it comes', () => {
    expect(readText(`x=${'y'.repeat(LINE_BYTES)}`).code).toBe('bad-policy-request');
    expect(readAll(Array.from({ length: LINE_BYTES + 1 }, () => Buffer.from('x'))).code).toBe('bad-policy-request');
  });

  test.each(['\n', 'x\n\n', '=x\n\n', 'x=1\n\n', 'request=other\nrecipient=a@a.example\n\n', 'GET / HTTP/1.1\n\n'])(
    'that is none (%j) is refused after those before it',
    (text) => {
      expect(readText(requestFor('a@a.example') + text)).toEqual({
        requests: [asked('a@a.example')],
        code: 'bad-policy-request',
      });
    },
  );

  test('leaves nothing of the one before it', () => {
    expect(readText(`${requestFor('a@a.example')}${HEAD}\n`).requests).toEqual([
      asked('a@a.example'),
      { request: 'smtpd_access_policy' },
    ]);
  });
});

test('any bytes in any pieces are requests or a refusal, the same as in one piece', () => {
  const seed = Math.floor(chooseSeed('policy bytes'));
  const piece = fc.oneof(
    fc.constantFrom(HEAD, '\n', '\n\n', 'recipient=a@a.example\n', '=', '\r\n', 'protocol_state=RCPT\n', '\u0000', 'é'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const bytes = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join('').toWellFormed())),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  );
  const property = fc.property(bytes, fc.array(fc.nat(200), { maxLength: 8 }), (all, cuts) => {
    const places = [0, ...cuts.filter((cut) => cut <= all.length).toSorted((a, b) => a - b), all.length];
    const pieces = places.slice(1).map((to, n) => all.subarray(places[n], to));
    const whole = readAll([all]);
    expect([null, 'bad-policy-request']).toContain(whole.code);
    expect(readAll(pieces)).toEqual(whole);
  });
  fc.assert(property, { seed, numRuns: 3_000 });
});
