import {
  breakDots,
  type Opinion,
  PROVIDER_NAMES,
  type Report,
  type ReportAnswer,
  type ReportVisit,
} from '@sluice/contracts';

const MOST_LINES = 12;
const URL_CHARS = 100;
const TITLE_CHARS = 80;

/** Worst first; then what is not known, then what was not answered. */
const WEIGHT: Readonly<Record<Opinion, number>> = { malicious: 0, suspicious: 1, harmless: 2, none: 3 };
const UNKNOWN = 4;
const SILENT = 5;

/** One line for each visit: where it ends, after how many redirects, and what the page calls itself. */
export function linkLines({ visits }: Report): string[] {
  return most(visits.map(linkLine));
}

function linkLine({ url, status, why, facts }: ReportVisit): string {
  if (facts === null) return `${cut(url, URL_CHARS)}: ${status}: ${why ?? 'nobody said why'}`;
  const { chain, finalUrl, landing, download, cuts } = facts;
  const [cutAtOnce] = chain.length === 0 ? cuts : [];
  if (cutAtOnce !== undefined) return `${hostOf(url)}: not reached (${cutAtOnce.message})`;
  const redirects = chain.filter(({ kind }) => kind !== null).length;
  const title = landing?.title ?? null;
  const details = [
    ...(title === null ? [] : [`“${cut(title, TITLE_CHARS)}”`]),
    ...(landing !== null && landing.passwordFields > 0 ? ['asks for a password'] : []),
    ...(download === null ? [] : ['hands over a file']),
    ...(cuts.some(({ reason }) => reason === 'private-address') ? ['leads to a private address'] : []),
    ...(status === 'cached' ? ['seen before'] : []),
  ];
  const way = `${hostOf(url)} → ${hostOf(finalUrl)}`;
  return [way, redirects === 1 ? '1 redirect' : `${redirects} redirects`, ...details].join(', ');
}

/** One line for each answer, the worst first; providers that were not asked for the same reason share a line. */
export function answerLines({ answers }: Report): string[] {
  const asked = answers.filter(({ status }) => status !== 'not-asked').toSorted((a, b) => weightOf(a) - weightOf(b));
  const reasons = Map.groupBy(
    answers.filter(({ status }) => status === 'not-asked'),
    ({ why }) => why ?? 'nobody said why',
  );
  const silent = [...reasons].map(([why, some]) => {
    return `not asked: ${[...new Set(some.map(({ provider }) => PROVIDER_NAMES[provider]))].join(', ')} (${why})`;
  });
  return [...most(asked.map(answerLine)), ...silent];
}

function weightOf({ isKnown, opinion }: ReportAnswer): number {
  if (isKnown === null) return SILENT;
  return isKnown ? WEIGHT[opinion ?? 'none'] : UNKNOWN;
}

function answerLine(answer: ReportAnswer): string {
  return `${PROVIDER_NAMES[answer.provider]} about ${aboutOf(answer)}: ${saidBy(answer)}`;
}

function aboutOf({ resource }: ReportAnswer): string {
  if (resource === null) return 'the mail';
  const isHost = resource.kind === 'domain' || resource.kind === 'ip';
  return cut(isHost ? breakDots(resource.value) : resource.value, URL_CHARS);
}

function saidBy({ status, why, retryAt, isKnown, opinion, score }: ReportAnswer): string {
  if (isKnown === null) {
    const until = status === 'refused' && retryAt !== null ? ` until ${retryAt}` : '';
    return `${status}${until} (${why ?? 'nobody said why'})`;
  }
  const said = isKnown ? (opinion ?? 'none') : 'not known there';
  return `${said}${score === null ? '' : ` (${score} of 100)`}${status === 'fresh' ? '' : `, ${status}`}`;
}

/** What an amended report says anew; nothing for a first one. */
export function changeLines({ changes }: Report): string[] {
  if (changes === null) return [];
  const turn = (what: string, turned: { from: string | number; to: string | number } | null) => {
    return turned === null ? [] : [`${what}: ${turned.from} → ${turned.to}`];
  };
  const lines = [
    ...turn('verdict', changes.verdict),
    ...turn('score', changes.score),
    ...turn('category', changes.category),
    ...changes.newFindings.map((title) => `new: ${title}`),
    ...changes.goneFindings.map((title) => `gone: ${title}`),
    ...changes.filled.map((what) => `answered now: ${what}`),
    ...changes.nowMissing.map((what) => `missing now: ${what}`),
  ];
  return lines.length === 0 ? ['nothing but the time'] : most(lines);
}

function hostOf(url: string): string {
  const host = URL.parse(url)?.host ?? '';
  return host === '' ? cut(url, URL_CHARS) : breakDots(host);
}

function most(lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  return more <= 0 ? [...lines] : [...lines.slice(0, MOST_LINES), `… and ${more} more`];
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
