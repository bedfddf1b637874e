import type { Report } from '@sluice/contracts';

/** A report as sections of plain text, before it becomes Markdown or HTML. Nothing in it is a link: URLs are defanged. */
export interface Section {
  title: string;
  rows: { head: string; lines: string[] }[];
}

const MOST_ROWS = 50;
/** Control characters and invisible ones, among them those that turn the direction of the text. */
const UNSEEN = /[\p{Cc}\p{Cf}]+/gu;

/** One line of text in which nothing is hidden: a run of unseen characters is shown by its first code, `‹U+202E›`. */
export function visible(text: string): string {
  return text.replace(/\s+/g, ' ').replace(UNSEEN, (run) => {
    const code = (run.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
}

/** `hxxps://example[.]com/…`: recognisable, and not clickable. */
export function defang(url: string): string {
  const [scheme = '', rest = ''] = url.split(/:(.*)/s);
  return `${scheme.replace(/^http/, 'hxxp')}:${rest.replace(/^(\/\/[^/]*)/, (host) => host.replaceAll('.', '[.]'))}`;
}

export function headline({ verdict, category, score, confidence, revision }: Report): string {
  return `${verdict.toUpperCase()} · ${category} · ${score} of 100 · confidence ${Math.round(confidence * 100)} %${revision > 1 ? ` · revision ${revision}` : ''}`;
}

export function outline(report: Report): Section[] {
  return [
    subject(report),
    reasons(report),
    missing(report),
    indicators(report),
    attachments(report),
    path(report),
  ].filter(({ rows }) => rows.length > 0);
}

function subject({ subject: about, jobId, createdAt }: Report): Section {
  const identity = [
    { head: 'Job', lines: [jobId] },
    { head: 'Written', lines: [createdAt] },
  ];
  if (about.kind === 'observable')
    return { title: 'Subject', rows: [{ head: about.type, lines: [show(about)] }, ...identity] };
  const people = (list: { name: string; address: string }[]) =>
    cut(list.map(({ name, address }) => `${name} <${address}>`.trim()));
  const rows = [
    { head: 'Subject', lines: [about.subject ?? '(none)'] },
    { head: 'From', lines: people(about.from) },
    { head: 'To', lines: people(about.to) },
    { head: 'Date', lines: [about.date ?? '(none)'] },
    { head: 'SHA-256', lines: [about.sha256] },
  ];
  return { title: 'Mail', rows: [...rows, ...identity] };
}

function show({ type, value }: { type: string; value: string }): string {
  return type === 'url' ? defang(value) : value.replaceAll('.', '[.]');
}

function reasons({ findings }: Report): Section {
  const rows = findings.map(({ title, contribution, severity, explanation, evidence }) => ({
    head: `${title} (${severity}, ${contribution} points)`,
    lines: [explanation, ...evidence.slice(0, 5).map(({ where, quote }) => `${where}: “${quote}”`)],
  }));
  return { title: 'Reasons', rows };
}

function missing(report: Report): Section {
  return { title: 'Not examined', rows: report.missing.map(({ what, why }) => ({ head: what, lines: [why] })) };
}

function indicators({ indicators: found }: Report): Section {
  const rows = [
    { head: 'URLs', lines: found.urls.map(({ url }) => defang(url)) },
    { head: 'Domains', lines: found.domains.map(({ domain }) => domain.replaceAll('.', '[.]')) },
    { head: 'IP addresses', lines: found.ips.map(({ ip, scope }) => `${ip} (${scope})`) },
  ];
  const filled = rows.filter(({ lines }) => lines.length > 0);
  return { title: 'Indicators', rows: filled.map(({ head, lines }) => ({ head, lines: cut(lines) })) };
}

function cut(lines: string[]): string[] {
  return lines.length <= MOST_ROWS ? lines : [...lines.slice(0, MOST_ROWS), `… and ${lines.length - MOST_ROWS} more`];
}

function attachments({ subject: about }: Report): Section {
  const files = about.kind === 'mail' ? about.attachments : [];
  const rows = files.slice(0, MOST_ROWS).map(({ fileName, declaredType, detectedType, sizeBytes, sha256 }) => ({
    head: fileName ?? '(no name)',
    lines: [`${declaredType}, by content ${detectedType ?? 'unknown'}, ${sizeBytes} bytes`, `SHA-256 ${sha256}`],
  }));
  return { title: 'Attachments', rows };
}

function path({ indicators: { received } }: Report): Section {
  const rows = received.map(({ from, fromIp, by, at, delaySeconds }) => ({
    head: `${from ?? '?'} → ${by ?? '?'}`,
    lines: [`${fromIp ?? 'no address'}, ${at ?? 'no time'}${delaySeconds === null ? '' : `, after ${delaySeconds} s`}`],
  }));
  return { title: 'Path', rows };
}
