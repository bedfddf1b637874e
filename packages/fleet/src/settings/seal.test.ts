import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Sealed } from '@sluice/contracts';
import { parseDataKey, seal, unseal } from './seal.ts';

const text = randomBytes(32).toString('base64url');
const key = parseDataKey(text);

describe('a sealed secret', () => {
  test('opens with its key, never looks the same twice, and shows nothing', () => {
    for (const plain of ['', 'k', 'sk-1234567890'.repeat(20), 'ключ 🔑']) {
      const [one, two] = [seal(key, plain), seal(key, plain)];
      expect(Sealed.parse(one)).toBe(one);
      expect(one).not.toBe(two);
      expect([unseal(key, one), unseal(key, two)]).toEqual([plain, plain]);
    }
  });

  test('does not open with another key, or changed anywhere', () => {
    const sealed = seal(key, 'secret');
    const other = parseDataKey(randomBytes(32).toString('base64url'));
    const broken = sealed
      .split('')
      .map((sign, at) => sealed.slice(0, at) + (sign === 'A' ? 'B' : 'A') + sealed.slice(at + 1));
    // The last sign of a part carries bits that mean nothing.
    const changed = broken.filter(
      (_text, at) => sealed[at] !== '.' && sealed[at + 1] !== '.' && at < sealed.length - 1,
    );
    for (const wrong of ['', 'v1..', sealed.slice(0, -4), ...changed]) {
      expect(() => unseal(key, wrong)).toThrow(expect.objectContaining({ code: 'unseal-failed' }));
    }
    expect(() => unseal(other, sealed)).toThrow(/another DATA_KEY/);
  });
});

test.each(['', 'short', `${text}A`, text.replace(/.$/, '!'), Buffer.alloc(32).toString('hex')])(
  'a data key that is none (%s) is refused, and not repeated',
  (wrong) => {
    expect(() => parseDataKey(wrong)).toThrow(expect.objectContaining({ code: 'bad-data-key' }));
    if (wrong.length > 5) expect(() => parseDataKey(wrong)).not.toThrow(wrong);
  },
);
