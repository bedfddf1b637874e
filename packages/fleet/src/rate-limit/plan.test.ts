import { describe, expect, test } from '@jest/globals';
import { debtsOf, lostUnits, planSource, rulesOf, sourcesOf, startsText } from './plan.ts';
import { parseQuotas, type Quota, type QuotaInput } from './quota.ts';

function quotaOf(...windows: QuotaInput['windows']): Quota {
  const [quota] = parseQuotas([{ name: 'x', windows, marginMs: 500 }]);
  if (quota === undefined) throw new Error('never');
  return quota;
}

const sliding = (seconds: number, limit: number) => ({ kind: 'sliding' as const, seconds, limit });
const day = { kind: 'calendar' as const, period: 'day' as const, limit: 500 };

describe('the rules of a quota', () => {
  test('keep windows with a large limit in buckets', () => {
    const rules = rulesOf(quotaOf(sliding(1, 1_000), sliding(64, 1_001), sliding(640, 5_000)));
    expect(rules.map(({ id, kind, width }) => [id, kind, width])).toEqual([
      ['sliding:1000', 'log', undefined],
      ['sliding:64000', 'buckets', 1_000],
      ['sliding:640000', 'buckets', 10_000],
    ]);
  });

  test('pace a burst behind the windows, but none that is the whole limit', () => {
    const rules = rulesOf(quotaOf({ ...sliding(100, 10), burst: 2 }, { ...day, burst: 500 }));
    expect(rules.map(({ id, limit, paces }) => [id, limit, paces])).toEqual([
      ['sliding:100000', 10, false],
      ['calendar:day:UTC', 500, false],
      ['burst:20000', 2, true],
    ]);
  });
});

describe('what a server may have lost', () => {
  test('is what the narrowest window lets through in two seconds', () => {
    expect(lostUnits(rulesOf(quotaOf(sliding(60, 4), sliding(86_400, 500))))).toBe(4);
    expect(lostUnits(rulesOf(quotaOf(sliding(1, 1), sliding(86_400, 500))))).toBe(3);
    expect(lostUnits(rulesOf(quotaOf(day)))).toBe(1_000);
  });
});

test('after a loss every window owes its limit, or what the record knows, until its calls and the longest running one have left it', () => {
  const rules = rulesOf(quotaOf(sliding(60, 4), sliding(6_400, 5_000), day));
  expect(
    debtsOf(
      rules,
      new Map([
        ['sliding:6400000', 77],
        ['calendar:day:UTC', 900],
      ]),
      10_000,
    ),
  ).toEqual([
    { id: 'sliding:60000', units: 1_000_000, ms: 70_002 },
    { id: 'sliding:6400000', units: 77, ms: 6_510_002 },
    { id: 'calendar:day:UTC', units: 900, ms: 0 },
  ]);
});

test("a plan's calendar reaches from before the margin to after the longest call", () => {
  const quota = quotaOf(day);
  const at = Date.parse('2026-03-10T23:59:59.900Z');
  const [starts] = JSON.parse(startsText(quota, rulesOf(quota), at, 10_000)) as number[][];
  expect(starts?.map((start) => new Date(start).toISOString())).toEqual([
    '2026-03-09T00:00:00.000Z',
    '2026-03-10T00:00:00.000Z',
    '2026-03-11T00:00:00.000Z',
    '2026-03-12T00:00:00.000Z',
  ]);
});

test('quotas of one plan have one script, whatever their names; each change of a plan makes another', () => {
  const identityOf = (quota: Quota) => planSource(quota, rulesOf(quota)).identity;
  const quota = quotaOf(sliding(60, 4));
  expect(identityOf({ ...quota, name: 'y' })).toBe(identityOf(quota));
  const breaker = { failures: 5, withinSeconds: 60, pauseSeconds: 30 };
  const others = [
    quotaOf(sliding(60, 5)),
    quotaOf(sliding(61, 4)),
    quotaOf(sliding(60, 4), day),
    { ...quota, marginMs: 1 },
    { ...quota, shadow: true },
    { ...quota, cooldownSeconds: 1 },
    { ...quota, breaker },
    { ...quota, breaker: { ...breaker, pauseSeconds: 31 } },
  ];
  expect(new Set([quota, ...others].map(identityOf)).size).toBe(others.length + 1);
});

describe('a changed plan', () => {
  const sources = (old: QuotaInput['windows'], fresh: QuotaInput['windows']) =>
    sourcesOf(rulesOf(quotaOf(...old)), rulesOf(quotaOf(...fresh)));

  test('keeps the counts of windows that stay, whatever their limit, and of shorter ones that the log knows', () => {
    expect(sources([sliding(60, 4), day], [sliding(60, 9), sliding(10, 2), day])).toEqual({
      'sliding:60000': 'keep',
      'sliding:10000': 'keep',
      'calendar:day:UTC': 'keep',
    });
  });

  test('takes counts over from the log, or from wider buckets', () => {
    expect(sources([sliding(60, 4)], [sliding(60, 4_000), day])).toEqual({
      'sliding:60000': 'log',
      'calendar:day:UTC': 'log',
    });
    expect(sources([sliding(600, 4_000)], [sliding(60, 4), sliding(300, 2_000), day])).toEqual({
      'sliding:60000': 600_000,
      'sliding:300000': 600_000,
    });
  });

  test('owes where nothing was counted for so long', () => {
    expect(sources([sliding(60, 4)], [sliding(61, 4), sliding(7_000, 4_000)])).toEqual({});
    expect(sources([day], [sliding(60, 4)])).toEqual({});
  });
});
