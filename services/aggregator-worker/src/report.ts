import {
  type Category,
  type Dossier,
  JudgementSay,
  type ObservableKind,
  type Report,
  type ReportChanges,
  type Verdict,
} from '@sluice/contracts';
import { judge } from '@sluice/judgement/say';
import type { Score } from '@sluice/judgement/score';
import { sayChanges, tellChanges } from './changes.ts';
import { foldGaps, gapsOf } from './missing.ts';
import { tellOperator } from './operator.ts';
import { whyUnseen } from './sight.ts';
import { tellTimings } from './timings.ts';

export type ReportIdentity = Pick<Report, 'jobId' | 'pipeline' | 'revision' | 'createdAt'>;

/** Confidence that remains when one source did not say all that it was asked. */
const PER_SILENT_SOURCE = 0.8;
/** Confidence in a clean verdict on something that nobody could look at. */
const UNSEEN = 0.3;
const NOTHING_SAID = JudgementSay.parse({});

/**
 * The report of a dossier: pure, but for the identity that is handed in; `previous` is the report that it amends. Confidence is 0.8 to the power of the
 * number of sources with gaps: each provider, the visits together, each bound and each other task count once, so that a provider
 * that refuses forty questions costs no more than one that refuses one. What nobody could look at is clean with `UNSEEN` of that only.
 */
export function writeReport(
  dossier: Dossier,
  identity: ReportIdentity,
  previous: Report | null = null,
  say: JudgementSay = NOTHING_SAID,
): Report {
  const { score, operator } = judge(dossier.findings, dossier, say);
  const gaps = gapsOf(dossier);
  const missing = foldGaps(gaps);
  const silent = new Set(gaps.map(({ source }) => source)).size;
  const unseen = score.verdict === 'clean' ? whyUnseen(dossier) : null;
  const changes = previous === null ? null : tellChanges(previous, { ...dossier, ...score });
  const { subject, indicators, limits, defects, parts, visits, answers, withheld, authentication } = dossier;
  return {
    v: 1,
    ...identity,
    ...score,
    confidence: Math.round(100 * PER_SILENT_SOURCE ** silent * (unseen === null ? 1 : UNSEEN)) / 100,
    summary: `${summarise(score, dossier, { missing: missing.length, unseen, changes })}${tellOperator(operator, score.verdict, score.score)}`,
    subject,
    indicators,
    limits,
    defects,
    partial: missing.length > 0,
    missing,
    withheld,
    parts,
    visits,
    answers,
    authentication,
    timings: tellTimings(parts),
    changes,
    ...(operator === undefined ? {} : { operator }),
  };
}

/** What a category means to whoever has to act. */
const MEANING: Readonly<Record<Category, string>> = {
  phishing: 'phishing, which is after passwords, card data or payments',
  scam: 'a scam, which is after money',
  extortion: 'extortion, which threatens to get money',
  malware: 'malware, which takes over a computer once it is opened',
  spam: 'spam, which nobody has asked for',
  legitimate: 'legitimate',
};
const NAMES: Readonly<Record<ObservableKind, string>> = {
  url: 'link',
  domain: 'domain name',
  ip: 'IP address',
  hash: 'file',
};
/** Less of the score is not worth a busy reader's time. */
const LEAST_TOLD = 2;
const ADVICE: Readonly<Record<Verdict, string>> = {
  malicious: ' Nobody should follow its links, open its attachments or answer it.',
  suspicious: ' Ask the sender by another way before following it.',
  clean: '',
};

/** What it is, why, and what to do; then what was not examined and what is new. */
function summarise(
  { verdict, category, score, findings }: Score,
  { subject }: Dossier,
  { missing, unseen, changes }: { missing: number; unseen: string | null; changes: ReportChanges | null },
): string {
  const what = `This ${subject.kind === 'mail' ? 'mail' : NAMES[subject.type]}`;
  const judgement =
    unseen !== null
      ? `${what} could not be examined, so that “clean” says nothing about it`
      : verdict === 'clean'
        ? `${what} shows nothing that speaks strongly against it`
        : `${what} is ${verdict}: ${MEANING[category]}`;
  const reasons = findings
    .filter(({ contribution }) => contribution >= LEAST_TOLD)
    .slice(0, 3)
    .toSorted((a, b) => Number(isImpression(a)) - Number(isImpression(b)));
  const why = verdict === 'clean' ? 'Noticed, but of little weight' : 'Why';
  const because = reasons.length === 0 ? '' : ` ${why}: ${reasons.map(sayReason).join('; ')}.`;
  const easing = findings.toSorted((a, b) => (b.eases ?? 0) - (a.eases ?? 0)).find(({ eases = 0 }) => eases > 0);
  const although = easing === undefined || reasons.length === 0 ? '' : ` What speaks for it: ${easing.title}.`;
  const advice = subject.kind === 'mail' ? ADVICE[verdict] : '';
  const gap = missing === 0 ? '' : ` ${missing === 1 ? 'One part was' : `${missing} parts were`} not examined.`;
  const anew = changes === null ? '' : ` ${sayChanges(changes)}`;
  const blind = unseen === null ? '' : ` ${unseen}`;
  return `${judgement} (${score} of 100).${blind}${because}${although}${advice}${gap}${anew}`;
}

/** What was found comes before what a model feels about it. */
function isImpression({ id }: Score['findings'][number]): boolean {
  return id.startsWith('model.');
}

/** That a mail resembles others says little without saying in what. */
function sayReason(finding: Score['findings'][number]): string {
  const { title, evidence } = finding;
  const told = isImpression(finding) ? evidence.slice(0, 3).map(({ quote }) => quote) : [];
  return told.length === 0 ? title : `${title} (${told.join(', ')})`;
}
