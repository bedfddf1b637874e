import { randomBytes } from 'node:crypto';
import type { JobDelta, JobId } from '@sluice/contracts';
import { type JobLine, summaryOf } from './line.ts';
import { createRing } from './ring.ts';
import type { Changes } from './tracker.ts';

const RING_DELTAS = 5_000;
const RING_CHARS = 4 * 1024 * 1024;
const DELTAS_IN_A_MESSAGE = 500;

interface Told {
  isCut: boolean;
  isPartial: boolean;
}

/**
 * Makes the messages of a tenant's stream. What is told is numbered and kept for a while, so that a reader who comes again within it misses nothing. A
 * snapshot holds exactly what was told: what a reader with the last number knows.
 */
export function createTeller(lines: readonly JobLine[], { isCut: wasCut, isPartial }: Told) {
  const epoch = randomBytes(9).toString('base64url');
  const ring = createRing(RING_DELTAS, RING_CHARS);
  /** Summaries as JSON. */
  const shown = new Map<JobId, string>();
  for (const line of lines) shown.set(line.jobId, JSON.stringify(summaryOf(line)));
  let isCut = wasCut;
  /** The same for all who come before the next change. */
  let snapshot: Buffer | undefined;

  function snapshotNow(): Buffer {
    const head = { type: 'snapshot', epoch, seq: ring.lastSeq(), resumed: false, isCut, isPartial };
    return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"jobs":[${[...shown.values()].join()}]}`);
  }

  function messagesOf(texts: readonly string[]): Buffer[] {
    const messages: Buffer[] = [];
    for (let at = 0; at < texts.length; at += DELTAS_IN_A_MESSAGE) {
      const some = texts.slice(at, at + DELTAS_IN_A_MESSAGE);
      messages.push(Buffer.from(`{"type":"deltas","epoch":"${epoch}","deltas":[${some.join()}]}`));
    }
    return messages;
  }

  return {
    /** Messages for those who have everything before; what shows nothing new is left out. */
    tell({ changed, gone, cut }: Changes, nowMs: number): Buffer[] {
      const texts: string[] = [];
      const add = (type: JobDelta['type'], atMs: number, job: string) => {
        const text = `{"seq":${ring.lastSeq() + 1},"type":"${type}","atMs":${atMs},"job":${job}}`;
        ring.push(text);
        texts.push(text);
      };
      for (const { line, atMs } of changed) {
        const job = JSON.stringify(summaryOf(line));
        if (shown.get(line.jobId) === job) continue;
        shown.set(line.jobId, job);
        add('job', atMs, job);
      }
      for (const { jobId, atMs } of gone) {
        const job = shown.get(jobId);
        if (job !== undefined) add('gone', atMs ?? nowMs, job);
        shown.delete(jobId);
      }
      for (const jobId of cut) shown.delete(jobId);
      if (cut.length > 0) isCut = true;
      if (texts.length + cut.length > 0) snapshot = undefined;
      return messagesOf(texts);
    },

    /** For one who comes: the rest of what it has, or all that there is. */
    beginning(after: string | undefined): Buffer[] {
      const [, itsEpoch, seq] = /^([\w-]+)\.(\d+)$/.exec(after ?? '') ?? [];
      const rest = itsEpoch === epoch ? ring.after(Number(seq)) : null;
      if (rest === null) return [(snapshot ??= snapshotNow())];
      const head = { type: 'resumed', epoch, seq: Number(seq), resumed: true };
      return [Buffer.from(JSON.stringify(head)), ...messagesOf(rest)];
    },
  };
}

export type Teller = ReturnType<typeof createTeller>;
