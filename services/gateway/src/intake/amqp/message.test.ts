import { describe, expect, test } from '@jest/globals';
import { MAIL_CAP_BYTES } from '@sluice/contracts';
import { chooseSeed } from '@sluice/testkit';
import fc from 'fast-check';
import { parseMessage } from './message.ts';

const json = (value: unknown) => parseMessage(Buffer.from(JSON.stringify(value)));

describe('a message', () => {
  test('is a number and a mail; what else stands in it does not matter', () => {
    expect(json({ message_id: 12_345, email_data: 'From: ü', retries: 3 })).toEqual({
      kind: 'mail',
      messageId: 12_345,
      mail: Buffer.from('From: ü'),
    });
  });

  test('gives back the bytes that Python could not decode', () => {
    const content = Buffer.from('{"message_id": 1, "email_data": "caf\\udce9 \\udcff\\udc80 \\ud83d\\ude00"}');
    const expected = Buffer.concat([
      Buffer.from('caf'),
      Buffer.from([0xe9, 0x20, 0xff, 0x80, 0x20]),
      Buffer.from('😀'),
    ]);
    expect(parseMessage(content)).toEqual({ kind: 'mail', messageId: 1, mail: expected });
  });

  test.each([
    ['no JSON', Buffer.from('From: me'), 'not-json'],
    ['nothing', Buffer.alloc(0), 'not-json'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not-json'],
    ['null', Buffer.from('null'), 'bad-message'],
    ['a list', Buffer.from('[1]'), 'bad-message'],
    ['no number', Buffer.from('{"email_data":"x"}'), 'bad-message'],
    ['a number as text', Buffer.from('{"message_id":"1","email_data":"x"}'), 'bad-message'],
    ['half a number', Buffer.from('{"message_id":1.5,"email_data":"x"}'), 'bad-message'],
    [
      'a number that JSON cannot hold exactly',
      Buffer.from('{"message_id":9007199254740993,"email_data":"x"}'),
      'bad-message',
    ],
    ['no mail', Buffer.from('{"message_id":1}'), 'bad-message'],
    ['an empty mail', Buffer.from('{"message_id":1,"email_data":""}'), 'bad-message'],
    ['a mail that is a list', Buffer.from('{"message_id":1,"email_data":["x"]}'), 'bad-message'],
    ['a huge mail', Buffer.from(`{"message_id":1,"email_data":"${'x'.repeat(MAIL_CAP_BYTES + 1)}"}`), 'too-large'],
    ['something huge', Buffer.alloc(6 * MAIL_CAP_BYTES + 4_097, 0x20), 'too-large'],
    ['depth', Buffer.from('['.repeat(500_000)), 'not-json'],
  ])('of %s is refused with a reason that holds nothing of it', (_what, content, code) => {
    const parsed = parseMessage(content);
    expect(parsed).toEqual({ kind: 'poison', code, says: expect.stringMatching(/^[\x20-\x7e]{10,200}$/) });
  });

  test('a mail of the cap passes', () => {
    expect(json({ message_id: 1, email_data: 'x'.repeat(MAIL_CAP_BYTES) }).kind).toBe('mail');
  });
});

test('whatever comes is read or refused, and a mail that is read is the mail that was sent', () => {
  const seed = Math.floor(chooseSeed('amqp'));
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => one.isWellFormed());
  fc.assert(
    fc.property(fc.maxSafeInteger(), text, (messageId, mail) => {
      expect(json({ message_id: messageId, email_data: mail })).toEqual({
        kind: 'mail',
        messageId,
        mail: Buffer.from(mail),
      });
    }),
    { seed },
  );
  const anything = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map((one) => Buffer.from(one)),
    fc
      .record(
        { message_id: fc.jsonValue(), email_data: fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })) },
        { requiredKeys: [] },
      )
      .map((one) => Buffer.from(JSON.stringify(one))),
  );
  fc.assert(
    fc.property(anything, (content) => {
      expect(['mail', 'poison']).toContain(parseMessage(content).kind);
    }),
    { seed, numRuns: 500 },
  );
});
