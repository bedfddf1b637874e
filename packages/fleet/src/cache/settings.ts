import { z } from 'zod';
import { wholeNumber } from '../service/config.ts';

const lifetime = wholeNumber(1, 31 * 86_400);
const KIB = 1_024;

/** The cache's settings. Lifetimes are in seconds, and those of hits; names and defaults are those that operators know. */
export const cacheSettings = {
  /** `false`: every question is asked, but still once at a time in the fleet. */
  CACHE_ENABLED: z
    .enum(['true', 'false'], { error: 'is neither true nor false' })
    .default('true')
    .transform((text) => text === 'true'),
  /** Cap of the copies in the memory of each process. */
  CACHE_MEMORY_MB: wholeNumber(1, 65_536).default(32),
  CACHE_DEFAULT_TTL: lifetime.default(300),
  CACHE_USER_TTL: lifetime.default(900),
  CACHE_JOB_STATUS_TTL: lifetime.default(5),
  CACHE_DOCUMENT_TTL: lifetime.default(3_600),
  CACHE_VECTOR_SEARCH_TTL: lifetime.default(1_800),
  CACHE_GRAPH_TTL: lifetime.default(600),
  /** Of recipient policies. */
  REDIS_CACHE_TTL: lifetime.default(300),
};
export type CacheSettings = z.output<z.ZodObject<typeof cacheSettings>>;

/** Kinds of data that have a lifetime of their own, and the setting that holds it. */
const SETTING_OF = {
  default: 'CACHE_DEFAULT_TTL',
  user: 'CACHE_USER_TTL',
  'job-status': 'CACHE_JOB_STATUS_TTL',
  document: 'CACHE_DOCUMENT_TTL',
  'vector-search': 'CACHE_VECTOR_SEARCH_TTL',
  graph: 'CACHE_GRAPH_TTL',
  policy: 'REDIS_CACHE_TTL',
} as const;
export type CachedKind = keyof typeof SETTING_OF;

/**
 * The lifetimes of a namespace for a kind of the fleet's own data: that of "not found" is a quarter of a hit's, and nothing stale stands in, because who
 * owns the data answers for it. To be spread into a namespace's settings.
 */
export function lifetimesOf(
  settings: Pick<CacheSettings, (typeof SETTING_OF)[CachedKind]>,
  kind: CachedKind,
): { hitSeconds: number; notFoundSeconds: number; staleSeconds: number } {
  const hitSeconds = settings[SETTING_OF[kind]];
  return { hitSeconds, notFoundSeconds: hitSeconds / 4, staleSeconds: 0 };
}

export function memoryBytesOf({ CACHE_MEMORY_MB }: Pick<CacheSettings, 'CACHE_MEMORY_MB'>): number {
  return CACHE_MEMORY_MB * KIB * KIB;
}
