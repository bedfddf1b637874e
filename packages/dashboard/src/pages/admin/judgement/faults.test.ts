import { describe, expect, test } from '@jest/globals';
import { check } from './faults.ts';

const RULE = {
  id: 'gift-cards',
  title: 'Gift cards',
  explanation: 'Nobody of the house buys any.',
  weight: 40,
  when: { all: [{ field: 'text', is: 'contains', value: 'gift card' }], any: [] },
};

describe('a part of what an operator says', () => {
  test('comes back as the gateway would keep it', () => {
    expect(check('allow', [{ kind: 'domain', value: ' Garden.Example ' }])).toEqual({
      value: [{ kind: 'domain', value: 'garden.example', unauthenticated: false }],
      faults: [],
    });
    expect(check('rules', [RULE]).faults).toEqual([]);
  });

  test.each([
    ['allow', [{ kind: 'domain', value: 'garden' }], '“garden” is no domain.'],
    ['block', [{ kind: 'hash', value: '' }], 'The value is missing.'],
    ['brands', [{ name: 'Garden', domains: [] }], 'The list of domains is empty.'],
    ['brands', [{ name: 'Ga', domains: ['a.example'] }], '“Ga” is shorter than 3 characters.'],
    ['brands', [{ name: 'Garden', domains: ['a.example', 'b example'] }], '“b example” is no domain.'],
    ['ownDomains', ['a.example', 'b'], '“b” is no domain.'],
    ['weights', { 'links.shortened': 101 }, 'The weight is above 100.'],
    ['weights', { nonsense: 1 }, '“nonsense” is no id of a finding.'],
    ['thresholds', { suspicious: 80, malicious: 70 }, 'The score for suspicious has to be below malicious.'],
    ['thresholds', { suspicious: Number.NaN, malicious: 70 }, 'The score for suspicious is missing.'],
    ['rules', [{ ...RULE, weight: -1 }], 'The weight is below 0.'],
    ['rules', [{ ...RULE, when: { all: [], any: [] } }], 'The rule has no condition.'],
    [
      'rules',
      [{ ...RULE, when: { all: [{ ...RULE.when.all[0], field: 'header:a b' }] } }],
      '“header:a b” is no field of a mail.',
    ],
    ['rules', [RULE, RULE], 'The list of rules has an id twice.'],
  ] as const)('names what is wrong with %s: %j', (part, given, fault) => {
    expect(check(part, given)).toEqual({ value: null, faults: [fault] });
  });
});
