import type { Dossier, Report, ReportPart } from '@sluice/contracts';
import { type Score, scoreFindings } from './score.ts';

export type ReportIdentity = Pick<Report, 'jobId' | 'pipeline' | 'revision' | 'createdAt'>;

/** Confidence that remains when one part is missing. */
const PER_MISSING_PART = 0.8;

/** The report of a dossier: pure, but for the identity that is handed in. */
export function writeReport(dossier: Dossier, identity: ReportIdentity): Report {
  const score = scoreFindings(dossier.findings);
  const missing = missingOf(dossier);
  const { subject, indicators, limits, defects, parts } = dossier;
  return {
    v: 1,
    ...identity,
    ...score,
    confidence: Math.round(100 * PER_MISSING_PART ** missing.length) / 100,
    summary: summarise(score, dossier, missing.length),
    subject,
    indicators,
    limits,
    defects,
    partial: missing.length > 0,
    missing,
    parts,
  };
}

/** What was not examined, each thing once: a bound that was met in several places costs confidence once. */
function missingOf({ parts, limits }: Dossier): Report['missing'] {
  const whys = new Map<string, Set<string>>();
  const note = (what: string, why: string) => whys.set(what, (whys.get(what) ?? new Set()).add(why));
  for (const part of parts) if (part.status !== 'done') note(part.task, whyMissing(part));
  for (const { limit, message } of limits) note(limit, message);
  return [...whys].map(([what, why]) => ({ what, why: [...why].join(' ') }));
}

function whyMissing({ status, error }: ReportPart): string {
  const reason = error === undefined ? '' : `: ${error.message} (${error.code})`;
  return status === 'deferred' ? `No answer in time${reason}` : `It failed${reason}`;
}

function summarise({ verdict, category, score, findings }: Score, { subject }: Dossier, missing: number): string {
  const what = subject.kind === 'mail' ? 'This mail' : `This ${subject.type}`;
  const judgement =
    verdict === 'clean'
      ? `${what} shows nothing that speaks strongly against it`
      : `${what} is ${verdict}: ${category}`;
  const reasons = findings.filter(({ contribution }) => contribution > 0).slice(0, 3);
  const because = reasons.length === 0 ? '' : ` What weighs most: ${reasons.map(({ title }) => title).join('; ')}.`;
  const gap = missing === 0 ? '' : ` ${missing === 1 ? 'One part was' : `${missing} parts were`} not examined.`;
  return `${judgement} (${score} of 100).${because}${gap}`;
}
