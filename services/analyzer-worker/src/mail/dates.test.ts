import { describe, expect, test } from '@jest/globals';
import { parseMailDate } from './dates.ts';

describe('parseMailDate', () => {
  test.each([
    ['Sun, 22 Nov 2026 10:00:00 +0100', '2026-11-22T09:00:00.000Z'],
    ['22 Nov 26 10:00 EST', '2026-11-22T15:00:00.000Z'],
    ['Tue, 1 Jan 2002 00:00:00 -0800 (PST)', '2002-01-01T08:00:00.000Z'],
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
    ['1 Feb 99 10:00:00', '1999-02-01T10:00:00.000Z'],
  ])('%s is a time', (value, expected) => {
    expect(parseMailDate(value)).toBe(expected);
  });

  test.each(['', 'yesterday', '32 Nov 2026 10:00:00', '22 Foo 2026 10:00:00', '1', 'Nov 2026'])(
    '%j is none',
    (value) => {
      expect(parseMailDate(value)).toBeNull();
    },
  );
});
