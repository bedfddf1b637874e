import { VERDICTS } from '@sluice/contracts';
import type { HeldOut } from './held-out.ts';
import { type Entry, isEveryday, isModernHam, isRecentPhishing } from './manifest.ts';

const FALSE_POSITIVES = [0.001, 0.005, 0.01, 0.05] as const;
const BINS = [0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1] as const;

export type By = 'score' | 'raw';
/** A mail and what was said of it: higher is worse. */
export type Scored = Pick<HeldOut, 'entry' | By>;

/** The share of some mails above the value that a share of modern honest mail reaches, in per cent. */
export function detection(
  judged: readonly Scored[],
  by: By,
  rate: number,
  isWanted: (entry: Entry) => boolean,
): number {
  const line = lineOf(judged, by, rate);
  const wanted = judged.filter(({ entry }) => isWanted(entry));
  return (100 * wanted.filter((one) => one[by] > line).length) / Math.max(1, wanted.length);
}

function lineOf(judged: readonly Scored[], by: By, rate: number): number {
  const honest = judged
    .filter(({ entry }) => isModernHam(entry))
    .map((one) => one[by])
    .toSorted((a, b) => b - a);
  return honest[Math.floor(rate * honest.length)] ?? Number.POSITIVE_INFINITY;
}

/** The probability that a recent phish has more than a modern honest mail; ties count half. */
export function areaUnderCurve(judged: readonly Scored[], by: By): number {
  const honest = judged
    .filter(({ entry }) => isModernHam(entry))
    .map((one) => one[by])
    .toSorted((a, b) => a - b);
  const bad = judged.filter(({ entry }) => isRecentPhishing(entry)).map((one) => one[by]);
  let sum = 0;
  for (const value of bad) sum += (countBelow(honest, value, false) + countBelow(honest, value, true)) / 2;
  return sum / Math.max(1, bad.length * honest.length);
}

function countBelow(sorted: readonly number[], value: number, isInclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const here = sorted[middle] ?? 0;
    if (here < value || (isInclusive && here === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function rocLines(judged: readonly Scored[], by: By): string[] {
  const head = `${'false positives'.padEnd(18)}${'phishing 2019–26'.padStart(18)}${'brand lures'.padStart(13)}${'spam'.padStart(8)}`;
  const isBrand = (entry: Entry) => isRecentPhishing(entry) && entry.isBrand;
  const isSpam = (entry: Entry) => entry.label === 'spam' && entry.era === 'modern';
  return [
    head,
    ...FALSE_POSITIVES.map((rate) => {
      const found = [isRecentPhishing, isBrand, isSpam].map(
        (wanted) => `${detection(judged, by, rate, wanted).toFixed(1)} %`,
      );
      const [phish = '', brand = '', spam = ''] = found;
      return `${`${rate * 100} %`.padEnd(18)}${phish.padStart(18)}${brand.padStart(13)}${spam.padStart(8)}`;
    }),
  ];
}

/** How often modern mails of a probability are bad, where good and bad weigh the same. */
export function reliabilityLines(all: readonly HeldOut[]): string[] {
  const judged = all.filter(({ entry }) => entry.era === 'modern');
  const bad = judged.filter(({ entry }) => entry.label !== 'ham').length;
  const good = judged.length - bad;
  return BINS.slice(1).map((to, index) => {
    const from = BINS[index] ?? 0;
    const here = judged.filter(({ probability }) => probability >= from && (probability < to || to === 1));
    const badHere = here.filter(({ entry }) => entry.label !== 'ham').length / Math.max(1, bad);
    const goodHere = (here.length / 1 - here.filter(({ entry }) => entry.label !== 'ham').length) / Math.max(1, good);
    const share = badHere + goodHere === 0 ? Number.NaN : badHere / (badHere + goodHere);
    return `said ${from}–${to}: bad in ${(100 * share).toFixed(0)} % (${here.length} mails)`;
  });
}

/** Verdicts by kind and era. */
export function verdictLines(judged: readonly Pick<HeldOut, 'entry' | 'verdict'>[]): string[] {
  const groups = Map.groupBy(judged, ({ entry }) => `${entry.label} ${entry.kind} ${entry.era}`);
  const head = `${'label kind era'.padEnd(34)}${'mails'.padStart(6)}${VERDICTS.map((verdict) => verdict.padStart(12)).join('')}`;
  const rows = [...groups]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, some]) => {
      const counts = VERDICTS.map((verdict) =>
        String(some.filter((one) => one.verdict === verdict).length).padStart(12),
      );
      return `${name.padEnd(34)}${String(some.length).padStart(6)}${counts.join('')}`;
    });
  return [head, ...rows, everydayLine(judged)];
}

function everydayLine(judged: readonly Pick<HeldOut, 'entry' | 'verdict'>[]): string {
  const everyday = judged.filter(({ entry }) => isEveryday(entry));
  const count = (verdict: string) => everyday.filter((one) => one.verdict === verdict).length;
  return `everyday mail (transactional, newsletter, personal): ${everyday.length}, suspicious ${count('suspicious')}, malicious ${count('malicious')}`;
}
