import { breakDots, type MailAddress, type Report, safeText, type ScoredFinding } from '@sluice/contracts';
import { answerLines, changeLines, linkLines } from './evidence.ts';
import type { Tally } from './exit-status.ts';
import { type Paint, wrap } from './words.ts';

const MOST_QUOTES = 3;
const MOST_ADDRESSES = 3;
const LABEL_CHARS = 10;

export interface PrintConfig {
  /** Characters in a line. */
  width: number;
  paint: Paint;
}

/**
 * A report for a person, of the file of this name where it was one: the verdict, what changed, why, where the links lead, what others say, and what was not examined. Nothing of
 * the mail, a page or a provider reaches the terminal but plain text.
 */
export function printReport(name: string | null, report: Report, { width, paint }: PrintConfig): string {
  const lines = [
    headline(report, paint),
    ...fields(name, report, width),
    '',
    ...wrap(safeText(report.summary), width, '  '),
    ...list(`Revision ${report.revision}: what changed`, changeLines(report), width, paint),
    ...reasons(report, width, paint),
    ...list('Where the links lead', linkLines(report), width, paint),
    ...list('What others say', answerLines(report), width, paint),
    ...remarks(report, width, paint),
    ...missing(report, width, paint),
  ];
  return `${lines.join('\n')}\n`;
}

/** One line, for one clean mail among many. */
export function printBrief(name: string, report: Report, { width, paint }: PrintConfig): string {
  const { subject, score, partial } = report;
  const about = subject.kind === 'mail' ? safeText(subject.subject ?? '(no subject)') : '';
  const hint = partial ? '  (not all was examined)' : '';
  const rest = `${String(score).padStart(4)}  ${safeText(name)}${hint}  ${about}`;
  const room = width - LABEL_CHARS - 1;
  return `${paint(report.verdict, report.verdict.toUpperCase().padEnd(LABEL_CHARS))} ${cut(rest.trimEnd(), room)}\n`;
}

/** The last line after several mails. */
export function printTally({ verdicts, errors }: Tally, seconds: number): string {
  const total = verdicts.clean + verdicts.suspicious + verdicts.malicious;
  const counts = `${verdicts.malicious} malicious, ${verdicts.suspicious} suspicious, ${verdicts.clean} clean`;
  const failed = errors === 0 ? '' : `; ${errors} could not be scanned`;
  return `${total} scanned in ${seconds.toFixed(1)} s: ${counts}${failed}\n`;
}

function headline({ verdict, score, category, confidence, revision }: Report, paint: Paint): string {
  const facts = [`${score} of 100`, category, `confidence ${Math.round(confidence * 100)} %`];
  if (revision > 1) facts.push(`revision ${revision}`);
  return `${paint(verdict, verdict.toUpperCase())}  ${facts.join(' · ')}`;
}

function fields(name: string | null, { subject, jobId }: Report, width: number): string[] {
  const rows: [string, string][] = [];
  if (subject.kind === 'observable') {
    const value = subject.type === 'url' ? subject.value : breakDots(subject.value);
    rows.push([subject.type, safeText(value)]);
  } else {
    if (name !== null) rows.push(['File', safeText(name)]);
    rows.push(['Subject', subject.subject === null ? '(none)' : safeText(subject.subject)]);
    rows.push(['From', people(subject.from)], ['To', people(subject.to)]);
    rows.push(['Date', subject.date === null ? '(none)' : safeText(subject.date)]);
    if (subject.attachments.length > 0) rows.push(['Attached', attached(subject.attachments)]);
  }
  rows.push(['Job', jobId]);
  return rows.flatMap(([label, value]) => {
    const [first = '', ...more] = wrap(value, width, ' '.repeat(LABEL_CHARS + 2));
    return [`  ${label.padEnd(LABEL_CHARS)}${first.trimStart()}`, ...more];
  });
}

function people(addresses: readonly MailAddress[]): string {
  if (addresses.length === 0) return '(none)';
  const shown = addresses.slice(0, MOST_ADDRESSES).map(({ name, address }) => `${name} <${address}>`.trim());
  const more = addresses.length - shown.length;
  return safeText(more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`);
}

function attached(
  files: readonly { fileName: string | null; detectedType: string | null; declaredType: string }[],
): string {
  const shown = files.slice(0, MOST_ADDRESSES).map(({ fileName, detectedType, declaredType }) => {
    return `${fileName ?? '(no name)'} (${detectedType ?? declaredType})`;
  });
  const more = files.length - shown.length;
  return safeText(more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`);
}

function reasons({ findings }: Report, width: number, paint: Paint): string[] {
  const telling = findings
    .filter(({ contribution }) => contribution > 0)
    .toSorted((a, b) => b.contribution - a.contribution);
  if (telling.length === 0) return [];
  return ['', paint('title', '  Why'), ...telling.flatMap((finding) => reason(finding, width, paint))];
}

function reason(
  { title, severity, contribution, explanation, evidence }: ScoredFinding,
  width: number,
  paint: Paint,
): string[] {
  const indent = ' '.repeat(LABEL_CHARS);
  const head = `  ${`+${contribution}`.padStart(6)}  ${paint('title', safeText(title))} (${severity})`;
  const quotes = evidence.slice(0, MOST_QUOTES).flatMap(({ where, quote }) => {
    return wrap(`${safeText(where)}: “${safeText(quote)}”`, width, indent).map((line) => paint('quote', line));
  });
  const more = evidence.length - MOST_QUOTES;
  return [
    head,
    ...wrap(safeText(explanation), width, indent),
    ...quotes,
    ...(more > 0 ? [`${indent}… and ${more} more`] : []),
  ];
}

/** What weighs nothing but tells something: findings for information, and faults of the mail's form. */
function remarks({ findings, defects }: Report, width: number, paint: Paint): string[] {
  const told = findings.filter(({ contribution }) => contribution === 0).map(({ title }) => title);
  return list('Also noticed', [...told, ...defects], width, paint);
}

function missing(report: Report, width: number, paint: Paint): string[] {
  const lines = [...report.missing, ...(report.withheld ?? [])].map(({ what, why }) => `${what}: ${why}`);
  return list('Not examined', lines, width, paint);
}

function list(title: string, entries: readonly string[], width: number, paint: Paint): string[] {
  if (entries.length === 0) return [];
  const lines = entries.flatMap((entry) => {
    const [first = '', ...more] = wrap(safeText(entry), width, '    ');
    return [`  - ${first.trimStart()}`, ...more];
  });
  return ['', paint('title', `  ${title}`), ...lines];
}

function cut(line: string, chars: number): string {
  return line.length <= chars ? line : `${line.slice(0, Math.max(1, chars - 1))}…`;
}
