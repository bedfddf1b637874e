import type { AnswerSource, Findings, ReportPart, ReportVisit, ResourceId, VisitFacts } from '@sluice/contracts';
import { byRank, type Catalogue, isVisit } from './resources.ts';

export interface VisitEvidence {
  id: ResourceId;
  source: AnswerSource;
  facts: VisitFacts;
}

const TEXT_CHARS = 500;
const UNNAMED = '(not named)';

/** One entry for each visit that was settled, in the order of the catalogue. */
export function tellVisits(
  parts: readonly ReportPart[],
  visits: readonly VisitEvidence[],
  catalogue: Catalogue,
  findings: readonly Findings[],
): ReportVisit[] {
  const brands = brandsOf(findings);
  const settled = parts.filter(isVisit);
  return byRank(settled, catalogue, ({ resource }) => resource).map((part) => {
    const seen = visits.find(({ id }) => id === part.resource);
    const url = catalogue.get(part.resource)?.value ?? seen?.facts.url ?? UNNAMED;
    if (part.status !== 'done' || seen === undefined)
      return {
        url,
        status: part.status === 'deferred' ? 'late' : 'failed',
        why: whyNot(part),
        facts: null,
        brands: [],
      };
    const status = seen.source === 'fresh' || seen.source === 'joined' ? 'visited' : 'cached';
    return { url, status, why: null, facts: trim(seen.facts), brands: brands.get(part.resource) ?? [] };
  });
}

function brandsOf(findings: readonly Findings[]): Map<ResourceId, string[]> {
  const found = new Map<ResourceId, string[]>();
  for (const { visit, brands } of findings.flatMap((set) => set.brands)) {
    found.set(visit, [...new Set([...(found.get(visit) ?? []), ...brands])]);
  }
  return found;
}

function whyNot({ status, error }: ReportPart): string {
  if (error !== undefined) return error.message;
  return status === 'deferred' ? 'The visit did not end in time.' : 'What the visit saw is not among the results.';
}

function trim(facts: VisitFacts): VisitFacts {
  const { landing, guard } = facts;
  return {
    ...facts,
    landing: landing === null ? null : { ...landing, text: cut(landing.text) },
    guard: guard.filter(({ allowed }) => !allowed),
  };
}

/** At most so many characters, and no half of one. */
function cut(text: string): string {
  return text.slice(0, TEXT_CHARS).replace(/[\uD800-\uDBFF]$/, '');
}
