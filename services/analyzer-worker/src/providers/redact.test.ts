import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createRedactor } from './redact.ts';

const { text: redact, url } = createRedactor(['Bob Smithers', 'bob.smithers', 'Łukasz']);

describe('of a text', () => {
  test.each([
    ['write to ann.b+x@mail.example.org now', 'write to [address]@mail.example.org now'],
    ['mailto:ann@mail.example.org?subject=x&body=secret', 'mailto:[address]@mail.example.org'],
    ['ann@mail.example.org?subject=secret', '[address]@mail.example.org'],
    ['ann (at) example.org, ann%40example.org', '[address] at example.org, [address] at example.org'],
    ['call +49 (0)30 123 45 67, or 555-0100', 'call [number], or [number]'],
    ['card 4111 1111-1111 1111', 'card [number]'],
    ['card 4111111111111111', 'card [number]'],
    ['card 4111\u200b1111\u200b1111\u200b1111', 'card [number]'],
    ['card ４１１１１１１１', 'card [number]'],
    ['رقم ٤١١١١١١١', 'رقم [number]'],
    ['IBAN DE89 3704 0044 0532 0130 00.', 'IBAN [account].'],
    ['IBAN gb29nwbk60161331926819', 'IBAN [account]'],
    ['code aGVsbG8gd29ybGQ3MTIz', 'code [token]'],
    ['id 5f2b6a0e-9c1d-4a57-8f6e-2d9a0c7b1e33', 'id [token]'],
    ['Hello Bob, hello BOB SMITHERS', 'Hello [name], hello [name]'],
    ['lieber łukasz', 'lieber [name]'],
    ['Dear Alice Liddell, your parcel', 'Dear [name], your parcel'],
    ['Sehr geehrter Herr Müller, Ihr Paket', 'Sehr geehrter Herr [name], Ihr Paket'],
    ['see www.x.example/reset/9f8e7d6c?u=ann', 'see www.x.example/reset/*?…'],
    ['see x.example/confirm?u=ann', 'see x.example/confirm?…'],
    ["see http://x.example/'?k=ann now", 'see http://x.example/*?… now'],
    ["href='http://x.example/login', go", "href='http://x.example/login', go"],
  ])('what identifies is taken out: %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  test.each([
    'Your account will be suspended within 24 hours, pay 10,500 USD.',
    'Dear customer, verify your password.',
    'Dear Valued Client, you have won.',
    'bobbing for apples',
    'go to paypa1-secure-login.example now',
    'In 2026 there are 365 days.',
    'Rechtsschutzversicherungsgesellschaften',
  ])('what is telling stays: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('long hostile runs are done long before the time limit of a test, in which a quadratic pattern would not be', async () => {
    const runs = [
      'a',
      '1',
      '1 ',
      'a.',
      'a@',
      'ab1-',
      '(',
      'DE12 ',
      '/',
      'Dear A',
      'www.x.example/',
      "'",
      "http://x/',",
      'www.',
      '%40',
      '١',
      `${'a'.repeat(15)} `,
    ];
    for (const run of runs) {
      expect(redact(run.repeat(Math.ceil(16_000 / run.length)))).toMatch(/./);
      // Lets the limit's timer fire.
      await setImmediate();
    }
  });
});

test('a recipient that is called like a sentence takes no word out of the mail', () => {
  const { text } = createRedactor(['your PayPal account was suspended today']);
  expect(text('PayPal: account suspended')).toBe('PayPal: account suspended');
});

describe('of a link', () => {
  test.each([
    ['https://user:pass@x.example:8443/a/b?c=d#e', 'https://x.example/a/b?…'],
    ['https://x.example/login/bob%40corp.example/9f8e7d6c5b', 'https://x.example/login/*/*'],
    ['https://x.example/wp-content/Bob_Smithers/page.html', 'https://x.example/wp-content/[name]_[name]/page.html'],
    ['https://a8f7e6d5c4b3a2918f7e.track.example/', 'https://*.track.example/'],
    ['https://x.example/1/2/3/4/5/6/7/8', 'https://x.example/*/*/*/*/*/*/…'],
    ['https://x.example/%zz', 'https://x.example/*'],
    ['https://x.example/SrPZMC/kTmEAA/signIn/TM', 'https://x.example/*/*/signIn/TM'],
    ['mailto:ann@x.example?subject=Ann%20Lee', 'mailto:[address]@x.example'],
    ['mailto:ann@x.example,lee@x.example', '[link]'],
    ['data:text/html;base64,AAAA', '[link]'],
  ])('host and shape stay: %s', (link, shape) => {
    expect(url(link)).toBe(shape);
  });
});

/** Words without digits, so that only what is planted can match. */
const filler = fc.stringMatching(/^[a-z ,.!?\n]{0,40}$/);
const around = (secret: fc.Arbitrary<string>) =>
  fc.tuple(filler, secret, filler).map(([before, middle, after]) => ({ text: `${before} ${middle} ${after}`, middle }));

describe('whatever stands around it,', () => {
  test('no number of six digits or more is left', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 24 });
    const separated = fc
      .tuple(digits, fc.constantFrom('', ' ', '-', '.', '/', ' - '), fc.integer({ min: 1, max: 4 }))
      .map(([list, separator, group]) =>
        list
          .map((digit, index) => (index > 0 && index % group === 0 ? `${separator}${digit}` : String(digit)))
          .join(''),
      );
    fc.assert(
      fc.property(around(separated), ({ text }) => (redact(text).match(/\d/g) ?? []).length < 6),
      { numRuns: 500 },
    );
  });

  test('no local part of an address is left', () => {
    const local = fc.stringMatching(/^[a-z][a-z0-9._+-]{5,20}[a-z]$/);
    fc.assert(
      fc.property(around(local.map((name) => `${name}@corp.example`)), ({ text, middle }) => {
        expect(redact(text)).not.toContain(middle.split('@')[0]);
      }),
      { numRuns: 500 },
    );
  });

  test('no name of a recipient is left, in whatever case', () => {
    const name = fc.stringMatching(/^[A-Z][a-z]{4,10}$/);
    fc.assert(
      fc.property(name, name, filler, fc.boolean(), (first, family, words, isLoud) => {
        const { text } = createRedactor([`${first} ${family}`]);
        const written = isLoud ? family.toUpperCase() : `${family}, ${first}`;
        const redacted = text(`${words} ${written} ${words}`).toLowerCase();
        // The words around may hold the letters by chance.
        fc.pre(!words.includes(family.toLowerCase()) && !words.includes(first.toLowerCase()));
        return !redacted.includes(family.toLowerCase()) && (isLoud || !redacted.includes(first.toLowerCase()));
      }),
      { numRuns: 500 },
    );
  });

  test('no query of a link is left', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), fc.stringMatching(/^[a-z0-9]{8,30}$/), (link, secret) => {
        const [base = ''] = link.split(/[?#]/);
        fc.pre(!base.includes(secret));
        return !redact(`see ${base}?k=${secret}&v=${secret}#${secret} please`).includes(secret);
      }),
      { numRuns: 500 },
    );
  });
});
