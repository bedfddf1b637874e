import type { BlobRef } from '@sluice/contracts';

/** With its quotes; shorter texts are not searched. */
const SHORTEST_REF = 67;
const QUOTED_REF = /"([a-z0-9][a-z0-9-]{0,62}\/[0-9a-f]{64})"/g;

/** Everything in texts of JSON that has the form of a blob's name, once. */
export function refsIn(texts: readonly string[]): BlobRef[] {
  const long = texts.filter((text) => text.length > SHORTEST_REF);
  return [...new Set(long.flatMap((text) => [...text.matchAll(QUOTED_REF)].map(([, ref = '']) => ref)))];
}
