import { SluiceError } from '@sluice/contracts';
import type { Entry } from './entry.ts';
import { cacheErrors } from './metrics.ts';
import type { NamespaceConfig } from './namespace.ts';
import type { Tiers } from './tiers.ts';

/** What a tier holds for a key. */
export interface Found<T> {
  value: T | null;
  source: 'memory' | 'redis';
  isFresh: boolean;
  entry: Entry;
}

export type Shelf<T> = ReturnType<typeof createShelf<T>>;

/** The entries of one namespace in the tiers: their lifetimes and their schema. */
export function createShelf<T>(config: NamespaceConfig<T>, tiers: Tiers, now: () => number) {
  const schema = config.schema.nullable();

  function entryOf(value: T | null): { entry: Entry; lifeMs: number } {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      throw new SluiceError('answer-malformed', 'The answer makes no sense.', { cause: parsed.error });
    }
    const freshMs = 1_000 * (value === null ? config.notFoundSeconds : config.hitSeconds);
    const staleMs = value === null ? 0 : 1_000 * config.staleSeconds;
    const entry = { v: 1, value: parsed.data, freshUntilMs: now() + freshMs } as Entry;
    return { entry, lifeMs: Math.ceil(freshMs + staleMs) };
  }

  return {
    /** An entry that does not fit the schema is none. */
    async read(key: string): Promise<Found<T> | undefined> {
      const held = await tiers.read(key);
      if (held === undefined) return undefined;
      const { entry, tier } = held;
      const parsed = schema.safeParse(entry.value);
      if (parsed.success) return { value: parsed.data, source: tier, isFresh: now() < entry.freshUntilMs, entry };
      cacheErrors.inc({ operation: 'malformed' });
      return undefined;
    },

    /** Throws `answer-malformed` where the value does not fit the schema. */
    async write(key: string, value: T | null): Promise<Entry> {
      const { entry, lifeMs } = entryOf(value);
      await tiers.write(key, entry, lifeMs);
      return entry;
    },

    open: (entry: Entry): T | null => schema.parse(entry.value),
  };
}
