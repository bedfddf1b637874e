import { describe, expect, test } from '@jest/globals';
import type { Finding } from '@sluice/contracts';
import fc from 'fast-check';
import { scoreFindings } from './score.ts';

const findings = fc.array(
  fc.record({ weight: fc.integer({ min: 0, max: 100 }), category: fc.constantFrom('spam', 'phishing') }).map(
    ({ weight, category }, index = 0): Finding => ({
      id: `test.${index}`,
      severity: 'low',
      weight,
      category: category as 'spam',
      title: 'a title',
      explanation: 'why',
      evidence: [],
    }),
  ),
  { maxLength: 12 },
);

describe('the score', () => {
  test('never falls when one more bad finding comes, or one gets heavier', () => {
    fc.assert(
      fc.property(findings, findings, fc.integer({ min: 0, max: 100 }), (some, more, heavier) => {
        const before = scoreFindings(some).score;
        expect(scoreFindings([...some, ...more]).score).toBeGreaterThanOrEqual(before);
        const raised = some.map((finding) => ({ ...finding, weight: Math.max(finding.weight, heavier) }));
        expect(scoreFindings(raised).score).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  test('of nothing is 0 and clean; of one finding its weight', () => {
    expect(scoreFindings([])).toMatchObject({ score: 0, verdict: 'clean', category: 'legitimate' });
    const [only] =
      fc.sample(
        findings.filter((some) => some.length === 1),
        1,
      )[0] ?? [];
    if (only === undefined) throw new Error('no sample');
    const phish = { ...only, weight: 80, category: 'phishing' as const };
    expect(scoreFindings([phish])).toMatchObject({ score: 80, verdict: 'malicious', category: 'phishing' });
  });

  test('is made of the contributions of its findings, of which a heavier one never contributes less', () => {
    fc.assert(
      fc.property(findings, (some) => {
        const { score, findings: scored } = scoreFindings(some);
        const sum = scored.reduce((total, { contribution }) => total + contribution, 0);
        expect(Math.abs(sum - score)).toBeLessThanOrEqual(0.05 * scored.length + 0.05);
        const byWeight = scored.toSorted((a, b) => b.weight - a.weight).map(({ contribution }) => contribution);
        expect(byWeight).toEqual(byWeight.toSorted((a, b) => b - a));
      }),
    );
  });

  test('orders the findings by what each contributes', () => {
    fc.assert(
      fc.property(findings, (some) => {
        const contributions = scoreFindings(some).findings.map(({ contribution }) => contribution);
        expect(contributions).toEqual(contributions.toSorted((a, b) => b - a));
      }),
    );
  });
});

const FINDING: Finding = { id: 'test.a', severity: 'medium', weight: 40, title: 'a', explanation: 'b', evidence: [] };
const EASING: Finding = { ...FINDING, id: 'test.good', severity: 'info', weight: 0, eases: 70 };

describe('what speaks for a mail', () => {
  test('makes soft findings lighter, within bounds', () => {
    const soft = { ...FINDING, category: 'phishing' as const };
    const eased = scoreFindings([soft, EASING]).score;
    expect(eased).toBeLessThan(scoreFindings([soft]).score);
    expect(scoreFindings([soft, { ...EASING, eases: 100 }]).score).toBe(eased);
  });

  test('never hides malware nor a hard lure', () => {
    for (const hard of [
      { ...FINDING, weight: 20, category: 'malware' as const },
      { ...FINDING, weight: 80, category: 'phishing' as const },
    ])
      expect(scoreFindings([hard, EASING]).score).toBe(scoreFindings([hard]).score);
  });
});

test('what is confirmed outweighs the impression of the model, however strong', () => {
  const model = { ...FINDING, id: 'model.like-bad-mail', weight: 70 };
  expect(scoreFindings([model]).verdict).toBe('suspicious');
  expect(scoreFindings([model, EASING]).verdict).toBe('clean');
});

test('the kind is what was found, and the impression of the model only where nothing was', () => {
  const model = { ...FINDING, id: 'model.like-bad-mail', weight: 70, category: 'phishing' as const };
  expect(scoreFindings([model]).category).toBe('phishing');
  expect(scoreFindings([model, { ...FINDING, category: 'scam' }]).category).toBe('scam');
});

test('of two mails without a lure the worse one stands above, however bad both are', () => {
  const model = { ...FINDING, id: 'model.like-bad-mail' };
  const scores = [50, 60, 69, 69.5, 70].map(
    (weight) =>
      scoreFindings([
        { ...model, weight },
        { ...FINDING, weight: 50, category: 'spam' },
      ]).score,
  );
  expect(scores).toEqual([...new Set(scores)].toSorted((a, b) => a - b));
  expect(
    scoreFindings([
      { ...model, weight: 70 },
      { ...FINDING, weight: 99.9, category: 'spam' },
    ]).score,
  ).toBeLessThan(75);
});

test('without a lure or malware nothing is malicious, however much spam speaks against it', () => {
  const spam = Array.from({ length: 9 }, (_, index) => ({
    ...FINDING,
    id: `test.${index}`,
    category: 'spam' as const,
  }));
  expect(scoreFindings(spam).verdict).toBe('suspicious');
  expect(scoreFindings([...spam, { ...FINDING, category: 'phishing' }]).verdict).toBe('malicious');
  expect(scoreFindings([...spam, { ...FINDING, id: 'model.like-bad-mail', weight: 70 }]).verdict).toBe('suspicious');
});
