import { numberOf } from './hash.ts';

/** A mail as the model sees it: the numbers of its features and how much each counts. */
export type Vector = { numbers: Uint32Array; values: Float32Array };

/** Evidence counts more than words, of which every mail has many. */
const SCALES = { w: 0.5, b: 0.35, s: 0.5, n: 0.5, t: 1, i: 1 } as const;
/** From so many words on each counts less, by the root of their number. */
const FULL_WORDS = 10;

/** True for features that quote the mail: words, pairs, subject, sender's name. */
export function isWord(feature: string): boolean {
  return /^[wbsn] /.test(feature);
}

export function vectorOf(features: readonly string[]): Vector {
  const counts = { w: 0, b: 0 };
  for (const feature of features) {
    if (feature.startsWith('w ')) counts.w += 1;
    else if (feature.startsWith('b ')) counts.b += 1;
  }
  const scales = { ...SCALES, w: shared(SCALES.w, counts.w), b: shared(SCALES.b, counts.b) };
  const numbers = new Uint32Array(features.length);
  const values = new Float32Array(features.length);
  features.forEach((feature, index) => {
    numbers[index] = numberOf(feature);
    values[index] = scales[feature[0] as keyof typeof SCALES] ?? 1;
  });
  return { numbers, values };
}

function shared(scale: number, count: number): number {
  return scale / Math.sqrt(Math.max(FULL_WORDS, count) / FULL_WORDS);
}
