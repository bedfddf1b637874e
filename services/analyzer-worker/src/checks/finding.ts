import type { Evidence, Finding } from '@sluice/contracts';

const MAX_EVIDENCE = 5;
const MAX_QUOTE_CHARS = 300;

/** A finding whose evidence is cut to what a report can hold; none where there is no evidence. */
export function findingFrom(finding: Finding): Finding[] {
  if (finding.evidence.length === 0) return [];
  return [{ ...finding, evidence: finding.evidence.slice(0, MAX_EVIDENCE) }];
}

export function quoteOf(where: string, text: string): Evidence {
  const line = text.replace(/\s+/g, ' ').trim();
  return { where, quote: line.length > MAX_QUOTE_CHARS ? `${line.slice(0, MAX_QUOTE_CHARS - 1)}…` : line };
}
