import { ALL_BUCKETS, type JobId } from '@sluice/contracts';
import type { Redis } from '../redis/index.ts';
import { bucketKeys } from './keys.ts';

/** A job changed: its events up to `seq` are in its list. */
export interface JournalEntry {
  entryId: string;
  jobId: JobId;
  seq: number;
}

export interface JournalLag {
  entries: number;
  /** Age of the oldest entry; null without one. */
  oldestMs: number | null;
}

export type Journal = ReturnType<typeof createJournal>;

/** The changes that the record does not have yet. The scripts of job state write it; whoever has recorded an entry trims it. */
export function createJournal(redis: Redis) {
  return {
    /** Entries of a bucket, oldest first. */
    async read(bucket: string, count: number): Promise<JournalEntry[]> {
      const entries = await redis.xrange(bucketKeys(bucket).journal, '-', '+', 'COUNT', count);
      return entries.map(([entryId, [, jobId, , seq]]) => ({ entryId, jobId: jobId ?? '', seq: Number(seq) }));
    },

    /** Takes out all entries up to this one, itself included. */
    async trim(bucket: string, upToEntryId: string): Promise<void> {
      const [ms = '0', number = '0'] = upToEntryId.split('-');
      await redis.xtrim(bucketKeys(bucket).journal, 'MINID', '=', `${ms}-${BigInt(number) + 1n}`);
    },

    /** Of all buckets. */
    async lag(): Promise<JournalLag> {
      const [seconds = 0] = await redis.time();
      const lags = await Promise.all(
        ALL_BUCKETS.map(async (bucket) => {
          const { journal } = bucketKeys(bucket);
          const [entries, [oldest]] = await Promise.all([
            redis.xlen(journal),
            redis.xrange(journal, '-', '+', 'COUNT', 1),
          ]);
          return { entries, writtenMs: oldest === undefined ? null : Number(oldest[0].split('-')[0]) };
        }),
      );
      const entries = lags.reduce((sum, lag) => sum + lag.entries, 0);
      const written = lags.flatMap(({ writtenMs }) => writtenMs ?? []);
      return { entries, oldestMs: written.length === 0 ? null : Math.max(0, seconds * 1_000 - Math.min(...written)) };
    },
  };
}
