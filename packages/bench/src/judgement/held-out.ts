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
 * Judges every mail by a model trained on all other folds. Our own mails are for training; some of their scenes are left out with each fold, so that it can be
 * told how honest mail of an unknown kind is taken. The lines of a fold are drawn on the held-out scores of the others, so that nothing of a mail's
 * fold says where it falls.
 */
export function judgeHeldOut(
  analysed: readonly Analysed[],
  own: readonly Analysed[],
  foldOf: (entry: Entry) => string,
  { isModelHeard = true } = {},
): HeldOut[] {
  const raws = heldOutScores(analysed, own, foldOf);
  const lines = own.filter(isLined);
  return [...Map.groupBy(analysed, ({ entry }) => foldOf(entry))].flatMap(([fold, held]) => {
    const others = [...analysed.filter(({ entry }) => foldOf(entry) !== fold), ...lines];
    const calibration = calibrate(others.map((one) => judgedOf(one.entry, raws.get(one) ?? 0)));
    return held.map((one) => {
      const raw = raws.get(one) ?? 0;
      const probability = 1 / (1 + Math.exp(-(calibration.slope * raw + calibration.offset)));
      const voice = isModelHeard ? voiceOf({ raw, probability, against: [], inFavour: [] }, calibration) : [];
      const { score, verdict, category } = scoreFindings([...one.findings, ...voice]);
      return { entry: one.entry, raw, probability, score, verdict, category };
    });
  });
}

/** What models that know neither their fold nor their scene say of the mails, our own among them. */
export function heldOutScores(
  analysed: readonly Analysed[],
  own: readonly Analysed[],
  foldOf: (entry: Entry) => string,
): Map<Analysed, number> {
  const folds = [...new Set(analysed.map(({ entry }) => foldOf(entry)))];
  const scenes = [...new Set(own.map(({ entry }) => entry.kind))];
  const foldOfScene = new Map(scenes.map((scene, index) => [scene, folds[index % folds.length]]));
  const foldOfAny = ({ entry }: Analysed) =>
    entry.source === OWN_SOURCE ? foldOfScene.get(entry.kind) : foldOf(entry);
  const all = [...analysed, ...own];
  const raws = new Map<Analysed, number>();
  for (const fold of folds) {
    const weights = trainWeights(all.filter((one) => foldOfAny(one) !== fold).map(exampleOf));
    for (const one of all) if (foldOfAny(one) === fold) raws.set(one, rawScore(weights, vectorOf(one.features)));
  }
  return raws;
}

/** Everyday mail is rare in collections: lines are drawn on that of our own as well. */
export function isLined({ entry }: Analysed): boolean {
  return entry.source === OWN_SOURCE && entry.label === 'ham';
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
