import { describe, expect, test } from '@jest/globals';
import { fingerprintOf } from './fingerprint.ts';

function printOf(message: string, { name = 'mail.parse', code = 'c', stack = '' } = {}): string {
  const attempt = { generation: 1, number: 1, startedMs: 0, endedMs: 1, worker: 'w', code, message, stack };
  return fingerprintOf({ name, error: { code, message, disposition: 'retry' }, attempts: [attempt] });
}

describe('a fingerprint', () => {
  test.each([
    ['numbers', 'took 31 of 30.5 s', 'took 7 of 1,000 s'],
    ['ids', 'blob 0b1c2d3e4f is gone', 'blob ffee0011aa22 is gone'],
    ['job ids', 'job 0199aa11-0000-7000-8000-0123456789ab ended', 'job 0199bb22-1111-7000-8000-ba9876543210 ended'],
    ['quoted parts', 'no key "alpha" in it', 'no key "something else" in it'],
    ['addresses', 'cannot reach https://a.example/x', 'cannot reach https://b.example/y?z=1'],
    ['mail addresses', 'sender a@x.example is odd', 'sender other.person@y.example is odd'],
    ['blanks and case', 'Bad  data', 'bad data'],
  ])('is the same where only %s differ', (_what, one, other) => {
    expect(printOf(one)).toBe(printOf(other));
  });

  test('tells messages, codes and tasks apart', () => {
    const prints = [
      printOf('bad data'),
      printOf('bad food'),
      printOf('bad data', { code: 'd' }),
      printOf('bad data', { name: 'n' }),
    ];
    expect(new Set(prints).size).toBe(4);
  });

  test('tells places of our own code apart, but not lines', () => {
    const at = (frames: string) => printOf('m', { stack: frames });
    const other = 'at read (node_modules/pg/lib/query.js:1:2)\nat parse (services/x/src/a.ts:10:5)';
    expect(at(other)).toBe(at('at parse (services/x/src/a.ts:99:1)'));
    expect(at(other)).not.toBe(at('at write (services/x/src/b.ts:10:5)'));
  });

  test('is 16 hexadecimal digits', () => {
    expect(printOf('m')).toMatch(/^[0-9a-f]{16}$/);
  });
});
