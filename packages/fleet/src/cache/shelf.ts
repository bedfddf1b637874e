import { SluiceError } from '@sluice/contracts';
import type { z } from 'zod';
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
    const freshMs = 1_000 * (value === null ? config.notFoundSeconds : config.hitSeconds);
    const staleMs = value === null ? 0 : 1_000 * config.staleSeconds;
    const entry: Entry = { v: 1, value: asStored(schema, value), freshUntilMs: now() + freshMs };
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

    /** Throws `answer-malformed` where the value, or what JSON makes of it, does not fit the schema. */
    async write(key: string, value: T | null): Promise<Entry> {
      const { entry, lifeMs } = entryOf(value);
      await tiers.write(key, entry, lifeMs);
      return entry;
    },

    open: (entry: Entry): T | null => schema.parse(entry.value),
  };
}

/** The value as it comes back from a tier; it must satisfy the schema then too, or it would be asked for for ever. */
function asStored(schema: z.ZodType, value: unknown): z.core.util.JSONType {
  try {
    const stored = JSON.parse(JSON.stringify(schema.parse(value))) as z.core.util.JSONType;
    schema.parse(stored);
    return stored;
  } catch (cause) {
    throw new SluiceError('answer-malformed', 'The answer does not fit its schema.', { cause });
  }
}
