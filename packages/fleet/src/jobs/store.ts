import {
  bucketOf,
  type ErrorInfo,
  isTerminal,
  JobEvent,
  type JobEventBody,
  type JobId,
  JobMeta,
  type OutcomeStatus,
  type TaskMessage,
  type TaskOutcome,
  TaskRecord,
} from '@sluice/contracts';
import type { Redis } from '../redis/index.ts';
import { loadScript, type ScriptArgument } from '../redis/index.ts';
import { ALL_BUCKETS, bucketKeys, CANCEL_CHANNEL, ENDED_JOB_LIFE_SECONDS, keysOf } from './keys.ts';
import { decodeSnapshot, type JobSnapshot } from './snapshot.ts';

const LUA = new URL('./lua/', import.meta.url);
const scripts = {
  create: loadScript(LUA, 'create', 5),
  begin: loadScript(LUA, 'begin', 3),
  settle: loadScript(LUA, 'settle', 4),
  release: loadScript(LUA, 'release', 2),
  snapshot: loadScript(LUA, 'snapshot', 2),
  apply: loadScript(LUA, 'apply', 5),
  cancel: loadScript(LUA, 'cancel', 5),
  redrive: loadScript(LUA, 'redrive', 3),
  claim: loadScript(LUA, 'claim', 1),
};

export type BeginVerdict = 'go' | 'settled' | 'superseded' | 'closed' | 'gone';
export type SettleCode = 'recorded' | 'healed' | 'duplicate' | 'superseded' | 'closed' | 'gone';
type TaskRef = Pick<TaskMessage, 'jobId' | 'task' | 'stage' | 'name' | 'generation' | 'wakes'>;

/** What a plan changes. `fields` are the hash's own; see `apply.lua`. */
export interface JobChanges {
  fields: Record<string, string | number>;
  events: JobEventBody[];
  state: string;
  stateIndex: number;
  /** When to look again; null where the job rests. */
  dueMs: number | null;
  ended: boolean;
  amended: boolean;
}

export type JobStore = ReturnType<typeof createJobStore>;

/** Job state in Redis. Every change is one Lua script: atomic, and an event with the job's next number. */
export function createJobStore(redis: Redis) {
  return {
    /** Creates the job unless it is there already, and asks for its first look; says whether it did. */
    async create(meta: JobMeta): Promise<boolean> {
      const keys = keysOf(meta.jobId);
      const body: JobEventBody = { type: 'job.queued', pipeline: meta.pipeline };
      const created = await scripts.create(
        redis,
        [keys.job, keys.events, keys.open, keys.journal, keys.stats],
        [meta.jobId, keys.channel, JSON.stringify(JobMeta.parse(meta)), meta.timeoutMs, JSON.stringify(body)],
      );
      return created === 1;
    },

    /** Marks a task as being done by this worker, if it still wants doing. `crashes` counts earlier deliveries that ended in mid-work. */
    async begin(task: TaskRef, worker: string): Promise<{ verdict: BeginVerdict; crashes: number }> {
      const keys = keysOf(task.jobId);
      const body: JobEventBody = { type: 'task.started', ...eventTask(task), worker };
      const args = [...taskArguments(keys.channel, task), worker, JSON.stringify(body)];
      const answer = await scripts.begin(redis, [keys.job, keys.events, keys.open], args);
      const [verdict, crashes] = answer as [BeginVerdict, number];
      return { verdict, crashes };
    },

    /** Records an outcome once, and asks for a look at the job where there is something to plan. */
    async settle(task: TaskRef, status: OutcomeStatus, outcome: TaskOutcome): Promise<SettleCode> {
      const keys = keysOf(task.jobId);
      const error = outcome.error === undefined ? {} : { error: outcome.error };
      const body: JobEventBody = { type: 'task.settled', ...eventTask(task), status, ...error };
      const words = [status, JSON.stringify(outcome), task.stage, task.wakes ? 1 : 0, JSON.stringify(body)];
      const args = [...taskArguments(keys.channel, task), ...words];
      return (await scripts.settle(redis, [keys.job, keys.events, keys.journal, keys.open], args)) as SettleCode;
    },

    /** Takes back this worker's mark: the attempt comes again (`retryAtMs`), or is given back. */
    async release(task: TaskRef, worker: string, why: { error?: ErrorInfo; retryAtMs?: number }): Promise<void> {
      const keys = keysOf(task.jobId);
      const body: JobEventBody = { type: 'task.released', ...eventTask(task), ...why };
      const args = [...taskArguments(keys.channel, task), worker, JSON.stringify(body)];
      await scripts.release(redis, [keys.job, keys.events], args);
    },

    /** The job at one moment; null where there is none. */
    async snapshot(jobId: JobId): Promise<JobSnapshot | null> {
      const keys = keysOf(jobId);
      return decodeSnapshot(await scripts.snapshot(redis, [keys.job, keys.events], []));
    },

    /** Applies a plan made from `seen`. False when the job has changed since: look again. */
    async apply(seen: JobSnapshot, changes: JobChanges): Promise<boolean> {
      const keys = keysOf(seen.meta.jobId);
      const text = JSON.stringify({
        fields: Object.entries(changes.fields).flat().map(String),
        events: changes.events.map((event) => JSON.stringify(event)),
        state: changes.state,
        idx: changes.stateIndex,
        ...(changes.dueMs === null ? {} : { due_ms: changes.dueMs }),
        ended: changes.ended,
        amended: changes.amended,
        life_s: ENDED_JOB_LIFE_SECONDS,
        pipeline: seen.meta.pipeline,
      });
      const answer = await scripts.apply(
        redis,
        [keys.job, keys.events, keys.open, keys.journal, keys.stats],
        [seen.meta.jobId, keys.channel, seen.version, text],
      );
      return (answer as [number, unknown])[0] === 1;
    },

    /** Takes a job that wants nothing more off the list of those that are watched. */
    async rest(job: JobSnapshot): Promise<void> {
      if (isTerminal(job.state)) await redis.zrem(keysOf(job.meta.jobId).open, job.meta.jobId);
    },

    /** Ends an open job. The state it has now; null where there is no such job. */
    async cancel(jobId: JobId): Promise<string | null> {
      const keys = keysOf(jobId);
      const body: JobEventBody = { type: 'job.ended', state: 'cancelled' };
      const state = await scripts.cancel(
        redis,
        [keys.job, keys.events, keys.open, keys.journal, keys.stats],
        [jobId, keys.channel, JSON.stringify(body), ENDED_JOB_LIFE_SECONDS, CANCEL_CHANNEL],
      );
      return state === '' ? null : String(state);
    },

    /** Opens a failed or deferred task in its next generation; the caller queues what comes back. */
    async redrive(task: TaskRef): Promise<{ record: TaskRecord; generation: number } | { refused: string }> {
      const keys = keysOf(task.jobId);
      const { generation: _, ...identity } = eventTask(task);
      const head = JSON.stringify({ type: 'task.planned', ...identity });
      const answer = await scripts.redrive(
        redis,
        [keys.job, keys.events, keys.journal],
        [task.jobId, keys.channel, task.task, task.stage, `${head.slice(0, -1)},"generation":`, '}'],
      );
      const [generation, text] = answer as [number, string];
      if (generation === 0) return { refused: text };
      return { record: TaskRecord.parse(JSON.parse(text)), generation };
    },

    /** Events with numbers above `after`, in order. */
    async eventsAfter(jobId: JobId, after: number): Promise<JobEvent[]> {
      const texts = await redis.lrange(keysOf(jobId).events, after, -1);
      return texts.map((text) => JobEvent.parse(JSON.parse(text)));
    },

    /** Takes jobs of a bucket that are due by Redis' clock; they are due again after the lease, unless a plan is applied. */
    async claim(bucket: string, limit: number, leaseMs: number): Promise<JobSnapshot[]> {
      const answer = await scripts.claim(redis, [bucketKeys(bucket).open], [limit, leaseMs, `job:{${bucket}}:`]);
      const [nowMs = '', ...taken] = answer as [string, ...[string, number, string[]][]];
      return taken.flatMap(([, seq, flat]) => decodeSnapshot([nowMs, seq, flat]) ?? []);
    },

    /** How many jobs want a look by now. */
    async dueCount(): Promise<number> {
      const nowMs = Date.now();
      const counts = await Promise.all(
        ALL_BUCKETS.map((bucket) => redis.zcount(bucketKeys(bucket).open, '-inf', nowMs)),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },

    /** Ids of a bucket's open jobs, page by page. */
    async *open(bucket: string): AsyncGenerator<JobId> {
      let cursor = '0';
      do {
        const [next, entries] = await redis.zscan(bucketKeys(bucket).open, cursor, 'COUNT', 200);
        for (let at = 0; at < entries.length; at += 2) yield entries[at] ?? '';
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
  };
}

export interface JobStatistics {
  open: number;
  accepted: number;
  amended: number;
  ended: Record<string, number>;
  meanDurationMs: Record<string, number>;
}

function sumStatistics(perBucket: { open: number; stats: Record<string, string> }[]): JobStatistics {
  const sum: JobStatistics = { open: 0, accepted: 0, amended: 0, ended: {}, meanDurationMs: {} };
  const means = new Map<string, number[]>();
  for (const { open, stats } of perBucket) {
    sum.open += open;
    for (const [name, value] of Object.entries(stats)) {
      const [kind, label] = name.split(':');
      if (kind === 'accepted' || kind === 'amended') sum[kind] += Number(value);
      else if (kind === 'ended' && label !== undefined) sum.ended[label] = (sum.ended[label] ?? 0) + Number(value);
      else if (kind === 'mean' && label !== undefined) means.set(label, [...(means.get(label) ?? []), Number(value)]);
    }
  }
  for (const [pipeline, values] of means) {
    sum.meanDurationMs[pipeline] = values.reduce((total, value) => total + value, 0) / values.length;
  }
  return sum;
}

function taskArguments(channel: string, task: TaskRef): ScriptArgument[] {
  return [task.jobId, channel, task.task, task.generation];
}

function eventTask(task: TaskRef) {
  return { task: task.task, stage: task.stage, name: task.name, generation: task.generation };
}
