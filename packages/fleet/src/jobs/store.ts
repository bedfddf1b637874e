import {
  type ErrorInfo,
  type JobEventBody,
  type JobId,
  JobMeta,
  type OutcomeStatus,
  TaskAttempt,
  type TaskMessage,
  type TaskOutcome,
  type TerminalState,
} from '@sluice/contracts';
import { loadScript, type Redis, type ScriptArgument } from '../redis/index.ts';
import { imageMethods } from './image.ts';
import { failureMember } from './failures.ts';
import { bucketKeys, CANCEL_CHANNEL, ENDED_JOB_LIFE_SECONDS, keysOf } from './keys.ts';
import { createJobReads } from './reads.ts';
import { redriveMethods } from './redrive.ts';
import { decodeSnapshot, type JobSnapshot } from './snapshot.ts';

const LUA = new URL('./lua/', import.meta.url);
const scripts = {
  create: loadScript(LUA, 'create', 5),
  begin: loadScript(LUA, 'begin', 4),
  settle: loadScript(LUA, 'settle', 5),
  release: loadScript(LUA, 'release', 4),
  apply: loadScript(LUA, 'apply', 6),
  end: loadScript(LUA, 'end', 5),
  claim: loadScript(LUA, 'claim', 1),
  rest: loadScript(LUA, 'rest', 2),
};

/** A task that was being done in this many crashes is begun only where nothing else of its worker runs. */
const ALONE_AFTER_CRASHES = 2;

/** `alone`: not marked; it may be begun again once nothing else of the worker runs. */
export type BeginVerdict = 'go' | 'alone' | 'settled' | 'superseded' | 'closed' | 'gone';
export type SettleCode = 'recorded' | 'healed' | 'duplicate' | 'superseded' | 'closed' | 'gone';
export type TaskRef = Pick<TaskMessage, 'jobId' | 'task' | 'stage' | 'name' | 'generation' | 'wakes'>;
export type { OpenedTask, Redriven, Retried } from './redrive.ts';

export interface BeginOptions {
  /** Which try of its generation this is; 1 where nothing is said. */
  attempt?: number;
  /** Nothing else of this worker runs meanwhile. */
  isAlone?: boolean;
  /** Whether another worker, whose mark the task bears, lives: then it did not crash. Where nothing is said, it has crashed. */
  isLiving?: (worker: string) => Promise<boolean>;
}

export interface ReleaseOptions {
  error?: ErrorInfo;
  /** When the attempt comes again. */
  retryAtMs?: number;
  /** It waits in a line. */
  isParked?: boolean;
  /** For the task's history, where the attempt was spent. */
  attempt?: TaskAttempt;
}

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
    ...taskMethods(redis),
    ...redriveMethods(redis),
    ...imageMethods(redis),

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

    /** Ends an open job, and aborts what is being done for it. The state it has now; null where there is no such job. */
    cancel: (jobId: JobId): Promise<string | null> => end(redis, jobId, 'cancelled'),

    /** The same for a job that cannot go on, with the reason. */
    close: (jobId: JobId, state: 'failed' | 'expired', error: ErrorInfo): Promise<string | null> =>
      end(redis, jobId, state, error),
  };
}

async function end(redis: Redis, jobId: JobId, state: TerminalState, error?: ErrorInfo): Promise<string | null> {
  const keys = keysOf(jobId);
  const body: JobEventBody = { type: 'job.ended', state, ...(error === undefined ? {} : { error }) };
  const reason = error === undefined ? '' : JSON.stringify(error);
  const now = await scripts.end(
    redis,
    [keys.job, keys.events, keys.open, keys.journal, keys.stats],
    [jobId, keys.channel, state, reason, JSON.stringify(body), ENDED_JOB_LIFE_SECONDS, CANCEL_CHANNEL],
  );
  return now === '' ? null : String(now);
}

/** What a worker does with tasks. */
function taskMethods(redis: Redis) {
  return {
    /** Marks a task as being done by this worker, if it still wants doing. `crashes` counts earlier deliveries that ended in mid-work. */
    async begin(
      task: TaskRef,
      worker: string,
      { attempt = 1, isAlone = false, isLiving }: BeginOptions = {},
    ): Promise<{ verdict: BeginVerdict; crashes: number }> {
      const keys = keysOf(task.jobId);
      const body: JobEventBody = { type: 'task.started', ...eventTask(task), worker };
      const words = [worker, JSON.stringify(body), attempt, isAlone ? Number.MAX_SAFE_INTEGER : ALONE_AFTER_CRASHES];
      const args = [...taskArguments(keys.channel, task), ...words, isLiving === undefined ? 0 : 1];
      let known: ScriptArgument[] = ['', 0];
      for (;;) {
        const answer = await scripts.begin(
          redis,
          [keys.job, keys.events, keys.open, keys.journal],
          [...args, ...known],
        );
        const [verdict, crashes, other = ''] = answer as [BeginVerdict | 'asked', number, string?];
        if (verdict !== 'asked') return { verdict, crashes };
        known = [other, (await isLiving?.(other)) === true ? 1 : 0];
      }
    },

    /**
     * Records an outcome once, and asks for a look at the job where there is something to plan. `attempt` is for the history of what failed
     * or was deferred.
     */
    async settle(
      task: TaskRef,
      status: OutcomeStatus,
      outcome: TaskOutcome,
      attempt?: TaskAttempt,
    ): Promise<SettleCode> {
      const keys = keysOf(task.jobId);
      const error = outcome.error === undefined ? {} : { error: outcome.error };
      const body: JobEventBody = { type: 'task.settled', ...eventTask(task), status, ...error };
      const words = [status, JSON.stringify(outcome), task.stage, task.wakes ? 1 : 0, JSON.stringify(body)];
      const args = [...taskArguments(keys.channel, task), ...words, encodeAttempt(attempt)];
      const { job, events, journal, open, failed } = keys;
      return (await scripts.settle(redis, [job, events, journal, open, failed], args)) as SettleCode;
    },

    /** Takes back this worker's mark: the attempt comes again (`retryAtMs`), is given back, or waits in a line (`isParked`). Its crashes stay known. */
    async release(task: TaskRef, worker: string, { isParked = false, attempt, ...why }: ReleaseOptions): Promise<void> {
      const keys = keysOf(task.jobId);
      const body: JobEventBody = { type: 'task.released', ...eventTask(task), ...why };
      const words = [worker, JSON.stringify(body), isParked ? 1 : 0, encodeAttempt(attempt)];
      await scripts.release(
        redis,
        [keys.job, keys.events, keys.failed, keys.journal],
        [...taskArguments(keys.channel, task), ...words],
      );
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
        settled: freshlySettled(seen),
        deferred: deferredBy(seen.meta.jobId, changes.events),
        cancels: CANCEL_CHANNEL,
      });
      const answer = await scripts.apply(
        redis,
        [keys.job, keys.events, keys.open, keys.journal, keys.stats, keys.failed],
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

/** Tasks that have an outcome of their first generation: each is fresh work done once. */
function freshlySettled(job: JobSnapshot): number {
  return [...job.tasks.values()].filter(({ generation, isOpen }) => generation === 1 && !isOpen).length;
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

function encodeAttempt(attempt: TaskAttempt | undefined): string {
  return attempt === undefined ? '' : JSON.stringify(TaskAttempt.parse(attempt));
}

function deferredBy(jobId: JobId, events: readonly JobEventBody[]): string[] {
  return events.flatMap((event) =>
    event.type === 'task.settled' && event.status === 'deferred'
      ? [failureMember({ jobId, task: event.task, generation: event.generation })]
      : [],
  );
}
