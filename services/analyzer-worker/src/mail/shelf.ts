/** A bounded map that makes its own entries. */
export type Shelf<T> = {
  /** The entry of the key, made on the first asking; null where it is new and there is no room. */
  take: (key: string, make: () => T) => T | null;
  all: () => T[];
};

export function createShelf<T>(max: number, onFull: () => void): Shelf<T> {
  const entries = new Map<string, T>();
  return {
    take: (key, make) => {
      const known = entries.get(key);
      if (known !== undefined) return known;
      if (entries.size >= max) {
        onFull();
        return null;
      }
      const entry = make();
      entries.set(key, entry);
      return entry;
    },
    all: () => [...entries.values()],
  };
}

export function addOnce<T>(list: T[], value: T): void {
  if (!list.includes(value)) list.push(value);
}
