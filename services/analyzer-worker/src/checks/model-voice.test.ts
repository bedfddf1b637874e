import { describe, expect, test } from '@jest/globals';
import type { Calibration } from '@sluice/judgement';
import { scoreFindings } from '@sluice/judgement/score';
import fc from 'fast-check';
import { voiceOf } from './model-voice.ts';

const CALIBRATION: Calibration = {
  slope: 1,
  offset: 0,
  suspicious: 2,
  strong: 5,
  honest: -6,
  rates: { suspicious: 0.005, strong: 0.002 },
};

const say = (raw: number) => voiceOf({ raw, probability: 0.5, against: [], inFavour: [] }, CALIBRATION);
const weightAt = (raw: number) => say(raw)[0]?.weight ?? 0;
const easeAt = (raw: number) => say(raw)[0]?.eases ?? 0;

describe('the voice of the model', () => {
  test('weighs as much as its two lines say where it reaches them, and never more than 70', () => {
    expect([weightAt(2), weightAt(5), weightAt(1_000)]).toEqual([40, 60, 70]);
  });

  test('never weighs less, nor eases more, the more it speaks against a mail', () => {
    const raws = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(raws, raws, (one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(weightAt(high)).toBeGreaterThanOrEqual(weightAt(low));
        expect(easeAt(high)).toBeLessThanOrEqual(easeAt(low));
      }),
    );
  });

  test('weighs more for every worse mail, above its lines too', () => {
    const weights = [1, 1.5, 2, 3, 5, 7, 10].map(weightAt);
    expect(weights).toEqual([...new Set(weights)].toSorted((a, b) => a - b));
  });

  test('makes no mail malicious alone, however sure it is', () => {
    expect(scoreFindings(say(1_000)).verdict).toBe('suspicious');
  });

  test('tells on each side only what a person takes for a sign of it, and names the kind of what the mail wants', () => {
    const features = ['t links-own:nobody', 't greeting:name', 'i prize', 'i prize from free-mail', 'w hello'];
    const opinion = { probability: 0.5, against: features, inFavour: features };
    const [bad] = voiceOf({ ...opinion, raw: 9 }, CALIBRATION);
    expect(bad).toMatchObject({ id: 'model.like-bad-mail', category: 'scam' });
    expect(bad?.evidence.map(({ quote }) => quote)).toEqual([
      'none of its links leads to the sender',
      'it promises a prize or a gift',
      'the word “hello”',
    ]);
    const [good] = voiceOf({ ...opinion, raw: -9 }, CALIBRATION);
    expect(good?.evidence.map(({ quote }) => quote)).toEqual(['it greets by name', 'the word “hello”']);
  });

  test('is silent on neither side at once', () => {
    for (const raw of [-20, -6, -2, 0, 1.9, 2, 9]) expect(Math.min(weightAt(raw), easeAt(raw))).toBe(0);
  });
});
