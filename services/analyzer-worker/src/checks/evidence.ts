import type { Finding, Indicators, ProviderAnswer, ResourceId, VisitFacts } from '@sluice/contracts';
import { findingsOfAnswers } from './answer-findings.ts';
import { LANDING_CHECKS } from './landing-checks.ts';
import type { VisitLook } from './landing-look.ts';
import { lookAtVisit } from './landing-look.ts';

export type EvidenceInput = {
  /** Of the mail or observable; null where they could not be read. */
  indicators: Indicators | null;
  visits: readonly { id: ResourceId; facts: VisitFacts }[];
  answers: readonly ProviderAnswer[];
};

export type EvidenceFindings = {
  findings: Finding[];
  /** Brands that landing pages call themselves by; visits without any are left out. */
  brands: { visit: ResourceId; brands: string[] }[];
};

/**
 * What visits and providers brought against the mail. Pure. Monotone: one more visit or answer never takes a finding away nor makes one lighter.
 * What is harmless, unknown or out of reach gives no finding; the report tells it from the visits and answers themselves.
 */
export function checkEvidence({ indicators, visits, answers }: EvidenceInput): EvidenceFindings {
  const looks = visits.map(({ id, facts }) => lookAtVisit(id, facts));
  const landing = LANDING_CHECKS.flatMap((check) => check({ visits: looks, indicators }));
  return { findings: [...landing, ...findingsOfAnswers(answers)], brands: looks.flatMap(brandsOf) };
}

function brandsOf({ id, page }: VisitLook): EvidenceFindings['brands'] {
  if (page === null || page.named.length === 0) return [];
  return [{ visit: id, brands: page.named.map(({ brand }) => brand.name) }];
}
