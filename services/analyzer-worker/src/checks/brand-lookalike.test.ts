import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { brandLookalike } from './brand-lookalike.ts';
import { BRANDS, brandsIn, ownsHost } from './brands.ts';
import { isOneEditApart } from './edit-distance.ts';

describe('brandLookalike', () => {
  test.each([
    ['paypa1.com', 'paypal', 'letters'],
    ['www.rnicrosoft.com', 'microsoft', 'letters'],
    ['xn--pypal-4ve.com', 'paypal', 'letters'],
    ['arnazon.co.uk', 'amazon', 'letters'],
    ['payypal.com', 'paypal', 'typo'],
    ['nteflix.com', 'netflix', 'typo'],
    ['paypal-login.com', 'paypal', 'added-words'],
    ['secure-paypa1.net', 'paypal', 'added-words'],
    ['paypallogin.com', 'paypal', 'added-words'],
    ['update-ledger.com', 'ledger', 'added-words'],
    ['www.paypal.com.evil-example.net', 'paypal', 'embedded'],
    ['paypal-com-x.evil-example.net', 'paypal', 'embedded'],
    ['amazon-verify.github.io', 'amazon', 'added-words'],
  ])('%s passes itself off as %s (%s)', (host, brand, how) => {
    expect(brandLookalike(host)).toEqual({ brand, how });
  });

  test.each([
    'www.paypal.com',
    'paypal.de',
    's3.amazonaws.com',
    'amazon-adsystem.com',
    'facebookmail.com',
    'login.microsoftonline.com',
    'paypal.mailer.example',
    'pcloud.link',
    'apple-pie-recipes.com',
    'apple-service.de',
    'general-ledger.com',
    'online-booking.com',
    'sparkasse-koelnbonn.de',
    'example.com',
    'com',
    '203.0.113.7',
    'intranet',
  ])('%s does not', (host) => {
    expect(brandLookalike(host)).toBeNull();
  });

  test('no brand of the list is the lookalike of another', () => {
    const hosts = BRANDS.flatMap(({ labels, kin, domains }) => [
      ...labels.flatMap(({ label }) => [`${label}.com`, `www.${label}.co.uk`]),
      ...kin.map((label) => `${label}.com`),
      ...domains,
    ]);
    expect(hosts.filter((host) => brandLookalike(host) !== null)).toEqual([]);
  });
});

describe('isOneEditApart', () => {
  test('one change is one, none and two are not', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(word, fc.nat(7), (text, raw) => {
        const at = raw % text.length;
        expect(isOneEditApart(text, text)).toBe(false);
        expect(isOneEditApart(text, `${text.slice(0, at)}x${text.slice(at)}`)).toBe(true);
        expect(isOneEditApart(text, `${text.slice(0, at)}x${text.slice(at + 1)}`)).toBe(true);
        expect(isOneEditApart(text, text.slice(0, at) + text.slice(at + 1))).toBe(true);
        expect(isOneEditApart(text, `${text}xy`)).toBe(false);
        expect(isOneEditApart(`xx${text}`, `yy${text}`)).toBe(false);
      }),
    );
  });

  test('two letters that changed places are one slip', () => {
    expect([isOneEditApart('netflix', 'netfilx'), isOneEditApart('netflix', 'xetflin')]).toEqual([true, false]);
  });
});

describe('brandsIn', () => {
  test.each([
    ['Your PayPal account', ['PayPal']],
    ['PAY PAL and iTunes', ['PayPal', 'Apple']],
    ['pineapples, hermeneutics, rainforest', []],
    ['Banco Itaú', ['Itaú']],
  ])('%s names %j', (text, names) => {
    expect(brandsIn(text).map(({ name }) => name)).toEqual(names);
  });
});

describe('ownsHost', () => {
  test.each([
    ['PayPal', 'www.paypal.com', true],
    ['PayPal', 'paypal.de', true],
    ['PayPal', 'paypal.top', false],
    ['PayPal', 'paypal-login.com', false],
    ['PayPal', 'www.paypalobjects.com', true],
    ['Microsoft', 'login.live.com', true],
    ['Microsoft', '203.0.113.7', false],
  ])('%s, %s: %s', (name, host, expected) => {
    const brand = BRANDS.find((other) => other.name === name);
    expect(brand && ownsHost(brand, host)).toBe(expected);
  });
});
