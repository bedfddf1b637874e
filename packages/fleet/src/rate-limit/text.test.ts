import { describe, expect, test } from '@jest/globals';
import { parseWindows } from './text.ts';

const sliding = (seconds: number, limit: number, more = {}) => ({ kind: 'sliding', seconds, limit, ...more });

describe('a quota as text', () => {
  test('has windows of any length, calendars with a zone, bursts, a cooldown and a shadow', () => {
    expect(parseWindows('4/min,500/day')).toEqual({ windows: [sliding(60, 4), sliding(86_400, 500)] });
    expect(parseWindows(' 4/min  burst 2 , 100/10min, 1000/month UTC,20/day America/Los_Angeles burst 5 ')).toEqual({
      windows: [
        sliding(60, 4, { burst: 2 }),
        sliding(600, 100),
        { kind: 'calendar', period: 'month', zone: 'UTC', limit: 1_000 },
        { kind: 'calendar', period: 'day', zone: 'America/Los_Angeles', limit: 20, burst: 5 },
      ],
    });
    expect(parseWindows('2/min, cooldown 5 min, shadow')).toEqual({
      windows: [sliding(60, 2)],
      cooldownSeconds: 300,
      shadow: true,
    });
  });

  test.each([
    ['', /"" is no part of a quota like 4\/min/],
    ['4/min,', /"" is no part/],
    ['4 per minute', /"4 per minute" is no part/],
    ['4/fortnight', /no part/],
    ['4/min 5/day', /no part/],
    ['4/min burst', /no time zone/],
    ['4/10min UTC', /no part/],
    ['4/s UTC', /no part/],
    ['shadow', /has no window/],
    ['0/min', /part 1 is below 1/],
    ['4/min,2000000/day', /part 2 is above 1,000,000/],
    ['4/min burst 5', /part 1 is above the limit of its window/],
    ['4/2month', /part 1 is longer than 31 days/],
    ['4/day Mars/Olympus', /part 1 is no time zone/],
    ['4/min,5/60s', /two windows of one length/],
  ])('that is wrong, %j, is refused', (text, fault) => {
    expect(() => parseWindows(text)).toThrow(fault);
    expect(() => parseWindows(text)).toThrow(expect.objectContaining({ code: 'bad-quotas' }));
  });
});
