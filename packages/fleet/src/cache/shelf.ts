import { SluiceError } from '@sluice/contracts';
import type { z } from 'zod';
import type { Scope } from './answer.ts';
import type { Entry } from './entry.ts';
import { keyOf, tagOf, tenantTagOf } from './keys.ts';
import { cacheErrors } from './metrics.ts';
import type { NamespaceConfig } from './namespace.ts';
import type { Clock } from './notices.ts';
import type { Fate, Ticket, Tiers } from './tiers.ts';

const BLIND_MS = 30_000;
const COMPRESS_ABOVE_BYTES = 2_048;
const JITTER_SHARE = 0.1;
const MOST_TAGS = 16;

/** Whose answer about what. */
export interface Place {
  key: string;
  resource: string;
  tenant?: string;
}

/** What a tier holds for a place. */
interface Found<T> {
  value: T | null;
  source: 'memory' | 'redis';
  isFresh: boolean;
  entry: Entry;
}

export interface Looked<T> {
  found?: Found<T>;
  /** Where the clock of the namespace stood; nothing where memory answered or the server is away. */
  clock?: Clock;
}

export interface ShelfConfig<T> {
  settings: NamespaceConfig<T>;
  tiers: Tiers;
  /** Of a hit where the namespace names no lifetime. */
  defaultSeconds: number;
  /** Epoch ms. */
  now: () => number;
  /** In [0, 1). */
  random: () => number;
  onStored: (sizes: { rawBytes: number; storedBytes: number }) => void;
}

export type Shelf<T> = ReturnType<typeof createShelf<T>>;

/** The entries of one namespace in the tiers: their lifetimes, their tags and their schema. */
export function createShelf<T>({ settings, tiers, defaultSeconds, now, random, onStored }: ShelfConfig<T>) {
  const { name, version, jitterShare = JITTER_SHARE, compressAboveBytes = COMPRESS_ABOVE_BYTES } = settings;
  const { blindMs = BLIND_MS, hitSeconds = defaultSeconds, staleSeconds = 0 } = settings;
  const { notFoundSeconds = hitSeconds / 4 } = settings;
  const schema = settings.schema.nullable();

  function entryOf(value: T | null, askedMs: number, ticket: Ticket): { entry: Entry; lifeMs: number } {
    const plainMs = 1_000 * (value === null ? notFoundSeconds : (settings.secondsOf?.(value) ?? hitSeconds));
    const freshMs = plainMs * (1 + jitterShare * (2 * random() - 1));
    const lifeMs = freshMs + (value === null ? 0 : 1_000 * staleSeconds);
    const nowMs = now();
    const entry: Entry = {
      v: 1,
      value: asStored(schema, value),
      freshUntilMs: nowMs + freshMs,
      staleUntilMs: nowMs + lifeMs,
      askedMs,
      ...(ticket.at === undefined ? {} : { askedAt: ticket.at }),
    };
    return { entry, lifeMs: Math.ceil(lifeMs) };
  }

  function tagsOf(value: T | null, { resource, tenant }: Place): string[] {
    const tags = (settings.tagsOf?.(value, resource) ?? []).slice(0, MOST_TAGS).map(tagOf);
    return [...new Set(tenant === undefined ? tags : [...tags, tenantTagOf(tenant)])];
  }

  return {
    placeOf: (resource: string, { tenant }: Scope = {}): Place => ({
      key: keyOf(name, version, resource, tenant),
      resource,
      ...(tenant === undefined ? {} : { tenant }),
    }),

    /** An entry that does not fit the schema is none. */
    async read({ key }: Place): Promise<Looked<T>> {
      const { held, clock } = await tiers.read(key, blindMs);
      const seen = clock === undefined ? {} : { clock };
      if (held === undefined || now() >= (held.entry.staleUntilMs ?? Infinity)) return seen;
      const { entry, tier } = held;
      const parsed = schema.safeParse(entry.value);
      if (parsed.success) {
        return { ...seen, found: { value: parsed.data, source: tier, isFresh: now() < entry.freshUntilMs, entry } };
      }
      cacheErrors.inc({ operation: 'malformed' });
      return seen;
    },

    /** Before the answer is asked for: what is forgotten from here on keeps it from being written. */
    begin: ({ key }: Place, kind: Ticket['kind'] = 'ask'): Promise<Ticket> => tiers.begin(key, kind),

    /** Throws `answer-malformed` where the value, or what JSON makes of it, does not fit the schema. */
    async write(ticket: Ticket, place: Place, value: T | null, askedMs: number): Promise<{ entry: Entry; fate: Fate }> {
      const { entry, lifeMs } = entryOf(value, askedMs, ticket);
      const { fate, ...sizes } = await tiers.write(ticket, {
        entry,
        tags: tagsOf(value, place),
        lifeMs,
        compressAboveBytes,
      });
      if (fate === 'stored') onStored(sizes);
      return { entry, fate };
    },

    forget: ({ key }: Place): Promise<void> => tiers.forget({ namespace: name, key }),
    forgetTag: (tag: string): Promise<void> => tiers.forget({ namespace: name, tag: tagOf(tag) }),
    forgetTenant: (tenant: string): Promise<void> => tiers.forget({ namespace: name, tag: tenantTagOf(tenant) }),
    forgetAll: (): Promise<void> => tiers.forget({ namespace: name }),

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
