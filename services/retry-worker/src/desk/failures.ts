import { type DeadLetter, isClosedForGood, isOpenLetter, type TaskCatalogue, type TaskRecord } from '@sluice/contracts';
import type { Failure, JobStore } from '@sluice/fleet/jobs';
import { type Producer, queuedTask, tokenOf } from '@sluice/fleet/queue';
import { standsInLine } from '@sluice/fleet/rate-limit';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Budget } from './budget.ts';
import type { Case, Cases } from './cases.ts';
import { judge, type RedrivePolicy, type Verdict } from './judge.ts';
import type { FailureList } from '@sluice/fleet/jobs';
import { redrives, redrivesHeld } from './metrics.ts';
import { type ProviderGate, providerOf } from './providers.ts';
import { AWAY } from './record.ts';

/** What could not be saved is tried again after that. */
export const UNSAVED_LOOK_MS = 10_000;
/** A redriven task is looked at so much later. */
const REDRIVEN_LOOK_MS = 5_000;
const CHANGED_LOOK_MS = 1_000;
const QUEUED_LOOK_MS = 60_000;

interface FailureConfig {
  /** The queue's server: it holds the lines. */
  redis: Redis;
  jobs: JobStore;
  list: FailureList;
  cases: Cases;
  producer: Producer;
  catalogue: TaskCatalogue;
  policy: RedrivePolicy;
  gate: ProviderGate['gate'];
  budget: Budget;
  log: Logger;
}

type Seen = NonNullable<Case['seen']>;
type RedriveVerdict = Extract<Verdict, { kind: 'redrive' }>;

/**
 * Judges one entry of the failure list and does what follows. The entry stays in the list until the task is done, another entry stands for it, or a person has to
 * decide, and until its letter says so: whoever dies in between is followed by the next, who comes to the same.
 */
export function createFailureJudge(config: FailureConfig) {
  const { redis, jobs, list, cases, producer, catalogue, policy, gate, budget, log } = config;

  async function handle(failure: Failure): Promise<void> {
    const file = await cases.open(failure, (known) => known === null || isOpenLetter(known));
    if (file === AWAY) return list.postpone(failure, Date.now() + UNSAVED_LOOK_MS);
    const { seen, known } = file;
    if (seen === null) return end(failure, file, { state: 'discarded', reason: 'job-over' });
    const verdict = judge(failure, seen.job, seen.task, policy);
    const isHealed = verdict.kind === 'end' && verdict.state === 'resolved';
    const isClosed = known !== AWAY && known !== null && isClosedForGood(known);
    if (verdict.kind === 'forget' || (isClosed && !isHealed)) return list.close(failure);
    if (verdict.kind === 'watch') return watch(failure, file, seen, verdict);
    if (verdict.kind === 'redrive') return schedule(failure, file, seen, verdict);
    if (isHealed && neverFailed(failure, file, seen)) return list.close(failure);
    return end(failure, file, verdict);
  }

  /** The letter first: without it the entry stays. */
  async function end(failure: Failure, file: Case, { state, reason }: Pick<DeadLetter, 'state' | 'reason'>) {
    const isKept = await cases.keep(file, { state, reason, nextMs: null });
    if (!isKept) return list.postpone(failure, Date.now() + UNSAVED_LOOK_MS);
    await list.close(failure);
    log.info('failure closed', { jobId: failure.jobId, task: failure.task, state, reason });
  }

  /** Whoever opened it may have died before it was queued: queueing twice is safe. */
  async function watch(
    failure: Failure,
    file: Case,
    { job, task }: Seen,
    verdict: Extract<Verdict, { kind: 'watch' }>,
  ) {
    const isRetry = verdict.isQueued && task.generation > 1;
    if (isRetry && catalogue[task.record.name] !== undefined) {
      await producer.tasks([queuedTask(job, task, catalogue, job.meta.trace)]);
      await cases.keep(file, { state: 'scheduled', reason: reasonOf(file.known), nextMs: null });
    }
    await list.postpone(failure, verdict.lookMs);
  }

  async function schedule(failure: Failure, file: Case, seen: Seen, verdict: RedriveVerdict): Promise<void> {
    const { job, task } = seen;
    if (catalogue[task.record.name] === undefined) return end(failure, file, { state: 'parked', reason: 'bad-data' });
    const isDue = verdict.dueMs <= job.nowMs;
    if (isDue && (await isStillQueued(failure, seen))) return list.postpone(failure, job.nowMs + QUEUED_LOOK_MS);
    const held = isDue ? await heldBack(task.record, job.nowMs) : verdict;
    if (held === null) return redrive(failure, file, seen, verdict.reason);
    const isKept = await cases.keep(file, { state: 'scheduled', reason: held.reason, nextMs: held.dueMs });
    await list.postpone(failure, isKept ? held.lookMs : Math.min(held.lookMs, job.nowMs + UNSAVED_LOOK_MS));
  }

  /** What its stage went on without is done when its turn comes: a second message would only lose its place. */
  async function isStillQueued({ jobId }: Failure, { task }: Seen): Promise<boolean> {
    const { outcome, generation, record } = task;
    const pool = catalogue[record.name]?.pool;
    if (outcome?.status !== 'deferred' || pool === undefined) return false;
    const message = { jobId, task: record.id, generation };
    if (await producer.holds(pool, message)) return true;
    return outcome.waitsFor !== undefined && standsInLine(redis, outcome.waitsFor, tokenOf(message));
  }

  async function heldBack(record: TaskRecord, nowMs: number): Promise<Omit<RedriveVerdict, 'kind'> | null> {
    const provider = providerOf(record);
    const closed = provider === null ? null : await gate(provider);
    if (closed !== null) {
      redrivesHeld.inc({ why: 'breaker' });
      return { reason: 'breaker', dueMs: closed.untilMs, lookMs: closed.untilMs };
    }
    const waitMs = await budget.spend();
    if (waitMs === 0) return null;
    redrivesHeld.inc({ why: 'budget' });
    const dueMs = Math.ceil(nowMs + waitMs * (1 + Math.random()));
    return { reason: 'budget', dueMs, lookMs: dueMs };
  }

  async function redrive(failure: Failure, file: Case, { job, task }: Seen, reason: DeadLetter['reason']) {
    const { id, stage, name, wakes } = task.record;
    const ref = { jobId: failure.jobId, task: id, stage, name, wakes, generation: task.generation };
    const answer = await jobs.redrive(ref);
    if ('refused' in answer) return list.postpone(failure, job.nowMs + CHANGED_LOOK_MS);
    await producer.tasks([queuedTask(job, answer, catalogue, job.meta.trace)]);
    const code = task.outcome?.error?.code ?? 'unknown';
    redrives.inc({ task: name, code });
    log.info('task redriven', { jobId: failure.jobId, task: id, generation: answer.generation, code });
    const seen = { job, task: { ...task, generation: answer.generation } };
    await cases.keep({ ...file, seen }, { state: 'scheduled', reason, nextMs: null });
    await list.postpone(failure, job.nowMs + REDRIVEN_LOOK_MS);
  }

  return handle;
}

/** It was parked or deferred, and came to its answer without being tried again. */
function neverFailed(failure: Failure, { known }: Case, { task }: Seen): boolean {
  const wasRedriven = task.generation > failure.generation || task.attempts.some((a) => a.generation < task.generation);
  return known === null && !wasRedriven;
}

/** Why a task that is open again was tried; where the letter still says that it waits for a person, that person has asked. */
function reasonOf(known: Case['known']): DeadLetter['reason'] {
  if (known === AWAY || known === null) return 'backoff';
  return known.state === 'scheduled' ? known.reason : 'order';
}
