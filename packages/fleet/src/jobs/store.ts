import {
  type ErrorInfo,
  type JobEventBody,
  type JobId,
  JobMeta,
  type OutcomeStatus,
  type TaskMessage,
  type TaskOutcome,
  TaskRecord,
} from '@sluice/contracts';
import { loadScript, type Redis, type ScriptArgument } from '../redis/index.ts';
import { bucketKeys, CANCEL_CHANNEL, ENDED_JOB_LIFE_SECONDS, keysOf } from './keys.ts';
import { createJobReads } from './reads.ts';
import { decodeSnapshot, type JobSnapshot, parkedMark } from './snapshot.ts';

const LUA = new URL('./lua/', import.meta.url);
const scripts = {
  create: loadScript(LUA, 'create', 5),
  begin: loadScript(LUA, 'begin', 3),
  settle: loadScript(LUA, 'settle', 5),
  release: loadScript(LUA, 'release', 3),
  apply: loadScript(LUA, 'apply', 5),
  cancel: loadScript(LUA, 'cancel', 5),
  redrive: loadScript(LUA, 'redrive', 3),
  claim: loadScript(LUA, 'claim', 1),
  rest: loadScript(LUA, 'rest', 2),
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

/**
 * Job state in Redis. Every change is one Lua script: atomic, and an event with the job's next number. A job that is due and
 * cannot be read is left out of a claim and reported to `onUnreadable`.
 */
export function createJobStore(redis: Redis, onUnreadable: (error: unknown) => void = () => undefined) {
  return {
    ...createJobReads(redis),
    ...planningMethods(redis, onUnreadable),

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
      const { job, events, journal, open, failed } = keys;
      return (await scripts.settle(redis, [job, events, journal, open, failed], args)) as SettleCode;
    },

    /** Takes back this worker's mark: the attempt comes again (`retryAtMs`), is given back, or waits in a line (`isParked`). */
    async release(
      task: TaskRef,
      worker: string,
      { isParked = false, ...why }: { error?: ErrorInfo; retryAtMs?: number; isParked?: boolean },
    ): Promise<void> {
      const keys = keysOf(task.jobId);
      const body: JobEventBody = { type: 'task.released', ...eventTask(task), ...why };
      const mark = isParked ? parkedMark(task.generation) : '';
      const args = [...taskArguments(keys.channel, task), worker, JSON.stringify(body), mark];
      await scripts.release(redis, [keys.job, keys.events, keys.failed], args);
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

    /**
     * Opens a failed or deferred task in its next generation, or finds it opened already; the caller queues what comes back, which is
     * safe to do twice.
     */
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
  };
}

/** What a planner does with jobs. */
function planningMethods(redis: Redis, onUnreadable: (error: unknown) => void) {
  return {
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

    /** Puts off the next look at a job that stands as it should; null takes it off the list. False when it has changed since `seen`. */
    async rest(seen: JobSnapshot, dueMs: number | null): Promise<boolean> {
      const { job, open } = keysOf(seen.meta.jobId);
      return (await scripts.rest(redis, [job, open], [seen.meta.jobId, seen.version, dueMs ?? ''])) === 1;
    },

    /** Takes jobs of a bucket that are due by Redis' clock; they are due again after the lease, unless a plan is applied. */
    async claim(bucket: string, limit: number, leaseMs: number): Promise<JobSnapshot[]> {
      const answer = await scripts.claim(redis, [bucketKeys(bucket).open], [limit, leaseMs, `job:{${bucket}}:`]);
      return readClaim(answer as [string, ...string[][]], onUnreadable);
    },
  };
}

function readClaim([nowMs, ...taken]: [string, ...string[][]], onUnreadable: (error: unknown) => void): JobSnapshot[] {
  return taken.flatMap((hash) => {
    try {
      return decodeSnapshot([nowMs, hash]) ?? [];
    } catch (error) {
      onUnreadable(error);
      return [];
    }
  });
}

function taskArguments(channel: string, task: TaskRef): ScriptArgument[] {
  return [task.jobId, channel, task.task, task.generation];
}

function eventTask(task: TaskRef) {
  return { task: task.task, stage: task.stage, name: task.name, generation: task.generation };
}
