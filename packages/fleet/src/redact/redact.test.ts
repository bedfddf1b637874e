import { randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SluiceError } from '@sluice/contracts';
import { describeFailure } from './failure.ts';
import { redact } from './redact.ts';
import { FILLERS, NAMES, TERMS } from './vocabulary.ts';

const seed = Number(process.env.SLUICE_SEED ?? randomInt(2 ** 31));
const settings = { seed, numRuns: 200 };

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.split('');
const random = (minLength: number, maxLength: number, extra = '') =>
  fc.string({ unit: fc.constantFrom(...LETTERS, ...extra.split('').filter(Boolean)), minLength, maxLength });
const isKnown = (word: string) => [TERMS, FILLERS].some((words) => words.has(word.toLowerCase())) || NAMES.has(word);

const secret = fc
  .oneof(
    random(16, 60, '_-'),
    random(20, 50).map((key) => `sk-live-${key}`),
    random(24, 40, '+/').map((bytes) => Buffer.from(bytes).toString('base64')),
    fc.tuple(random(8, 20), random(10, 30), random(10, 30)).map(([a, b, c]) => `ey${a}.${b}.${c}`),
    random(8, 14, '!#%&*+?_'),
  )
  .filter((text) => !isKnown(text));
const mailbox = fc
  .tuple(random(3, 12, '._'), random(3, 12), fc.constantFrom('example.com', 'firma.de', 'mail.example.org'))
  .map(([local, host, domain]) => `x${local}@${host}.${domain}`);
const urlWithKey = secret.map((key) => `https://api.example.com/v1/look?q=1&apikey=${encodeURIComponent(key)}`);

const ENGLISH =
  'Dear Anna, please find attached the invoice for your last purchase. Our accountant Mr Miller will call you on Monday about the remaining amount, ' +
  'and she said "do not tell anybody about the surgery". With kind regards, Jonathan Whitfield';
const GERMAN =
  'Sehr geehrte Frau Müller, anbei erhalten Sie die Rechnung für die Behandlung Ihrer Tochter. Bitte überweisen Sie den „offenen Betrag“ bis Freitag auf ' +
  'das Konto bei der Sparkasse. Mit freundlichen Grüßen Ihr Zahnarzt';
const body = fc
  .tuple(fc.constantFrom(ENGLISH, GERMAN), fc.nat(40), fc.integer({ min: 4, max: 30 }))
  .map(([letter, from, length]) =>
    letter
      .split(' ')
      .slice(from % 15, (from % 15) + length)
      .join(' '),
  );

/** How texts get into messages. */
const frame = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => `Request failed: ${text}`,
  (text) => `Unexpected value "${text}" in field`,
  (text) => `invalid input '${text}'`,
  (text) => `password=${text}`,
  (text) => `password: ${text} (denied)`,
  (text) => `Authorization: Bearer ${text}`,
  (text) => `connect to redis://user:${text}@host:6379 failed`,
  (text) => `line 1\n${text}\n    at ${text} (/home/x/y.js:1:1)`,
  (text) => `query failed, parameters: [${text}, 5]`,
  (text) => `error { "key": "${text}" }`,
  (text) => `\`${text}\` is not a function`,
  (text) => unreadableJson(`{"mail": "${text}`),
  (text) => unreadableJson(text),
);

function unreadableJson(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch (error) {
    return (error as Error).message;
  }
}

/** All that a log, or a dead letter, would hold of it. */
function heldOf(message: string): string {
  const error = new TypeError(message);
  const wrapped = new Error(`failed: ${message}`, { cause: Object.assign(error, { code: message, name: message }) });
  const later = new Error('first');
  later.message = message;
  const many = new AggregateError([new Error(message), message], message);
  const outer = new SluiceError('internal', 'Something inside failed.', { cause: wrapped });
  return [
    redact(message),
    ...[error, outer, later, many, message].map((thrown) => JSON.stringify(describeFailure(thrown))),
  ].join(' ');
}

/** Words of a letter that are in the output, other than those that any error may hold. */
function strangers(letter: string, held: string): string[] {
  const said = new Set(held.split(/[^\p{L}\d']+/u));
  return letter.split(/[^\p{L}\d']+/u).filter((word) => word.length > 1 && said.has(word) && !isKnown(word));
}

describe(`redaction (SLUICE_SEED=${seed})`, () => {
  test.each([
    'connect ECONNREFUSED',
    'read ECONNRESET',
    'connect ECONNREFUSED 127.0.0.1:6379',
    'timeout of 5000 ms exceeded',
    'Request failed with status code 404',
    'socket hang up',
    'Connection is closed.',
    'Maximum call stack size exceeded',
    'Invalid URL',
    'certificate has expired',
    'unable to verify the first certificate',
    'Client network socket disconnected before secure TLS connection was established',
    'The operation was aborted due to timeout',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
  ])('leaves what is technical: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  test.each([
    ["Cannot read properties of undefined (reading 'foo')", "Cannot read properties of undefined (reading '…')"],
    ['getaddrinfo ENOTFOUND redis.internal', 'getaddrinfo ENOTFOUND …'],
    ['connect ECONNREFUSED 10.2.3.4:443', 'connect ECONNREFUSED …'],
    ["ENOENT: no such file or directory, open '/home/bob/a.eml'", "ENOENT: no such file or directory, open '…'"],
    [
      'duplicate key value violates unique constraint "jobs_pkey"',
      'duplicate key value violates unique constraint "…"',
    ],
    ['request to https://x.example/?apikey=abc failed', 'request to …'],
    ['task mail.parse failed for bob@example.com', 'task mail.parse failed for …'],
    ['card 4111 1111 1111 1111 expired', '…'],
    ['status 404 for order 123456', 'status 404 for order …'],
  ])('takes the rest out of: %s', (text, said) => {
    expect(redact(text)).toBe(said);
  });

  test('never says a key, a token, a password, a mail address or a URL with a key, however it got into an error', () => {
    const planted = fc.oneof(secret, mailbox, urlWithKey);
    fc.assert(
      fc.property(planted, frame, (text, put) => {
        const held = heldOf(put(text));
        expect(held).not.toContain(text);
        for (const part of text.split(/[^A-Za-z0-9]+/))
          if (part.length > 7 && !isKnown(part)) expect(held).not.toContain(part);
      }),
      settings,
    );
  });

  test('never says what a letter is about, in English or German, quoted or cut, as it is or in base64', () => {
    fc.assert(
      fc.property(body, frame, fc.boolean(), (letter, put, isEncoded) => {
        const text = isEncoded ? Buffer.from(letter).toString('base64') : letter;
        const held = heldOf(put(text));
        expect(strangers(text, held)).toEqual([]);
        const words = letter.split(' ');
        for (let at = 0; at + 4 <= words.length; at++) expect(held).not.toContain(words.slice(at, at + 4).join(' '));
      }),
      settings,
    );
  });

  test('says nothing but words of its vocabulary, small numbers and signs, whatever the text', () => {
    const words = fc.array(fc.oneof(fc.string(), fc.constantFrom(...TERMS, ...NAMES, ...FILLERS, '"', "'", '`', '(')), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(words, (parts) => {
        const said = redact(parts.join(' '));
        const cores = said.split(/\s+/).map((word) => word.replace(/^[([{<"'`]{0,2}|[)\]}>"'`.,:;!?…]{0,8}$/g, ''));
        for (const core of cores) {
          const isFine =
            core === '' ||
            core === '…' ||
            isKnown(core) ||
            /^\W{1,4}$|^(ERR|UND)_[A-Z_]+$|^localhost|^-?[\d.]{1,9}(ms|s|kb|mb|%)?$/i.test(core);
          expect([core, isFine]).toEqual([core, true]);
        }
      }),
      settings,
    );
  });

  test('bounds what it says and takes linear time for what is long', () => {
    expect(redact('failed '.repeat(5_000)).length).toBeLessThanOrEqual(2_000);
    expect(redact('timeout exceeded', 7)).toBe('timeout');
    for (const run of ['"', "'(", 'Unexpected token ', 'a.', '… ', '((((', 'ERR_'])
      expect(redact(run.repeat(200_000)).length).toBeLessThanOrEqual(2_000);
  });
});

describe('the description of a failure', () => {
  test('names the causes, and keeps what is public', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
    const error = new SluiceError('record-away', 'The record does not answer.', { cause });
    expect(describeFailure(error).internal).toBe(
      'record-away: The record does not answer.; caused by Error ECONNREFUSED: connect ECONNREFUSED …',
    );
  });

  test('has frames with paths below the repository or a package, and none of this machine', () => {
    const error = new Error('no');
    const root = new URL('../../../../', import.meta.url).pathname;
    error.stack = [
      'Error: no',
      `    at async Object.do [as run] (file://${root}services/gateway/src/main.ts:12:5)`,
      '    at Redis.connect (/opt/x/node_modules/.pnpm/ioredis@5.0.0/node_modules/ioredis/built/Redis.js:10:2)',
      '    at node:internal/process/task_queues:95:5',
      '    at /home/bob/secret/other.js:1:1',
      '    at Array.map (<anonymous>)',
    ].join('\n');
    expect(describeFailure(error).stack.split('\n')).toEqual([
      'at async Object.do [as run] (services/gateway/src/main.ts:12)',
      'at Redis.connect (node_modules/ioredis/built/Redis.js:10)',
      'at node:internal/process/task_queues:95',
    ]);
    const real = describeFailure(new Error('no')).stack;
    expect(real).toContain('packages/fleet/src/redact/redact.test.ts');
    expect(real).not.toContain(root);
  });

  test('of whatever is thrown is one', () => {
    const circle = new Error('timeout');
    circle.cause = circle;
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    for (const thrown of [null, undefined, 7, 'timeout', {}, circle, hostile, Object.create(null)]) {
      expect(describeFailure(thrown).internal.length).toBeLessThanOrEqual(2_000);
    }
    expect(describeFailure('hunter2').internal).not.toContain('hunter2');
  });
});
