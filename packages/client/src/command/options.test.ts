import { describe, expect, test } from '@jest/globals';
import { readMoment, readNumber, readOneOf, readOperands, readSeconds, UsageError } from './options.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');

describe('a moment', () => {
  test.each([
    ['90s', '2026-11-22T09:58:30Z'],
    ['90m', '2026-11-22T08:30:00Z'],
    ['24h', '2026-11-21T10:00:00Z'],
    ['7d', '2026-11-15T10:00:00Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01T10:30', '2026-11-01T10:30:00Z'],
    ['2026-11-01T10:30:15Z', '2026-11-01T10:30:15Z'],
  ])('%s is %s', (text, date) => {
    expect(readMoment('since', text, NOW_MS)).toBe(Date.parse(date));
  });

  test.each(['', 'yesterday', '24', '1.5h', '2026-13-01', '2026-11-01 10:00', '22.11.2026'])('%j is none', (text) => {
    expect(() => readMoment('since', text, NOW_MS)).toThrow(UsageError);
  });

  test('that is not given is none', () => {
    expect(readMoment('since', undefined, NOW_MS)).toBeUndefined();
  });
});

test('a length of time has a unit', () => {
  expect(readSeconds('grace', '90s')).toBe(90);
  expect(readSeconds('grace', '30d')).toBe(30 * 86_400);
  expect(() => readSeconds('grace', '90')).toThrow(/--grace is a length of time/);
});

test('a number has its bounds, and is written in digits', () => {
  expect(readNumber('limit', '0', 0, 10)).toBe(0);
  for (const text of ['', '-1', '11', '1e1', '0x1'])
    expect(() => readNumber('limit', text, 0, 10)).toThrow(/from 0 to 10/);
});

test('one of a set is one of it', () => {
  expect(readOneOf('role', 'admin', ['admin', 'analyst'])).toBe('admin');
  expect(() => readOneOf('role', 'root', ['admin', 'analyst'])).toThrow('--role is one of admin, analyst.');
});

test('operands are as many as have a name', () => {
  expect(readOperands(['a', 'b'], 'The first', 'The second')).toEqual(['a', 'b']);
  expect(() => readOperands(['a'], 'The first', 'The second')).toThrow('The second is missing.');
  expect(() => readOperands(['a', 'b'], 'The first')).toThrow('a word too many: "b"');
  expect(() => readOperands([''], 'The first')).toThrow('empty');
});
