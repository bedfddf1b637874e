/**
 * The number of a feature: FNV-1a in 32 bits with a last stir. The model's file holds such numbers and never the words; so few of them are taken that a
 * word which was not learnt hardly ever meets one.
 */
export function numberOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < feature.length; index += 1) {
    hash ^= feature.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return hash >>> 0;
}
