import {
  DEAD_LETTER_STATES,
  DeadLetter,
  type DeadLetterFilter,
  type DeadLetterStats,
  type JobId,
  type JobImage,
  SluiceError,
} from '@sluice/contracts';
import type { DeskRecord } from '../src/desk/record.ts';

export interface MemoryRecord extends DeskRecord {
  letters: Map<string, DeadLetter>;
  images: Map<JobId, JobImage>;
  /** Tasks without a letter, and what people have ordered. */
  failed: Awaited<ReturnType<DeskRecord['unjudged']>>['tasks'];
  ordered: Awaited<ReturnType<DeskRecord['orders']>>;
  /** While it is true, every call throws. */
  isAway: boolean;
  /** What was saved, in order. */
  saved: DeadLetter[];
}

/** A record without a server; `record.test.ts` has the desk's main ways with the real one. */
export function memoryRecord(): MemoryRecord {
  const letters = new Map<string, DeadLetter>();
  const images = new Map<JobId, JobImage>();
  const matches = (letter: DeadLetter, filter: DeadLetterFilter) =>
    (filter.ids === undefined || filter.ids.includes(letter.id)) &&
    (filter.state === undefined || letter.state === filter.state) &&
    (filter.untilMs === undefined || letter.lastFailedMs < filter.untilMs);
  const isOpen = ({ state }: DeadLetter) => state === 'scheduled' || state === 'parked';

  const record: MemoryRecord = {
    letters,
    images,
    failed: [],
    ordered: [],
    isAway: false,
    saved: [],
    find: (id) => answer(() => letters.get(id) ?? null),
    save: (letter) =>
      answer(() => {
        if ((letters.get(letter.id)?.updatedMs ?? 0) > letter.updatedMs) return;
        letters.set(letter.id, DeadLetter.parse(letter));
        record.saved.push(letter);
      }),
    unjudged: () => answer(() => ({ tasks: record.failed, next: null })),
    orders: () => answer(() => record.ordered),
    image: (jobId) => answer(() => images.get(jobId) ?? null),
    stats: () =>
      answer((): DeadLetterStats => {
        const counts = DEAD_LETTER_STATES.map((state) => [
          state,
          [...letters.values()].filter((each) => each.state === state).length,
        ]);
        const byState = Object.fromEntries(counts) as DeadLetterStats['byState'];
        return { byState, size: [...letters.values()].filter(isOpen).length, ...NOTHING };
      }),
    expire: ({ beforeMs, nowMs }) =>
      answer(() => {
        let expired = 0;
        for (const letter of letters.values()) {
          if (!isOpen(letter) || letter.lastFailedMs >= beforeMs) continue;
          letters.set(letter.id, { ...letter, state: 'expired', reason: 'age', nextMs: null, updatedMs: nowMs });
          expired += 1;
        }
        return { expired, removed: 0 };
      }),
    async *each(filter) {
      for (const letter of await answer(() => [...letters.values()])) if (matches(letter, filter)) yield letter;
    },
  };

  async function answer<T>(give: () => T): Promise<T> {
    if (record.isAway) throw new SluiceError('record-away', 'The record is away.', { disposition: 'retry' });
    return Promise.resolve(give());
  }
  return record;
}

const NOTHING = { oldestMs: null, retrySuccess: null, meanRetries: null };
