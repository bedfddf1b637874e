import { isTerminal, type JobEvent, type JobState, SluiceError } from '@sluice/contracts';
import { type JobSnapshot, type JobStore, keysOf, statusOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import { isOutage } from '../http/outage.ts';
import type { Hub } from './hub.ts';
import type { Records } from '@sluice/records';

export interface StreamMeans {
  hub: Hub;
  redis: Redis;
  jobs: Pick<JobStore, 'meanDurationMs'>;
  records: Pick<Records, 'jobs'>;
}

interface StreamConfig extends StreamMeans {
  /** The job as it was when the reader came. */
  job: JobSnapshot;
  /** Redis has it; else the record alone, and nothing more comes. */
  isLive: boolean;
  /** The last number that the reader has; undefined for a fresh reader, who gets a snapshot first. */
  after: number | undefined;
  send: (text: string) => void;
  /** The last event has been sent: the job is failed, expired or cancelled, or only the record has it. A completed one may still be amended. */
  onEnd: () => void;
  /** The stream cannot go on; a reader who comes again gets what is missing. */
  onError: (error: Error) => void;
}

/**
 * One reader of one job: a snapshot, then every event in order, none missing and none twice. What pub/sub did not bring is read
 * from the job's own list.
 */
export async function openStream(config: StreamConfig): Promise<{ close(): void }> {
  const { hub, redis, records, jobs, job, isLive, after } = config;
  const { jobId, pipeline } = job.meta;
  const keys = keysOf(jobId);
  /** Number of the event that comes next; null until the reader has its beginning. */
  let next: number | null = null;
  let work = Promise.resolve();
  let closed = false;
  let stopListening: (() => void) | undefined;

  function close(): void {
    closed = true;
    stopListening?.();
    stopListening = undefined;
  }

  function inTurn(step: () => Promise<void> | void): Promise<void> {
    work = work
      .then(() => (closed ? undefined : step()))
      .catch((error: unknown) => {
        // A reader who has the beginning waits: what it misses meanwhile, the next look finds.
        if (next !== null && isOutage(error)) return;
        close();
        config.onError(error as Error);
      });
    return work;
  }

  function end(): void {
    close();
    config.onEnd();
  }

  /** Sends events from the number `first` on. */
  function pass(texts: readonly string[], first: number): void {
    for (const text of texts) config.send(text);
    next = first + texts.length;
    if (texts.some(isLast)) end();
  }

  /** Reads from the last event that the reader has, which must still be there: else Redis lost a part of the job, or all of it. */
  async function catchUp(): Promise<void> {
    if (next === null) return;
    const first = next;
    if (!isLive) return pass(await recorded(first, job.seq), first);
    const base = await baseOf();
    if (first - 1 <= base) {
      const older = first <= base ? await recorded(first, base) : [];
      return pass([...older, ...(await redis.lrange(keys.events, 0, -1))], first);
    }
    const texts = await redis.lrange(keys.events, first - base - 2, -1);
    if (texts.shift() === undefined) throw new SluiceError('events-lost', 'Events of the job are gone.');
    pass(texts, first);
  }

  /** The list of a job that was brought back from the record begins after this number. */
  async function baseOf(): Promise<number> {
    return Number((await redis.hget(keys.job, 'base')) ?? 0);
  }

  /** Events from one number to another, as the record has them. Throws where it lacks one. */
  async function recorded(from: number, to: number): Promise<string[]> {
    const events = (await records.jobs.events(jobId, from - 1)).filter(({ seq }) => seq <= to);
    if (events.length < to - from + 1) throw new SluiceError('events-lost', 'Events of the job are gone.');
    return events.map((event) => JSON.stringify(event));
  }

  const stop = await hub.listen(jobId, {
    onEvent: (seq, text) =>
      void inTurn(async () => {
        if (next === null || seq < next) return;
        if (seq > next) await catchUp();
        else pass([text], seq);
      }),
    onGap: () => void inTurn(catchUp),
  });
  stopListening = stop;
  await inTurn(async () => {
    if (after === undefined) {
      const meanMs = await jobs.meanDurationMs(jobId, pipeline);
      config.send(JSON.stringify({ type: 'snapshot', jobId, seq: job.seq, status: statusOf(job, meanMs) }));
    }
    next = (after ?? job.seq) + 1;
    await catchUp();
    if (!closed && (!isLive || isDead(job.state))) end();
  });
  return { close };
}

function isDead(state: JobState): boolean {
  return isTerminal(state) && state !== 'completed';
}

/** Few events hold the words at all; only those are parsed. */
function isLast(text: string): boolean {
  if (!text.includes('"job.ended"')) return false;
  const event = JSON.parse(text) as JobEvent;
  return event.type === 'job.ended' && isDead(event.state);
}
