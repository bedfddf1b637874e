import type { Category, Finding, ScoredFinding, Verdict } from '@sluice/contracts';

/** From these scores on, the verdict is worse. */
const THRESHOLDS = { suspicious: 40, malicious: 75 } as const;
/** As near as a mail comes to malicious that is unwanted, but has neither lure nor malware. */
const LEAST_GAP = 0.1;
/** Findings of this weight but the model's, and all of malware, are hard: nothing that speaks for the mail makes them lighter. */
const HARD_WEIGHT = 55;
/** The most that what speaks for a mail takes off a soft finding, in per cent. */
const MOST_EASE = 70;
/** Below this a finding is a hint, not a lure. */
const LEAST_LURE = 15;
/** Categories of what does harm; spam is only unwanted. */
const HARMFUL: ReadonlySet<Category | undefined> = new Set(['phishing', 'scam', 'extortion', 'malware']);

interface Thresholds {
  suspicious: number;
  malicious: number;
}

export interface Score {
  score: number;
  verdict: Verdict;
  category: Category;
  findings: ScoredFinding[];
}

/**
 * 100 · (1 − ∏ (1 − weight / 100)): each finding takes its share of what still speaks for the mail. Hence monotone: one more
 * finding, or a heavier one, never lowers the score. What speaks for a mail (`eases`, the strongest counts) takes a part off the strength of soft
 * findings, never of hard ones. Malicious is only what has a lure or malware among its findings. A finding's contribution is its part of the score, by
 * the logarithm of what it leaves: equal findings contribute equally, and all contributions together make the score, however many there are.
 */
export function scoreFindings(findings: readonly Finding[], thresholds: Thresholds = THRESHOLDS): Score {
  const left = 1 - Math.min(MOST_EASE, Math.max(0, ...findings.map(({ eases = 0 }) => eases))) / 100;
  const strengths = findings.map((finding) => strengthOf(finding.weight) * (isHard(finding) ? 1 : left));
  const all = strengths.reduce((sum, strength) => sum + strength, 0);
  const whole = 100 * (1 - Math.exp(-all));
  const score = round(findings.some(isLure) ? whole : heldBelow(whole, thresholds));
  const scored = findings
    .map((finding, index) => ({
      ...finding,
      contribution: all === 0 ? 0 : round((score * (strengths[index] ?? 0)) / all),
    }))
    .toSorted((a, b) => b.contribution - a.contribution || b.weight - a.weight || a.id.localeCompare(b.id));
  const verdict = verdictOf(score, thresholds);
  return { score, verdict, category: categoryOf(verdict, findings), findings: scored };
}

/** Squeezed together above the middle of suspicious, not cut off: what is worse still stands above, and nothing is malicious. */
function heldBelow(score: number, { suspicious, malicious }: Thresholds): number {
  const most = malicious - LEAST_GAP;
  const knee = (suspicious + most) / 2;
  return score <= knee ? score : knee + ((most - knee) * (score - knee)) / (100 - knee);
}

/** Strengths add up where weights multiply; that of a weight of 100 would be without bound. */
function strengthOf(weight: number): number {
  return -Math.log(1 - Math.min(weight, 99.9) / 100);
}

function isHard(finding: Finding): boolean {
  const { weight, category } = finding;
  return category === 'malware' || (weight >= HARD_WEIGHT && !isModel(finding));
}

/** The model's voice is an impression: what is known for sure outweighs it. */
function isModel({ id }: Finding): boolean {
  return id.startsWith('model.');
}

/** A finding that points at harm; one without a category may be one as well, where it weighs a lot. The model's voice never is: it says how much, not what. */
function isLure(finding: Finding): boolean {
  const { weight, category, severity } = finding;
  if (isModel(finding)) return false;
  return (
    weight >= LEAST_LURE &&
    severity !== 'info' &&
    (HARMFUL.has(category) || (category === undefined && weight >= HARD_WEIGHT))
  );
}

function verdictOf(score: number, { suspicious, malicious }: Thresholds): Verdict {
  if (score >= malicious) return 'malicious';
  return score >= suspicious ? 'suspicious' : 'clean';
}

/** The category with the heaviest findings, the model's where no other has one; a mail that is not clean and points nowhere is spam. */
function categoryOf(verdict: Verdict, findings: readonly Finding[]): Category {
  if (verdict === 'clean') return 'legitimate';
  const weights = new Map<Category, number>();
  const named = findings.filter(({ category, weight }) => category !== undefined && weight > 0);
  const found = named.filter((finding) => !isModel(finding));
  for (const { category, weight } of found.length > 0 ? found : named) {
    if (category !== undefined) weights.set(category, (weights.get(category) ?? 0) + weight);
  }
  const [heaviest] = [...weights].toSorted(([, a], [, b]) => b - a);
  return heaviest?.[0] ?? 'spam';
}

function round(value: number): number {
  // The sum makes a zero of a negative zero.
  return Math.round(value * 10) / 10 + 0;
}
