import type { Report } from '@sluice/contracts';
import { answers } from './answers.ts';
import { attachments, indicators, path, subject } from './mail.ts';
import { authentication, changes, missing, reasons, timings } from './judgement.ts';
import type { Section } from './section.ts';
import { visits } from './visits.ts';

export function headline({ verdict, category, score, confidence, revision }: Report): string {
  return `${verdict.toUpperCase()} · ${category} · ${score} of 100 · confidence ${Math.round(confidence * 100)} %${revision > 1 ? ` · revision ${revision}` : ''}`;
}

/** A report as sections, the most telling first; a section without content is left out. */
export function outline(report: Report): Section[] {
  return [
    subject(report),
    changes(report),
    reasons(report),
    visits(report),
    answers(report),
    authentication(report),
    missing(report),
    indicators(report),
    attachments(report),
    path(report),
    timings(report),
  ].filter(({ rows }) => rows.length > 0);
}
