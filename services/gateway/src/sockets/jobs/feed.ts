import type { JobEvent, JobId } from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { Census } from './census.ts';
import { recordedLine } from './line.ts';
import type { Owner } from './owners.ts';
import { createTeller, type Teller } from './teller.ts';
import { createTracker, type Tracker } from './tracker.ts';

/** Each job changes at most four times a second for its readers. */
const FLUSH_EVERY_MS = 250;
/** After a quiet time, changes that come together go together. */
const GATHER_MS = 20;
const LOADS_AT_ONCE = 50;
const TRY_AGAIN_MS = 1_000;

export interface Reader {
  send(message: Buffer): void;
}

interface FeedConfig {
  census: () => Promise<Census>;
  snapshot: (jobId: JobId) => Promise<JobSnapshot | null>;
  onError: (error: unknown) => void;
  isHearing: () => boolean;
  /** Epoch ms. */
  now?: () => number;
}

export type Feed = ReturnType<typeof createFeed>;

/**
 * All jobs of one tenant, for any number of readers. Changes are gathered and told four times a second at most; the last state of a job is always told.
 * When something may have been missed it begins anew, and its readers with it.
 */
export function createFeed({ census, snapshot, onError, isHearing, now = Date.now }: FeedConfig) {
  const readers = new Set<Reader>();
  /** Those who have no beginning yet, and where they were before. */
  const waiting = new Map<Reader, string | undefined>();
  const tracker = createTracker({ snapshot, onError, onChange: schedule, onOutage: () => restart(TRY_AGAIN_MS) });
  /** Null: it has not begun, or does not hear. */
  let teller: Teller | null = null;
  let round = 0;
  let flushedMs = Number.NEGATIVE_INFINITY;
  let flushing: NodeJS.Timeout | undefined;
  let beginning: NodeJS.Timeout | undefined;

  function schedule(): void {
    if (teller === null || flushing !== undefined) return;
    const dueMs = flushedMs + FLUSH_EVERY_MS - performance.now();
    flushing = setTimeout(flush, Math.max(GATHER_MS, dueMs));
  }

  function flush(): void {
    flushing = undefined;
    if (teller === null) return;
    flushedMs = performance.now();
    for (const message of teller.tell(tracker.take(), now())) for (const reader of readers) reader.send(message);
  }

  /** Nothing is told from now on. */
  function stop(): void {
    round += 1;
    teller = null;
    clearTimeout(beginning);
    clearTimeout(flushing);
    flushing = undefined;
  }

  /** Forgets everything and begins anew; readers get a snapshot when it is there. */
  function restart(afterMs: number): void {
    stop();
    for (const reader of readers) waiting.set(reader, waiting.get(reader));
    beginning = setTimeout(() => void begin(), afterMs);
  }

  async function begin(): Promise<void> {
    const mine = round;
    const isOver = () => mine !== round;
    tracker.clear();
    try {
      const found = await census();
      await loadAll(tracker, found.live, isOver);
      if (isOver()) return;
      teller = openTeller(tracker, found);
      for (const [reader, after] of waiting) for (const message of teller.beginning(after)) reader.send(message);
      waiting.clear();
    } catch (error) {
      if (isOver()) return;
      onError(error);
      restart(TRY_AGAIN_MS);
    }
  }

  function sayStale(reader: Reader): void {
    reader.send(Buffer.from(JSON.stringify({ type: 'stale', sinceMs: now() })));
  }

  return {
    begin: () => restart(0),
    isIdle: () => readers.size === 0,
    /** An event of a job of this tenant. */
    onEvent: (owner: Owner, event: JobEvent) => tracker.hear(owner, event),

    /** Nothing is heard any more: readers are told. */
    onLost(): void {
      stop();
      for (const reader of readers) {
        waiting.set(reader, undefined);
        sayStale(reader);
      }
    },

    /** All may have changed. */
    onGap: () => restart(0),
    /** Looks for changes that were not heard of. */
    look: (seqOf: (jobId: JobId) => Promise<number | null>) => tracker.look(seqOf),

    /** From now on the reader gets its beginning and all that follows. */
    join(reader: Reader, after: string | undefined): void {
      readers.add(reader);
      if (teller !== null) for (const message of teller.beginning(after)) reader.send(message);
      else {
        waiting.set(reader, after);
        if (!isHearing()) sayStale(reader);
      }
    },

    leave(reader: Reader): void {
      readers.delete(reader);
      waiting.delete(reader);
    },

    close: stop,
  };
}

/** Reads the jobs that are not known yet, and waits for those that events made known meanwhile. */
async function loadAll(tracker: Tracker, jobIds: readonly JobId[], isOver: () => boolean): Promise<void> {
  for (let at = 0; at < jobIds.length && !isOver(); at += LOADS_AT_ONCE) {
    const some = jobIds.slice(at, at + LOADS_AT_ONCE).filter((jobId) => tracker.shelf.find(jobId) === undefined);
    await Promise.all(some.map((jobId) => tracker.load(jobId)));
  }
  while (!isOver() && tracker.isLoading()) await tracker.loaded();
}

/** Begins with all that is known, those that ended last behind the others. */
function openTeller({ shelf, take }: Tracker, found: Census): Teller {
  const recorded = found.ended.filter(({ jobId }) => shelf.find(jobId) === undefined).map(recordedLine);
  const ended = [...shelf.ended(), ...recorded].toSorted((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0));
  for (const line of ended) shelf.put(line);
  const { cut } = take();
  const isCut = found.isCut || cut.length > 0;
  return createTeller([...shelf.open(), ...shelf.ended()], { isCut, isPartial: found.isPartial });
}
