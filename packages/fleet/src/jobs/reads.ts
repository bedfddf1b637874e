import { ALL_BUCKETS, bucketOf, JobEvent, type JobId } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { bucketKeys, keysOf } from './keys.ts';
import { decodeSnapshot, type JobSnapshot } from './snapshot.ts';

const LUA = new URL('./lua/', import.meta.url);
const readSnapshot = loadScript(LUA, 'snapshot', 1);
const readEvents = loadScript(LUA, 'events', 2);
const readPulses = loadScript(LUA, 'pulses', 1);
const PAGE = 200;
const PULSE_PARTS = 5;

/** How an open job stands, as far as can be said without reading it. */
export interface JobPulse {
  jobId: JobId;
  /** By Redis' clock. */
  nowMs: number;
  /** When an orchestrator looks at it. */
  dueMs: number;
  /** As of `mark`; null where the job's keys are gone. */
  mark: string | null;
  /** When anything happened to it last. */
  lastMs: number;
}

export interface JobStatistics {
  open: number;
  accepted: number;
  amended: number;
  /** Tasks of ended jobs whose first generation was settled: the fresh work. */
  settled: number;
  /** Times that a failed or deferred task was opened again. */
  redriven: number;
  ended: Record<string, number>;
  meanDurationMs: Record<string, number>;
}

/** What can be asked of job state. Nothing here changes anything. */
export function createJobReads(redis: Redis) {
  return {
    /** The job at one moment; null where there is none. */
    async snapshot(jobId: JobId): Promise<JobSnapshot | null> {
      const keys = keysOf(jobId);
      return decodeSnapshot((await readSnapshot(redis, [keys.job], [])) as [string, string[]]);
    },

    /** Another one after every change of the job; null where there is none. */
    async mark(jobId: JobId): Promise<string | null> {
      const [version, seq] = await redis.hmget(keysOf(jobId).job, 'version', 'seq');
      return markOf(version ?? '', seq ?? '');
    },

    /** Events with numbers above `after`, in order. Those of a restored job up to its `base` are in the record only, and are left out here. */
    async eventsAfter(jobId: JobId, after: number): Promise<JobEvent[]> {
      const { job, events } = keysOf(jobId);
      const texts = (await readEvents(redis, [job, events], [after])) as string[];
      return texts.map((text) => JobEvent.parse(JSON.parse(text)));
    },

    /** Ids of a bucket's open jobs, page by page. */
    async *open(bucket: string): AsyncGenerator<JobId> {
      let cursor = '0';
      do {
        const [next, entries] = await redis.zscan(bucketKeys(bucket).open, cursor, 'COUNT', PAGE);
        for (let at = 0; at < entries.length; at += 2) yield entries[at] ?? '';
        cursor = next;
      } while (cursor !== '0');
    },

    /** How a bucket's open jobs stand, page by page: thousands of them are looked over in milliseconds. */
    async *pulses(bucket: string): AsyncGenerator<JobPulse[]> {
      const { open } = bucketKeys(bucket);
      let cursor = '0';
      do {
        const answer = await readPulses(redis, [open], [cursor, PAGE, `job:{${bucket}}:`]);
        const [nowMs, next = '0', ...parts] = answer as string[];
        yield decodePulses(Number(nowMs), parts);
        cursor = next;
      } while (cursor !== '0');
    },

    /** Mean duration of this job's neighbours in the same pipeline; null before the first has ended. */
    async meanDurationMs(jobId: JobId, pipeline: string): Promise<number | null> {
      const text = await redis.hget(bucketKeys(bucketOf(jobId)).stats, `mean:${pipeline}`);
      return text === null ? null : Number(text);
    },

    /** Counts over all buckets. */
    async statistics(): Promise<JobStatistics> {
      const perBucket = await Promise.all(
        ALL_BUCKETS.map(async (bucket) => {
          const keys = bucketKeys(bucket);
          const [open, stats] = await Promise.all([redis.zcard(keys.open), redis.hgetall(keys.stats)]);
          return { open, stats };
        }),
      );
      return sumStatistics(perBucket);
    },

    /** How many jobs want a look by now. */
    async dueCount(): Promise<number> {
      const nowMs = Date.now();
      const counts = await Promise.all(
        ALL_BUCKETS.map((bucket) => redis.zcount(bucketKeys(bucket).open, '-inf', nowMs)),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

/** Null where there is no job. */
function markOf(version: string, seq: string): string | null {
  return version === '' ? null : `${version}.${seq}`;
}

function decodePulses(nowMs: number, parts: readonly string[]): JobPulse[] {
  return Array.from({ length: parts.length / PULSE_PARTS }, (_, index) => {
    const at = index * PULSE_PARTS;
    const [jobId = '', due, version = '', seq = '', last] = parts.slice(at, at + PULSE_PARTS);
    return { jobId, nowMs, dueMs: Number(due), mark: markOf(version, seq), lastMs: Number(last) };
  });
}

const COUNTS = ['accepted', 'amended', 'settled', 'redriven'] as const;
const isCount = (kind: string): kind is (typeof COUNTS)[number] => (COUNTS as readonly string[]).includes(kind);

function sumStatistics(perBucket: { open: number; stats: Record<string, string> }[]): JobStatistics {
  const sum: JobStatistics = {
    open: 0,
    accepted: 0,
    amended: 0,
    settled: 0,
    redriven: 0,
    ended: {},
    meanDurationMs: {},
  };
  const means = new Map<string, number[]>();
  for (const { open, stats } of perBucket) {
    sum.open += open;
    for (const [name, value] of Object.entries(stats)) {
      const [kind, label] = name.split(':');
      if (kind !== undefined && isCount(kind)) sum[kind] += Number(value);
      else if (kind === 'ended' && label !== undefined) sum.ended[label] = (sum.ended[label] ?? 0) + Number(value);
      else if (kind === 'mean' && label !== undefined) means.set(label, [...(means.get(label) ?? []), Number(value)]);
    }
  }
  for (const [pipeline, values] of means) {
    sum.meanDurationMs[pipeline] = values.reduce((total, value) => total + value, 0) / values.length;
  }
  return sum;
}
