import { describe, expect, test } from '@jest/globals';
import { bytes, duration, moment, tableLines } from './table.ts';

const plain = { width: 40, paint: (_part: string, text: string) => text };

describe('a table', () => {
  test('has columns as wide as what stands in them, and says what is nothing', () => {
    expect(
      tableLines(
        ['NAME', 'N'],
        [
          ['long name', 1],
          ['b', null],
        ],
        plain,
      ),
    ).toEqual(['NAME       N', 'long name  1', 'b          -']);
  });

  test('is no wider than the terminal', () => {
    const [, line = ''] = tableLines(['A', 'B'], [['a'.repeat(10), 'b'.repeat(90)]], plain);
    expect(line).toHaveLength(40);
    expect(line.endsWith('…')).toBe(true);
  });

  test('lets nothing of a mail reach a terminal that it would obey, and no URL be clicked', () => {
    const cells = [
      '\x1b[2Jhi',
      { text: 'https://evil.example', part: 'malicious' as const },
      { plain: 'a\u202Eb https://own.example' },
    ];
    const lines = tableLines(null, [['x', ...cells]], { ...plain, width: Number.POSITIVE_INFINITY });
    expect(lines).toEqual(['x  ‹U+001B›[2Jhi  hxxps://evil[.]example  a‹U+202E›b https://own.example']);
  });

  test('paints what it cut, and nothing else', () => {
    const paint = (part: string, text: string) => `<${part}>${text}</>`;
    const [line] = tableLines(null, [['verdict', { text: 'clean', part: 'clean' }]], { width: 40, paint });
    expect(line).toBe('<quote>verdict</>  <clean>clean</>');
  });
});

test('moments, lengths of time and sizes are short', () => {
  expect(moment(Date.parse('2026-11-22T10:34:36Z'))).toBe('2026-11-22 10:34:36');
  expect(moment(null)).toBeNull();
  expect([850, 1_200, 90_000, 120_000, 7_200_000, 200_000_000].map(duration)).toEqual([
    '850 ms',
    '1 s',
    '90 s',
    '2 min',
    '2 h',
    '2 d',
  ]);
  expect([0, 999, 1_000, 3_400_000, 5e13].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '3.4 MB', '50.0 TB']);
});
