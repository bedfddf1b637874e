import { expect, test } from '@jest/globals';
import { countArrivals } from './count.ts';

/** `size` calls within 40 ms, again every `everyMs`. */
function bursts(count: number, everyMs: number, size: number): number[] {
  return Array.from({ length: count * size }, (_, n) => Math.floor(n / size) * everyMs + ((n % size) * 40) / size);
}

test('a limit that is kept in every stretch is kept in fixed windows too', () => {
  expect(countArrivals(bursts(5, 2_000, 4), 4, 2_000)).toMatchObject({ arrived: 20, overSliding: 0, overFixed: 0 });
});

test('a call that comes too early after the one a limit before it is over, wherever windows begin', () => {
  expect(countArrivals(bursts(5, 1_900, 4), 4, 2_000).overSliding).toBe(16);
});

test('fixed windows count what is beyond the limit, in the mean over where they begin', () => {
  // Two bursts 1 s apart lie in one window of 2 s for half of the places where it may begin.
  const { overFixed, overSliding } = countArrivals(bursts(2, 1_000, 4), 4, 2_000);
  expect(overSliding).toBe(4);
  expect(overFixed).toBeCloseTo(2, 0);
});

test('the pace does not depend on where in a burst the run ends', () => {
  const paces = [20, 21, 22, 23].map((end) => countArrivals(bursts(6, 2_300, 4).slice(0, end), 4, 2_000).perSecond);
  for (const pace of paces) expect(pace).toBeCloseTo(4 / 2.3, 2);
});
