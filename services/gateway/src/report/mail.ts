import { breakDots, type Report, type Resource } from '@sluice/contracts';
import { cut, MOST_ROWS, type Section } from './section.ts';

export function subject({ subject: about, jobId, createdAt }: Report): Section {
  const identity = [
    { head: 'Job', lines: [jobId] },
    { head: 'Written', lines: [createdAt] },
  ];
  if (about.kind === 'observable') {
    const lines = [showResource({ kind: about.type, value: about.value })];
    return { title: 'Subject', rows: [{ head: about.type, lines }, ...identity] };
  }
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

/** A name or address as text; what has a scheme is made inert with all other text. */
export function showResource({ kind, value }: Omit<Resource, 'id'>): string {
  return kind === 'url' || kind === 'hash' ? value : breakDots(value);
}

export function indicators({ indicators: found }: Report): Section {
  const rows = [
    { head: 'URLs', lines: found.urls.map(({ url }) => url) },
    { head: 'Domains', lines: found.domains.map(({ domain }) => breakDots(domain)) },
    { head: 'IP addresses', lines: found.ips.map(({ ip, scope }) => `${ip} (${scope})`) },
  ];
  const filled = rows.filter(({ lines }) => lines.length > 0);
  return { title: 'Indicators', rows: filled.map(({ head, lines }) => ({ head, lines: cut(lines) })) };
}

export function attachments({ subject: about }: Report): Section {
  const files = about.kind === 'mail' ? about.attachments : [];
  const rows = files.slice(0, MOST_ROWS).map(({ fileName, declaredType, detectedType, sizeBytes, sha256 }) => ({
    head: fileName ?? '(no name)',
    lines: [`${declaredType}, by content ${detectedType ?? 'unknown'}, ${sizeBytes} bytes`, `SHA-256 ${sha256}`],
  }));
  return { title: 'Attachments', rows };
}

export function path({ indicators: { received } }: Report): Section {
  const rows = received.map(({ from, fromIp, by, at, delaySeconds }) => ({
    head: `${from ?? '?'} → ${by ?? '?'}`,
    lines: [`${fromIp ?? 'no address'}, ${at ?? 'no time'}${delaySeconds === null ? '' : `, after ${delaySeconds} s`}`],
  }));
  return { title: 'Path', rows };
}
