import { describe, expect, test } from '@jest/globals';
import { leftMs, refusalMs, windowMs } from './time.ts';

describe('the arithmetic of quotas', () => {
  test('never takes a window for shorter than it is', () => {
    expect(windowMs({ seconds: 0.3 })).toBe(300);
    expect(windowMs({ seconds: 1.0001 })).toBe(1_001);
  });

  test('believes the moment that a provider names, and falls back on the cooldown', () => {
    expect(refusalMs(10_500, 10_000, 60)).toBe(500);
    expect(refusalMs(undefined, 10_000, 60)).toBe(60_000);
  });

  test('keeps a refusal above nothing and below 31 days', () => {
    expect(refusalMs(9_000, 10_000, 60)).toBe(1);
    expect(refusalMs(Number.MAX_SAFE_INTEGER, 10_000, 60)).toBe(31 * 24 * 3_600_000);
  });

  test('leaves a call no more than its deadline allows', () => {
    expect(leftMs(1_000.9, 400.2)).toBe(600);
    expect(leftMs(400, 1_000)).toBe(0);
  });
});
