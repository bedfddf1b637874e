import { describe, expect, test } from '@jest/globals';
import { momentOf, nextPacificMidnight, nextUtcMidnight, quotaReport, retryAtOf, usedUpUntil } from './limits.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

describe('the moment that a header names', () => {
  test.each([
    ['17', NOW + 17_000],
    ['0', NOW],
    ['1.5', NOW + 1_500],
    [String(NOW / 1_000 + 60), NOW + 60_000],
    ['Sun, 22 Nov 2026 10:05:00 GMT', NOW + 300_000],
    ['2026-11-22T10:19:00.000Z', NOW + 1_140_000],
  ])('is read from %s', (text, moment) => {
    expect(momentOf(text, NOW)).toBe(moment);
  });

  test.each([
    '',
    'soon',
    '-5',
    '1e9',
    'NaN',
    '2020-01-01T00:00:00Z',
    '9999999999999',
    '2031-01-01T00:00:00Z',
    'x'.repeat(99),
  ])('is none where it says "%s"', (text) => {
    expect(momentOf(text, NOW)).toBeUndefined();
  });
});

test('a refusal is believed by its Retry-After, else by the reset of its quota', () => {
  expect(retryAtOf(new Headers({ 'retry-after': '30', 'x-ratelimit-reset': '60' }), NOW)).toBe(NOW + 30_000);
  expect(retryAtOf(new Headers({ 'x-rate-limit-reset-after': '7' }), NOW)).toBe(NOW + 7_000);
  expect(retryAtOf(new Headers(), NOW)).toBeUndefined();
});

test('only a remaining 0 closes a quota', () => {
  const headers = (remaining: string) =>
    new Headers({ 'x-rate-limit-remaining': remaining, 'x-rate-limit-reset-after': '9' });
  expect(usedUpUntil(headers('0'), NOW)).toBe(NOW + 9_000);
  for (const remaining of ['1', '10', '', 'none', '-0', '0.5'])
    expect(usedUpUntil(headers(remaining), NOW)).toBeUndefined();
  const bare = new Headers({ 'x-ratelimit-remaining': '0' });
  expect(usedUpUntil(bare, NOW)).toBeUndefined();
  expect(usedUpUntil(bare, NOW, nextUtcMidnight)).toBe(Date.parse('2026-11-23T00:00:00Z'));
});

describe('what an answer says of its quota', () => {
  const limits = { 'x-rate-limit-limit': '120', 'x-rate-limit-remaining': '7', 'x-rate-limit-reset-after': '9' };

  test('is of the window that it names', () => {
    const headers = new Headers({ ...limits, 'x-rate-limit-window': 'hour' });
    const said = { window: { seconds: 3_600 }, limit: 120, remaining: 7, resetAtMs: NOW + 9_000 };
    expect(quotaReport(headers, NOW, undefined)).toEqual(said);
  });

  test('is of the window that the vendor is known to mean', () => {
    const headers = new Headers({ 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0' });
    expect(quotaReport(headers, NOW, 86_400)).toEqual({ window: { seconds: 86_400 }, limit: 1_000, remaining: 0 });
  });

  test.each([
    [{ 'x-rate-limit-window': 'minute' }],
    [limits],
    [{ ...limits, 'x-rate-limit-window': 'fortnight' }],
    [{ 'x-rate-limit-window': 'minute', 'x-rate-limit-limit': 'many', 'x-rate-limit-remaining': '-1' }],
  ])('is nothing where it is not clear: %j', (headers) => {
    expect(quotaReport(new Headers(headers), NOW, undefined)).toBeUndefined();
  });

  test('is never a limit of nothing', () => {
    const headers = new Headers({
      'x-rate-limit-window': 'day',
      'x-rate-limit-limit': '0',
      'x-rate-limit-remaining': '0',
    });
    expect(quotaReport(headers, NOW, undefined)).toEqual({ window: { seconds: 86_400 }, remaining: 0 });
  });
});

test('the day of Google ends at midnight in California, in winter and in summer', () => {
  expect(nextPacificMidnight(NOW)).toBe(Date.parse('2026-11-23T08:00:00Z'));
  expect(nextPacificMidnight(Date.parse('2026-11-22T07:59:59.500Z'))).toBe(Date.parse('2026-11-22T08:00:00Z'));
  expect(nextPacificMidnight(Date.parse('2026-07-01T12:00:00Z'))).toBe(Date.parse('2026-07-02T07:00:00Z'));
});
