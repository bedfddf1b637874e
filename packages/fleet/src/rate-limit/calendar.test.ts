import { describe, expect, test } from '@jest/globals';
import { type Period, periodStarts } from './calendar.ts';

const at = (text: string) => Date.parse(text);
const starts = (period: Period, zone: string, moment: string) =>
  periodStarts(period, zone, at(moment), at(moment)).map((each) => new Date(each).toISOString());

describe('the periods of a calendar', () => {
  test('are of the zone, and surround the moment with the one before', () => {
    expect(starts('day', 'UTC', '2026-03-10T12:00:00Z')).toEqual([
      '2026-03-09T00:00:00.000Z',
      '2026-03-10T00:00:00.000Z',
      '2026-03-11T00:00:00.000Z',
    ]);
    expect(starts('minute', 'Asia/Kolkata', '2026-03-10T12:00:59.999Z')[1]).toBe('2026-03-10T12:00:00.000Z');
    expect(starts('hour', 'Asia/Kolkata', '2026-03-10T12:10:00Z')[1]).toBe('2026-03-10T11:30:00.000Z');
  });

  test('know days of 23 and of 25 hours', () => {
    const zone = 'America/Los_Angeles';
    expect(starts('day', zone, '2026-03-08T20:00:00Z')).toEqual([
      '2026-03-07T08:00:00.000Z',
      '2026-03-08T08:00:00.000Z',
      '2026-03-09T07:00:00.000Z',
    ]);
    expect(starts('day', zone, '2026-11-01T20:00:00Z')).toEqual([
      '2026-10-31T07:00:00.000Z',
      '2026-11-01T07:00:00.000Z',
      '2026-11-02T08:00:00.000Z',
    ]);
  });

  test('know a day without a midnight', () => {
    // Chile: on 2026-09-06 clocks go from 24:00 of the day before to 01:00.
    expect(starts('day', 'America/Santiago', '2026-09-06T12:00:00Z').slice(1)).toEqual([
      '2026-09-06T04:00:00.000Z',
      '2026-09-07T03:00:00.000Z',
    ]);
  });

  test('know months of every length', () => {
    expect(starts('month', 'UTC', '2026-02-10T00:00:00Z')).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-02-01T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z',
    ]);
    expect(starts('month', 'Europe/Berlin', '2026-03-31T22:00:00Z')[1]).toBe('2026-03-31T22:00:00.000Z');
  });

  test.each(['UTC', 'America/Los_Angeles', 'America/Santiago', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kolkata'])(
    'follow each other without gap in %s, each within the length that its kind may have',
    (zone) => {
      for (const [period, leastH, mostH] of [
        ['day', 22.5, 25.5],
        ['month', 28 * 24 - 1, 31 * 24 + 1],
      ] as const) {
        const all = periodStarts(period, zone, at('2026-01-15T00:00:00Z'), at('2027-02-15T00:00:00Z'));
        const lengths = all.slice(1).map((each, index) => (each - (all[index] ?? 0)) / 3_600_000);
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(leastH);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(mostH);
      }
    },
  );
});
