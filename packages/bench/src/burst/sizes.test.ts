import { expect, test } from '@jest/globals';
import { describeSizes } from './sizes.ts';

test('only changes are told', () => {
  const sample = (seconds: number, analyzers: number, sandboxes: number) => ({ seconds, analyzers, sandboxes });
  const samples = [sample(0, 1, 1), sample(0.5, 1, 1), sample(1, 2, 1), sample(1.5, 2, 1), sample(62, 2, 3)];
  expect(describeSizes(samples)).toEqual([
    '   0.0 s  analyzers 1  sandboxes 1',
    '   1.0 s  analyzers 2  sandboxes 1',
    '  62.0 s  analyzers 2  sandboxes 3',
  ]);
});
