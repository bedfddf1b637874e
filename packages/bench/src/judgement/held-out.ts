import { voiceOf } from '@sluice/analyzer-worker/analysis';
import type { Category, Verdict } from '@sluice/contracts';
import { scoreFindings } from '@sluice/judgement/score';
import { calibrate, type Example, type Judged, rawScore, trainWeights, vectorOf } from '@sluice/judgement/train';
import { type Analysed, OWN_SOURCE } from './analyse.ts';
import { type Entry, isModernHam } from './manifest.ts';

/** A mail judged by a model that has seen nothing of its fold. */
export type HeldOut = {
  entry: Entry;
  raw: number;
  probability: number;
  score: number;
  verdict: Verdict;
  category: Category;
};

/**
 * Judges every mail by a model trained on all other folds and on our own mails. The lines of a fold are drawn on the held-out scores of the others, so
 * that nothing of a mail's fold says where it falls.
 */
export function judgeHeldOut(
  analysed: readonly Analysed[],
  own: readonly Analysed[],
  foldOf: (entry: Entry) => string,
): HeldOut[] {
  const folds = Map.groupBy(analysed, ({ entry }) => foldOf(entry));
  const raws = new Map<Analysed, number>();
  for (const [fold, held] of folds) {
    const weights = trainWeights([...analysed.filter(({ entry }) => foldOf(entry) !== fold), ...own].map(exampleOf));
    for (const one of held) raws.set(one, rawScore(weights, vectorOf(one.features)));
  }
  return [...folds].flatMap(([fold, held]) => {
    const others = analysed.filter(({ entry }) => foldOf(entry) !== fold);
    const calibration = calibrate(others.map((one) => judgedOf(one.entry, raws.get(one) ?? 0)));
    return held.map((one) => {
      const raw = raws.get(one) ?? 0;
      const probability = 1 / (1 + Math.exp(-(calibration.slope * raw + calibration.offset)));
      const voice = voiceOf({ raw, probability, against: [], inFavour: [] }, calibration);
      const { score, verdict, category } = scoreFindings([...one.findings, ...voice]);
      return { entry: one.entry, raw, probability, score, verdict, category };
    });
  });
}

export function exampleOf({ entry, features }: Analysed): Example {
  const isOwn = entry.source === OWN_SOURCE;
  return { features, isBad: entry.label !== 'ham', source: entry.source, ...(isOwn ? { scene: entry.kind } : {}) };
}

export function judgedOf(entry: Entry, raw: number): Judged {
  return { raw, isBad: entry.label !== 'ham', counts: isModernHam(entry) };
}

const CLUSTER_FOLDS = 5;

/** Near-duplicates stay together. */
export function foldsByCluster(analysed: readonly Analysed[]): (entry: Entry) => string {
  const clusters = [...new Set(analysed.map(({ entry }) => entry.cluster))].toSorted();
  const folds = new Map(clusters.map((cluster, index) => [cluster, String(index % CLUSTER_FOLDS)]));
  return ({ cluster }) => folds.get(cluster) ?? '0';
}
