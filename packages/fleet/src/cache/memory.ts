import { namespaceOf } from './keys.ts';

/** What a copy costs besides its texts, the objects and the place in the map: 280 bytes measured with Node 24, and room for a map that grows. */
const OVERHEAD_BYTES = 350;
const ONE_BYTE_EACH = /^[\0-\x7f]*$/;

export interface Copy {
  /** JSON of an entry. */
  text: string;
  tags: readonly string[];
  /** Monotonic ms. */
  keptAtMs: number;
}

export interface Held {
  entries: number;
  bytes: number;
}

/**
 * Copies in this process, the least recently used going first when their bytes exceed the cap. What V8 holds is counted: one byte a
 * character where all are ASCII, else two, and the objects around. Pure.
 */
export function createMemory(capBytes: number, onEviction: () => void) {
  const copies = new Map<string, Copy & { bytes: number }>();
  const sums = new Map<string, Held>();
  let bytes = 0;
  let evictions = 0;

  function count(key: string, entries: 1 | -1, change: number): void {
    bytes += change;
    const sum = sums.get(namespaceOf(key)) ?? { entries: 0, bytes: 0 };
    sums.set(namespaceOf(key), { entries: sum.entries + entries, bytes: sum.bytes + change });
  }

  function drop(key: string): void {
    const copy = copies.get(key);
    if (copy === undefined) return;
    copies.delete(key);
    count(key, -1, -copy.bytes);
  }

  function dropWhere(namespace: string, isMeant: (copy: Copy) => boolean): void {
    if ((sums.get(namespace)?.entries ?? 0) === 0) return;
    for (const [key, copy] of copies) if (namespaceOf(key) === namespace && isMeant(copy)) drop(key);
  }

  return {
    read(key: string): Copy | undefined {
      const copy = copies.get(key);
      if (copy === undefined) return undefined;
      // A map iterates in the order of insertion: the last used stands last.
      copies.delete(key);
      copies.set(key, copy);
      return copy;
    },

    keep(key: string, copy: Copy): void {
      drop(key);
      const size = OVERHEAD_BYTES + weigh(key) + weigh(copy.text) + copy.tags.reduce((sum, tag) => sum + weigh(tag), 0);
      if (size > capBytes) return;
      copies.set(key, { ...copy, bytes: size });
      count(key, 1, size);
      for (const oldest of copies.keys()) {
        if (bytes <= capBytes) return;
        drop(oldest);
        evictions += 1;
        onEviction();
      }
    },

    drop,
    dropTag: (namespace: string, tag: string): void => dropWhere(namespace, ({ tags }) => tags.includes(tag)),
    dropAll: (namespace: string): void => dropWhere(namespace, () => true),
    entries: (): number => copies.size,
    bytes: (): number => bytes,
    evictions: (): number => evictions,
    held: (namespace: string): Held => sums.get(namespace) ?? { entries: 0, bytes: 0 },
    namespaces: (): string[] => [...sums.keys()],
  };
}

function weigh(text: string): number {
  return ONE_BYTE_EACH.test(text) ? text.length : 2 * text.length;
}
