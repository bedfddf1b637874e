import { z } from 'zod';
import { wholeNumber } from '../service/config.ts';

const lifetime = wholeNumber(1, 31 * 86_400);

/** The cache's settings. Lifetimes are in seconds, and those of hits; names and defaults are those that operators know. */
export const cacheSettings = {
  /** `false`: every question is asked, but still once at a time in the fleet. */
  CACHE_ENABLED: z
    .enum(['true', 'false'], { error: 'is neither true nor false' })
    .default('true')
    .transform((text) => text === 'true'),
  /** Cap of the copies in the memory of each process. */
  CACHE_MEMORY_MB: wholeNumber(1, 65_536).default(32),
  /** Where a namespace names none. */
  CACHE_DEFAULT_TTL: lifetime.default(300),
  /** Of API keys. */
  CACHE_USER_TTL: lifetime.default(900),
  CACHE_JOB_STATUS_TTL: lifetime.default(5),
  /** Of data that no pipeline of this fleet has yet: taken from an operator's settings, and without effect. */
  CACHE_DOCUMENT_TTL: lifetime.default(3_600),
  CACHE_VECTOR_SEARCH_TTL: lifetime.default(1_800),
  CACHE_GRAPH_TTL: lifetime.default(600),
  /** Of recipient policies. */
  REDIS_CACHE_TTL: lifetime.default(300),
};
export type CacheSettings = z.output<z.ZodObject<typeof cacheSettings>>;
