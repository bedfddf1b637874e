import type { Category, Finding, ScoredFinding, Verdict } from '@sluice/contracts';

/** From these scores on, the verdict is worse. */
const THRESHOLDS = { suspicious: 40, malicious: 75 } as const;

export interface Score {
  score: number;
  verdict: Verdict;
  category: Category;
  findings: ScoredFinding[];
}

/**
 * 100 · (1 − ∏ (1 − weight / 100)): each finding takes its share of what still speaks for the mail. Hence monotone: one more
 * finding, or a heavier one, never lowers the score. A finding's contribution is its part of the score, by the logarithm of what it leaves: equal
 * findings contribute equally, and all contributions together make the score, however many there are.
 */
export function scoreFindings(findings: readonly Finding[]): Score {
  const score = round(combine(findings));
  const all = findings.reduce((sum, { weight }) => sum + strengthOf(weight), 0);
  const scored = findings
    .map((finding) => ({
      ...finding,
      contribution: all === 0 ? 0 : round((score * strengthOf(finding.weight)) / all),
    }))
    .toSorted((a, b) => b.contribution - a.contribution || b.weight - a.weight || a.id.localeCompare(b.id));
  const verdict = verdictOf(score);
  return { score, verdict, category: categoryOf(verdict, findings), findings: scored };
}

/** Strengths add up where weights multiply; that of a weight of 100 would be without bound. */
function strengthOf(weight: number): number {
  return -Math.log(1 - Math.min(weight, 99.9) / 100);
}

function verdictOf(score: number): Verdict {
  if (score >= THRESHOLDS.malicious) return 'malicious';
  return score >= THRESHOLDS.suspicious ? 'suspicious' : 'clean';
}

function combine(findings: readonly Finding[]): number {
  return 100 * (1 - findings.reduce((left, { weight }) => left * (1 - weight / 100), 1));
}

/** The category with the heaviest findings; a mail that is not clean and points nowhere is spam. */
function categoryOf(verdict: Verdict, findings: readonly Finding[]): Category {
  if (verdict === 'clean') return 'legitimate';
  const weights = new Map<Category, number>();
  for (const { category, weight } of findings) {
    if (category !== undefined) weights.set(category, (weights.get(category) ?? 0) + weight);
  }
  const [heaviest] = [...weights].toSorted(([, a], [, b]) => b - a);
  return heaviest?.[0] ?? 'spam';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
