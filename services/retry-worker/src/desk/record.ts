import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterStats,
  type JobId,
  type JobImage,
  SluiceError,
} from '@sluice/contracts';
import type { Records } from '@sluice/records';
import type { PastOrder } from './lost-orders.ts';

/** What the desk asks of the durable record. Everything may throw: the record may be away. */
export interface DeskRecord {
  find(id: string): Promise<DeadLetter | null>;
  /** Writes the letter in the place of the one with its id. */
  save(letter: DeadLetter): Promise<void>;
  /** What brings a job back whose keys are gone; null for one that the record does not know. */
  image(jobId: JobId): Promise<JobImage | null>;
  stats(nowMs: number): Promise<DeadLetterStats>;
  /** Open letters that last failed before `beforeMs` become `expired`, ended ones of that age are removed; at most `limit` of each. */
  expire(bounds: { beforeMs: number; nowMs: number; limit: number }): Promise<{ expired: number; removed: number }>;
  each(filter: DeadLetterFilter): AsyncIterable<DeadLetter>;
  /** Tasks that failed in that time and have no letter of their generation, the latest first. */
  unjudged: Records['deadLetters']['unjudged'];
  /** What people ordered since then (epoch ms). */
  orders(sinceMs: number): Promise<PastOrder[]>;
}

/** How long a record that did not answer is left alone. */
const PAUSE_MS = 5_000;

export const AWAY = 'away';

/** Never throws: `away` where the record does not answer. So that each look does not wait for it anew, it is left alone for a while then. */
export function createRecordDoor(record: DeskRecord, onError: (error: unknown) => void, pauseMs = PAUSE_MS) {
  const now = () => performance.now();
  let closedUntilMs = Number.NEGATIVE_INFINITY;

  async function ask<T>(question: () => Promise<T>): Promise<T | typeof AWAY> {
    if (now() < closedUntilMs) return AWAY;
    try {
      return await question();
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'record-away') closedUntilMs = now() + pauseMs;
      onError(error);
      return AWAY;
    }
  }

  return {
    find: (id: string) => ask(() => record.find(id)),
    save: (letter: DeadLetter) => ask(async () => record.save(letter).then(() => 'saved' as const)),
    image: (jobId: JobId) => ask(() => record.image(jobId)),
  };
}

export type RecordDoor = ReturnType<typeof createRecordDoor>;
