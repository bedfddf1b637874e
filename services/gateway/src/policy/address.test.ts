import { describe, expect, test } from '@jest/globals';
import { chooseSeed } from '@sluice/testkit';
import fc from 'fast-check';
import { formsOf, normalEntry } from './address.ts';

describe('an address', () => {
  test.each([
    ['Ann@Example.ORG', 'ann@example.org', 'ann@example.org', '@example.org'],
    ['ann+news@example.org', 'ann+news@example.org', 'ann@example.org', '@example.org'],
    ['ann+a+b@example.org', 'ann+a+b@example.org', 'ann@example.org', '@example.org'],
    ['+ann@example.org', '+ann@example.org', '+ann@example.org', '@example.org'],
    ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example', '@xn--bcher-kva.example'],
    ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example', '@xn--bcher-kva.example'],
    ['JÖRG@example.org', 'jörg@example.org', 'jörg@example.org', '@example.org'],
    ['jo\u0308rg@example.org', 'jörg@example.org', 'jörg@example.org', '@example.org'],
    ['ann@example.org.', 'ann@example.org', 'ann@example.org', '@example.org'],
    ['"ann+x y"@example.org', '"ann+x y"@example.org', '"ann+x y"@example.org', '@example.org'],
    ['"a@b"@example.org', '"a@b"@example.org', '"a@b"@example.org', '@example.org'],
    ['Postmaster', 'postmaster', 'postmaster', null],
  ])('%s has a normal form, an owner and a domain', (written, address, mailbox, domain) => {
    expect(formsOf(written, '+')).toEqual({ address, mailbox, domain });
  });

  test('keeps its tag where tags are off, and loses it after another sign where that is set', () => {
    expect(formsOf('ann+x@a.example', null)?.mailbox).toBe('ann+x@a.example');
    expect(formsOf('ann-x@a.example', '-')?.mailbox).toBe('ann@a.example');
  });

  test('whose domain holds an escape is not made another domain', () => {
    expect(formsOf('ann@ex%61mple.org', '+')?.domain).toBe('@ex%61mple.org');
  });

  test.each([
    '',
    '@',
    'ann@',
    '@a.example',
    'ann@\uff61',
    `${'x'.repeat(320)}@a.example`,
    'ann\n@a.example',
    'a\u0000@a.example',
    '\ufffd@a',
  ])('%j is none', (written) => {
    expect(formsOf(written, '+')).toBeNull();
  });

  test('in its normal form is its own normal form, whatever was written', () => {
    const seed = Math.floor(chooseSeed('addresses'));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), fc.string({ unit: 'grapheme' }));
    const property = fc.property(fc.tuple(text, fc.constantFrom('', '@'), text), (parts) => {
      const forms = formsOf(parts.join(''), '+');
      if (forms !== null) expect(formsOf(forms.address, '+')).toEqual(forms);
    });
    fc.assert(property, { seed, numRuns: 2_000 });
  });
});

test.each([
  ['Ann@Example.org', 'ann@example.org'],
  ['@Bücher.example', '@xn--bcher-kva.example'],
  ['@localhost', '@localhost'],
  ['postmaster', null],
  ['@', null],
  ['@a..example', null],
  ['ann@a .example', null],
  ['ann@', null],
])('an entry is an address or a domain: %s', (written, entry) => {
  expect(normalEntry(written)).toBe(entry);
});
