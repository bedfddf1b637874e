import type { Report, ReportChanges } from '@sluice/contracts';
import { foldGaps, gapsOf } from './missing.ts';

/** What can change from one revision to the next. */
type Judged = Pick<Report, 'verdict' | 'score' | 'category' | 'findings' | 'parts' | 'limits' | 'visits' | 'answers'>;

const MOST_NAMED = 3;

/** What `now` says anew against the report of an earlier revision. Findings are compared by their id, gaps by what they are about. */
export function tellChanges(previous: Judged & Pick<Report, 'revision'>, now: Judged): ReportChanges {
  const [gapsBefore, gapsNow] = [gapsOf(previous), gapsOf(now)];
  return {
    since: previous.revision,
    verdict: turn(previous.verdict, now.verdict),
    score: turn(previous.score, now.score),
    category: turn(previous.category, now.category),
    newFindings: without(now.findings, previous.findings, ({ id }) => id).map(({ title }) => title),
    goneFindings: without(previous.findings, now.findings, ({ id }) => id).map(({ title }) => title),
    filled: foldGaps(without(gapsBefore, gapsNow, ({ key }) => key)).map(({ what }) => what),
    nowMissing: foldGaps(without(gapsNow, gapsBefore, ({ key }) => key)).map(({ what }) => what),
  };
}

/** One sentence for a person. */
export function sayChanges(changes: ReportChanges): string {
  const { since, verdict, score, category, newFindings, goneFindings, filled, nowMissing } = changes;
  const said = [
    verdict === null ? '' : `the verdict went from ${verdict.from} to ${verdict.to}`,
    score === null ? '' : `the score from ${score.from} to ${score.to}`,
    category === null ? '' : `the category from ${category.from} to ${category.to}`,
    name('new', newFindings),
    name('gone', goneFindings),
    name('answered now', filled),
    name('missing now', nowMissing),
  ].filter((part) => part !== '');
  return `Since revision ${since}: ${said.length === 0 ? 'nothing changed' : said.join('; ')}.`;
}

function turn<T>(from: T, to: T): { from: T; to: T } | null {
  return from === to ? null : { from, to };
}

function without<T>(some: readonly T[], others: readonly T[], keyOf: (one: T) => string): T[] {
  const keys = new Set(others.map(keyOf));
  return some.filter((one) => !keys.has(keyOf(one)));
}

function name(label: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length - MOST_NAMED;
  return `${label}: ${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
