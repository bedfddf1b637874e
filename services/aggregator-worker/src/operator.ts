import type { Report, Verdict } from '@sluice/contracts';

/** A sentence on what the operator's settings moved; empty where they moved nothing. */
export function tellOperator(operator: Report['operator'], verdict: Verdict, score: number): string {
  if (operator === undefined) return '';
  const { without } = operator;
  if (without.verdict === verdict) {
    return ` The settings of the operator moved the score from ${without.score} to ${score}, and not the verdict.`;
  }
  return ` The settings of the operator decided this: without them it would be ${without.verdict} (${without.score} of 100).`;
}
