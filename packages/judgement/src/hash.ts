/** Features fall into so many places. The model's file holds the places, never the words. */
export const PLACES = 1 << 17;

/** The place of a feature: FNV-1a with a last stir, so that short names spread too. */
export function placeOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < feature.length; index += 1) {
    hash ^= feature.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return (hash >>> 0) % PLACES;
}
