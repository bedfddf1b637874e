import { expect, test } from '@jest/globals';
import { newestOf } from './quota-usage.ts';

test('what is recalled of a quota is the most of its newest hour, as of the last look in that hour', () => {
  const HOUR = 3_600_000;
  const rows = [
    { quota: 'a', window: 'day UTC', hourMs: HOUR, units: 90 },
    { quota: 'a', window: 'watched seconds', hourMs: HOUR, units: 3_595 },
    { quota: 'a', window: 'watched seconds', hourMs: 2 * HOUR, units: 20 },
    { quota: 'a', window: 'day UTC', hourMs: 2 * HOUR, units: 5 },
    { quota: 'b', window: '60s', hourMs: HOUR, units: 1 },
  ];
  expect(Object.fromEntries(newestOf(rows))).toEqual({
    a: { v: 1, atMs: 2 * HOUR + 20_000, used: { 'day UTC': 5 } },
    b: { v: 1, atMs: HOUR, used: { '60s': 1 } },
  });
});
