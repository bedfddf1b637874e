import { expect, test } from '@jest/globals';
import { createProgress, progressLines } from './progress.ts';

test('the lines fit the terminal and show nothing that it obeys', () => {
  const running = new Map([
    ['a\x1b[2J.eml', { state: 'parsing', percent: 5 }],
    ['x'.repeat(100), { state: 'scoring', percent: 99 }],
    ['c', { state: 'queued', percent: 0 }],
  ]);
  const lines = progressLines(running, 40, 5);
  expect(lines[0]).toBe('  5 %  parsing      a‹U+001B›[2J.eml');
  expect(lines.every((line) => line.length < 40)).toBe(true);
  expect(progressLines(running, 40, 4)).toEqual([lines[0], '… and 2 more']);
  expect(progressLines(new Map(), 40, 24)).toEqual([]);
});

test('where the screen is no terminal only what stands beside the progress is written', () => {
  const written: string[] = [];
  const progress = createProgress({ isTTY: false, write: (text) => written.push(text) }, {});
  progress.set('a', { state: 'parsing', percent: 5 });
  progress.aside(() => written.push('report'));
  progress.stop();
  expect(written).toEqual(['report']);
});
