import { expect, test } from '@jest/globals';
import { exitStatus } from './exit-status.ts';

const tally = (clean: number, suspicious: number, malicious: number, errors = 0) => {
  return { verdicts: { clean, suspicious, malicious }, errors };
};

test('the exit status is that of the worst verdict', () => {
  expect(exitStatus(tally(9, 0, 0))).toBe(0);
  expect(exitStatus(tally(9, 1, 0))).toBe(10);
  expect(exitStatus(tally(9, 1, 1))).toBe(20);
});

test('an error outranks every verdict', () => {
  expect(exitStatus(tally(9, 1, 1, 1))).toBe(1);
});
