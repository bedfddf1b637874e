import type { Authentication, Report } from '@sluice/contracts';
import { cut, type Row, type Section } from './section.ts';

const JUDGES: Readonly<Record<Authentication['by'], string>> = {
  'trusted-header': 'a mail server that is trusted here',
  dns: 'a look into DNS',
  nobody: 'nobody: it is not known',
};

/** What an amended report says anew. */
export function changes({ changes: change, revision }: Report): Section {
  if (change === null) return { title: 'What changed', rows: [] };
  const turn = (head: string, turned: { from: string | number; to: string | number } | null): Row[] => {
    return turned === null ? [] : [{ head, lines: [`${turned.from} → ${turned.to}`] }];
  };
  const rows = [
    ...turn('Verdict', change.verdict),
    ...turn('Score', change.score),
    ...turn('Category', change.category),
    ...list('New', change.newFindings),
    ...list('Gone', change.goneFindings),
    ...list('Answered now', change.filled),
    ...list('Missing now', change.nowMissing),
  ];
  const since = `What changed from revision ${change.since} to ${revision}`;
  return { title: since, rows: rows.length > 0 ? rows : [{ head: 'Nothing', lines: ['The judgement is the same.'] }] };
}

function list(head: string, lines: readonly string[]): Row[] {
  return lines.length === 0 ? [] : [{ head, lines: cut(lines) }];
}

export function reasons({ findings }: Report): Section {
  const rows = findings.map(({ title, contribution, severity, explanation, evidence }) => ({
    head: `${title} (${severity}, ${contribution} points)`,
    lines: [explanation, ...evidence.slice(0, 5).map(({ where, quote }) => `${where}: “${quote}”`)],
  }));
  return { title: 'Reasons', rows };
}

export function authentication({ authentication: found }: Report): Section {
  if (found === null) return { title: 'Authentication', rows: [] };
  const { spf, dkim, dmarc, by, quotes } = found;
  const rows = [
    { head: 'SPF', lines: [spf] },
    { head: 'DKIM', lines: [dkim] },
    { head: 'DMARC', lines: [dmarc] },
    { head: 'Judged by', lines: [JUDGES[by]] },
    ...list('What was said', quotes),
  ];
  return { title: 'Authentication', rows };
}

export function missing(report: Report): Section {
  const all = [...report.missing, ...(report.withheld ?? [])];
  return { title: 'Not examined', rows: all.map(({ what, why }) => ({ head: what, lines: [why] })) };
}

export function timings({ timings: stages }: Report): Section {
  const rows = stages.map(({ stage, startedAfterMs, tookMs, tasks }) => ({
    head: stage,
    lines: [
      `${tasks === 1 ? '1 task' : `${tasks} tasks`} in ${seconds(tookMs)}, begun after ${seconds(startedAfterMs)}`,
    ],
  }));
  return { title: 'Timings', rows };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
