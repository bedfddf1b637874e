import type { Finding } from '@sluice/contracts';
import type { Calibration, MailFacts, Model, Opinion } from '@sluice/judgement';
import { askModel, tellFeature } from '@sluice/judgement';
import { findingFrom, quoteOf } from './finding.ts';
import { harmOf } from './text-intent.ts';

/** Where the model draws its two lines; above the second it weighs up to `MOST`. Alone it never makes a mail malicious. */
const AT_SUSPICIOUS = 40;
const AT_STRONG = 60;
const MOST = 70;
const MOST_EASE = 70;
/** Words said about a mail that is as usual. */
const SAID = 5;
const ENOUGH_DEEDS = 3;

/** What the model says of a mail: one voice among the evidence. */
export function modelVoice(model: Model, facts: MailFacts): Finding[] {
  return voiceOf(askModel(model, facts), model.calibration);
}

/**
 * Against the mail an opinion weighs more the higher its score is; for the mail it eases soft findings; in between it keeps silent.
 */
export function voiceOf(opinion: Opinion, calibration: Calibration): Finding[] {
  const { suspicious, honest } = calibration;
  const middle = (suspicious + honest) / 2;
  if (opinion.raw >= middle) return speakAgainst(opinion, weightOf(opinion.raw, middle, calibration));
  // Half way from the middle to the usual honest mail is as good as honest.
  const depth = (2 * (middle - opinion.raw)) / Math.max(0.1, middle - honest);
  return speakFor(opinion, Math.round(MOST_EASE * Math.min(1, depth)));
}

/** Rises all the way, so that a worse mail always weighs more. In tenths. */
function weightOf(raw: number, middle: number, { suspicious, strong }: Calibration): number {
  return Math.round(10 * exactWeightOf(raw, middle, suspicious, strong)) / 10;
}

function exactWeightOf(raw: number, middle: number, suspicious: number, strong: number): number {
  if (raw < suspicious) return AT_SUSPICIOUS * ((raw - middle) / Math.max(0.1, suspicious - middle)) ** 2;
  const span = Math.max(0.1, strong - suspicious);
  if (raw < strong) return AT_SUSPICIOUS + ((AT_STRONG - AT_SUSPICIOUS) * (raw - suspicious)) / span;
  return MOST - (MOST - AT_STRONG) * Math.exp((strong - raw) / span);
}

function speakAgainst({ against }: Opinion, weight: number): Finding[] {
  if (weight <= 0) return [];
  const category = categoryOf(against);
  return findingFrom({
    id: 'model.like-bad-mail',
    severity: weight >= AT_STRONG ? 'high' : weight >= AT_SUSPICIOUS ? 'medium' : 'low',
    weight,
    ...(category === undefined ? {} : { category }),
    title: 'The mail resembles known bad mail',
    explanation:
      'A small model that has been shown many good and bad mails finds this one closer to the bad ones. It can be wrong, so it never decides alone that a mail is malicious.',
    evidence: toldOf(against, 'against'),
  });
}

function speakFor({ inFavour }: Opinion, eases: number): Finding[] {
  if (eases <= 0) return [];
  return findingFrom({
    id: 'model.like-good-mail',
    severity: 'info',
    weight: 0,
    eases,
    title: 'The mail resembles ordinary mail',
    explanation: 'A small model that has been shown many good and bad mails finds this one closer to the good ones.',
    evidence: toldOf(inFavour, 'for'),
  });
}

/** What it wants most, by what the model found most telling; undefined where that is nothing of its own. */
function categoryOf(against: readonly string[]): Finding['category'] {
  const intents = against.flatMap((feature) => /^i (\S+)/.exec(feature)?.[1] ?? []);
  return intents.flatMap((intent) => harmOf(intent) ?? [])[0];
}

/** What the mail does; single words, which say little to a person, only where there is hardly anything else. */
function toldOf(features: readonly string[], side: 'against' | 'for') {
  const tell = (some: readonly string[]) => [...new Set(some.flatMap((feature) => tellFeature(feature, side) ?? []))];
  const deeds = tell(features.filter((feature) => !isWordy(feature)));
  const told = deeds.length >= ENOUGH_DEEDS ? deeds : [...deeds, ...tell(features.filter(isWordy))];
  return (told.length === 0 ? ['many small traits together'] : told.slice(0, SAID)).map((words) =>
    quoteOf('model', words),
  );
}

function isWordy(feature: string): boolean {
  return !/^[ti] /.test(feature);
}
