import { SluiceError } from '@sluice/contracts';
import { z } from 'zod';

const seconds = z.number().positive('is not above 0');
const milliseconds = z.number().positive('is not above 0');

const Settings = z
  .object({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is not a namespace name (a-z, 0-9, dash)'),
    version: z.int('is not a whole number').min(1, 'is below 1'),
    hitSeconds: seconds.optional(),
    notFoundSeconds: seconds.optional(),
    staleSeconds: z.number().min(0, 'is below 0').optional(),
    jitterShare: z.number().min(0, 'is below 0').max(0.5, 'is above 0.5').optional(),
    softMs: milliseconds.optional(),
    hardMs: milliseconds.optional(),
    blindMs: z.number().min(0, 'is below 0').optional(),
    compressAboveBytes: z.number().min(0, 'is below 0').optional(),
  })
  .refine(({ softMs, hardMs }) => softMs === undefined || hardMs === undefined || softMs < hardMs, {
    path: ['softMs'],
    error: 'is not below hardMs',
  });

export interface NamespaceConfig<T> {
  /** A label of metrics too: from the code, never from input. */
  name: string;
  /** Of the schema: entries of another version are not seen. */
  version: number;
  /** The cache's `defaultSeconds` where nothing is said. */
  hitSeconds?: number;
  /** For an answer of null: the provider does not know the resource. A quarter of a hit's where nothing is said. */
  notFoundSeconds?: number;
  /** How long after its lifetime a hit may still stand in when asking fails; not at all where nothing is said. */
  staleSeconds?: number;
  /** For a hit that is incomplete; where it says nothing, that of a hit holds. */
  secondsOf?: (value: T) => number | undefined;
  /** Each entry lives longer or shorter by up to this share, so that those of one hour do not end together; 0.1 where nothing is said. */
  jitterShare?: number;
  /** A stale hit is given when asking takes longer than this; the asking goes on, and the next one has its answer. */
  softMs?: number;
  /** Asking is given up after this time. An answer that comes later is still kept where nobody was faster. */
  hardMs?: number;
  /** How long copies in memory are trusted while the cache's server cannot be heard: what is forgotten meanwhile may live so long; 30 s where nothing is said. */
  blindMs?: number;
  /** Entries larger than this are compressed in Redis; 2048 where nothing is said. */
  compressAboveBytes?: number;
  /** What `invalidateTag` can name the entry by; at most 16. The tenant is a tag by itself. */
  tagsOf?: (value: T | null, resource: string) => readonly string[];
  /** Of the value as it is stored: JSON, and what the schema yields must satisfy it again. */
  schema: z.ZodType<T>;
}

/** Throws `bad-namespace` naming every fault at once. */
export function requireNamespace<T>(config: NamespaceConfig<T>): void {
  const parsed = Settings.safeParse(config);
  if (parsed.success) return;
  const faults = parsed.error.issues.map((issue) => `  ${[...issue.path, issue.message].join(' ')}`);
  throw new SluiceError('bad-namespace', `This cache namespace is wrong:\n${faults.join('\n')}`);
}
