import type { JobEvent, JobId } from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import { isOutage } from '../../http/outage.ts';
import { MOST_ENDED, MOST_OPEN } from './census.ts';
import { carryOn, hasEnded, type JobLine, lineOf, newLine } from './line.ts';
import type { Owner } from './owners.ts';
import { createShelf } from './shelf.ts';

const MOST_READINGS = 3;

interface TrackerConfig {
  snapshot: (jobId: JobId) => Promise<JobSnapshot | null>;
  /** Something has changed. */
  onChange: () => void;
  /** Redis did not answer: what is known may not be all. */
  onOutage: () => void;
  onError: (error: unknown) => void;
}

interface Loading {
  /** What came meanwhile. */
  events: JobEvent[];
  work: Promise<void>;
}

/** What has changed since it was asked for last. */
export interface Changes {
  /** Jobs, with Redis time of their newest event. */
  changed: { line: JobLine; atMs: number }[];
  /** Jobs that do not exist any more, and ended ones that others pushed out. */
  gone: { jobId: JobId; atMs: number | null }[];
  /** Open ones beyond the bound: they come again with their next change. */
  cut: JobId[];
}

export type Tracker = ReturnType<typeof createTracker>;

/**
 * The jobs of one tenant, carried on by their events. A job is read from Redis only on a first sight in the middle, and where a number is missing; one
 * that cannot be read is left out.
 */
export function createTracker({ snapshot, onChange, onOutage, onError }: TrackerConfig) {
  const shelf = createShelf(MOST_OPEN, MOST_ENDED);
  const loading = new Map<JobId, Loading>();
  const changed = new Map<JobId, number>();
  const lost = new Set<JobId>();
  /** Of what began under another one, nothing is taken any more. */
  let round = 0;

  function note(jobId: JobId, atMs: number): void {
    changed.set(jobId, Math.max(atMs, changed.get(jobId) ?? 0));
    onChange();
  }

  function load(jobId: JobId, events: readonly JobEvent[]): Promise<void> {
    const known = loading.get(jobId);
    if (known !== undefined) {
      known.events.push(...events);
      return known.work;
    }
    const mine = round;
    const work = readJob(jobId, mine).catch((error: unknown) => {
      if (mine !== round) return;
      loading.delete(jobId);
      onError(error);
      if (isOutage(error)) onOutage();
    });
    loading.set(jobId, { events: [...events], work });
    return work;
  }

  async function readJob(jobId: JobId, mine: number): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const job = await snapshot(jobId);
      const entry = loading.get(jobId);
      if (mine !== round || entry === undefined) return;
      const line = job === null ? null : lineOf(job);
      const rest = entry.events.filter(({ seq }) => line !== null && seq > line.seq);
      // What came meanwhile may want another reading. A Redis that lost its last second never has it.
      if (line !== null && !rest.every((event) => carryOn(line, event)) && tries < MOST_READINGS) continue;
      loading.delete(jobId);
      const atMs = Math.max(0, ...entry.events.map((event) => event.atMs));
      if (line !== null) shelf.put(line);
      else if (shelf.find(jobId) === undefined) return;
      else lost.add(jobId);
      note(jobId, atMs);
      return;
    }
  }

  return {
    shelf,
    load: (jobId: JobId) => load(jobId, []),
    isLoading: () => loading.size > 0,
    loaded: async () => void (await Promise.all([...loading.values()].map(({ work }) => work))),

    hear({ priority }: Owner, event: JobEvent): void {
      const { jobId, seq, atMs } = event;
      if (loading.has(jobId)) return void load(jobId, [event]);
      const line = shelf.find(jobId);
      if (line === undefined && event.type === 'job.queued' && seq === 1) {
        shelf.put(newLine(jobId, { pipeline: event.pipeline, priority, atMs }));
      } else if (line === undefined) return void load(jobId, [event]);
      else if (seq <= line.seq) return;
      else if (carryOn(line, event)) shelf.put(line);
      else return void load(jobId, [event]);
      note(jobId, atMs);
    },

    /** Looks at open jobs: whose number is another one, is read anew. */
    async look(seqOf: (jobId: JobId) => Promise<number | null>): Promise<void> {
      const mine = round;
      for (const { jobId } of shelf.open()) {
        const seq = await seqOf(jobId);
        if (mine !== round) return;
        const line = shelf.find(jobId);
        if (line !== undefined && !hasEnded(line) && (seq === null || seq > line.seq)) await load(jobId, []);
      }
    },

    take(): Changes {
      const entries = [...changed].flatMap(([jobId, atMs]) => {
        const line = lost.has(jobId) ? undefined : shelf.find(jobId);
        return line === undefined ? [] : [{ line, atMs }];
      });
      const vanished = [...lost].map((jobId) => ({ jobId, atMs: changed.get(jobId) ?? null }));
      for (const jobId of lost) shelf.drop(jobId);
      const beyond = shelf.trim();
      const pushedOut = beyond.ended.map(({ jobId }) => ({ jobId, atMs: changed.get(jobId) ?? null }));
      changed.clear();
      lost.clear();
      return { changed: entries, gone: [...vanished, ...pushedOut], cut: beyond.open.map(({ jobId }) => jobId) };
    },

    /** Forgets everything, and what is being read too. */
    clear(): void {
      round += 1;
      for (const kept of [shelf, loading, changed, lost]) kept.clear();
    },
  };
}
