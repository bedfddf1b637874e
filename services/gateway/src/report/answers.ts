import { PROVIDER_NAMES, type Report, type ReportAnswer } from '@sluice/contracts';
import { showResource } from './mail.ts';
import { cut, type Section } from './section.ts';
import { short } from './text.ts';

const MOST_FACTS = 5;
const FACT_CHARS = 80;
const RESOURCE_CHARS = 200;

/** What became of every question, provider by provider. */
export function answers({ answers: all }: Report): Section {
  const groups = Map.groupBy(all, ({ provider }) => provider);
  const rows = [...groups].map(([provider, some]) => ({
    head: PROVIDER_NAMES[provider],
    lines: cut(some.map(lineOf)),
  }));
  return { title: 'What others say', rows };
}

function lineOf(answer: ReportAnswer): string {
  const { resource, status } = answer;
  const about = resource === null ? 'the mail' : short(showResource(resource), RESOURCE_CHARS);
  return status === 'not-asked' ? statusOf(answer) : `${about}: ${statusOf(answer)}${saidBy(answer)}`;
}

function statusOf({ status, why, retryAt, askedAt }: ReportAnswer): string {
  const because = why === null ? '' : ` (${why})`;
  switch (status) {
    case 'fresh':
      return 'fresh';
    case 'cached':
    case 'stale':
      return `${status}, asked ${askedAt ?? 'some time ago'}${because}`;
    case 'refused':
      return `refused${retryAt === null ? '' : ` until ${retryAt}`}${because}`;
    case 'failed':
    case 'late':
      return `${status}${because}`;
    case 'not-asked':
      return `not asked${because}`;
  }
}

function saidBy({ isKnown, opinion, score, summary, facts }: ReportAnswer): string {
  if (isKnown === null) return '';
  const judged = isKnown ? (opinion ?? 'none') : 'not known there';
  const scored = score === null ? '' : `, ${score} of 100`;
  const shown = facts.slice(0, MOST_FACTS).map(({ name, value }) => `${name}: ${short(value, FACT_CHARS)}`);
  const more = facts.length > MOST_FACTS ? [`${facts.length - MOST_FACTS} more`] : [];
  const listed = shown.length === 0 ? '' : ` [${[...shown, ...more].join('; ')}]`;
  return `; ${judged}${scored}. ${summary ?? ''}${listed}`;
}
