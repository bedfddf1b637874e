import { numberOf } from './hash.ts';

/** A mail as the model sees it: the numbers of its features and how much each counts. */
export type Vector = { numbers: Uint32Array; values: Float32Array };

/** Evidence counts more than words, of which every mail has many. */
const SCALES: Readonly<Record<string, number>> = { w: 0.5, b: 0.35, s: 0.5, n: 0.5, t: 1, i: 1, f: 1 };
/** From so many words on each counts less, by the root of their number. */
const FULL_WORDS = 10;

/** True for features that quote the mail: words, pairs, subject, sender's name. */
export function isWord(feature: string): boolean {
  return /^[wbsn] /.test(feature);
}

/** True for what a check found: it can speak against a mail only. */
export function isFinding(feature: string): boolean {
  return feature.startsWith('f ');
}

export function vectorOf(features: readonly string[]): Vector {
  const counts = { w: 0, b: 0 };
  for (const { [0]: kind } of features) if (kind === 'w' || kind === 'b') counts[kind] += 1;
  const values = features.map((feature) => weighed(feature, counts));
  return { numbers: Uint32Array.from(features, numberOf), values: Float32Array.from(values) };
}

function weighed(feature: string, counts: { w: number; b: number }): number {
  const kind = feature[0] ?? '';
  const scale = SCALES[kind] ?? 1;
  if (kind !== 'w' && kind !== 'b') return scale;
  return scale / Math.sqrt(Math.max(FULL_WORDS, counts[kind]) / FULL_WORDS);
}
