import { setTimeout as wait } from 'node:timers/promises';
import type { JobId } from '@sluice/contracts';
import type { Journal } from '@sluice/fleet/jobs';
import type { Logger } from '@sluice/fleet/service';
import type { Aside } from './aside.ts';
import { inChunks } from './at-once.ts';
import { setAside } from './metrics.ts';
import type { Faulty, Recorder } from './recorder.ts';

/** Entries of a bucket that are read at once. */
const ENTRIES = 1_000;
/** Jobs of one transaction. */
const JOBS = 100;
/** Transactions at once. */
const WRITERS = 3;
/** What changes within this time is recorded together. */
const LINGER_MS = 500;
/** A round with more jobs than this is one under load. */
const MANY_JOBS = 50;
/** A record that is behind by less leaves most of the time to the jobs; and by less than this, half of it. */
const LITTLE_LAG_MS = 20_000;
const MUCH_LAG_MS = 60_000;
const LONGEST_REST_MS = 5_000;

export interface DrainerConfig {
  journal: Pick<Journal, 'read' | 'trim'>;
  recorder: Recorder;
  aside: Aside;
  /** Buckets that are ours now. */
  buckets: () => string[];
  log: Logger;
  lingerMs?: number;
}

/** What one look at every bucket came to. */
export interface Round {
  jobs: number;
  tookMs: number;
  /** Age of the oldest entry, about. */
  lagMs: number;
  /** A bucket's journal holds more than was read. */
  hasMore: boolean;
}

/**
 * Moves the journal's jobs into the record and then takes their entries out of it. An entry leaves the journal when its job is recorded, gone, or set aside
 * because it cannot be recorded: nothing holds up the others.
 */
export function createDrainer({ journal, recorder, aside, buckets, log, lingerMs = LINGER_MS }: DrainerConfig) {
  const stopping = new AbortController();
  let rest = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failures = 0;

  /** One look at every bucket. */
  async function round(): Promise<Round> {
    const startMs = performance.now();
    const taken = await Promise.all(buckets().map(take));
    const again = new Set(taken.flatMap((bucket) => bucket.again));
    const ids = [...new Set([...taken.flatMap(({ changed }) => changed), ...again])];
    await inChunks(ids, JOBS, WRITERS, (some) => recordSome(some, again));
    for (const { bucket, upTo } of taken) if (upTo !== undefined) await journal.trim(bucket, upTo);
    return {
      jobs: ids.length,
      tookMs: performance.now() - startMs,
      lagMs: Math.max(0, ...taken.map(({ sinceMs }) => Date.now() - sinceMs)),
      hasMore: taken.some(({ isFull }) => isFull),
    };
  }

  async function take(bucket: string) {
    const [entries, again] = await Promise.all([journal.read(bucket, ENTRIES), aside.due(bucket)]);
    const changed = entries.map(({ jobId }) => jobId);
    const sinceMs = Number(entries[0]?.entryId.split('-')[0] ?? Number.POSITIVE_INFINITY);
    return { bucket, changed, again, sinceMs, upTo: entries.at(-1)?.entryId, isFull: entries.length === ENTRIES };
  }

  async function recordSome(ids: JobId[], again: ReadonlySet<JobId>): Promise<void> {
    const faulty = await recorder.record(ids);
    for (const one of faulty) await putAside(one);
    const refused = new Set(faulty.map(({ jobId }) => jobId));
    await aside.forget(ids.filter((jobId) => again.has(jobId) && !refused.has(jobId)));
  }

  async function putAside({ jobId, error }: Faulty): Promise<void> {
    await aside.put(jobId);
    setAside.inc();
    log.error('a job cannot be recorded and is set aside', { jobId, error });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) await pause(await round().then(succeeded, failed));
  }

  function succeeded(done: Round): number {
    if (failures > 0) log.info('jobs are recorded again');
    failures = 0;
    return restMs(done, lingerMs);
  }

  function failed(error: unknown): number {
    if (failures === 0) log.warn('jobs cannot be recorded; the journal waits', { error });
    failures += 1;
    return Math.min(250 * 2 ** failures, LONGEST_REST_MS);
  }

  async function pause(ms: number): Promise<void> {
    rest = new AbortController();
    const signal = AbortSignal.any([stopping.signal, rest.signal]);
    await wait(ms, undefined, { signal }).catch(() => undefined);
  }

  return {
    round,
    /** Ends the rest between two rounds, where there is one. */
    hurry: () => rest.abort(),
    start() {
      running = run();
    },
    /** Resolves when the round that runs is done. */
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * How long to wait for the next round. Under load the rounds are fewer and larger: a job is then recorded less often in the middle of its way, and the machine is
 * left to the jobs, as long as the record is not far behind.
 */
export function restMs({ jobs, tookMs, lagMs, hasMore }: Round, lingerMs: number): number {
  if (hasMore && lagMs > MUCH_LAG_MS) return 0;
  if (jobs <= MANY_JOBS) return lingerMs;
  const fairMs = lagMs < LITTLE_LAG_MS ? 4 * tookMs : tookMs;
  return Math.min(Math.max(4 * lingerMs, fairMs), LONGEST_REST_MS);
}
