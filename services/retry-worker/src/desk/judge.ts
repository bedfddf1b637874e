import type { DeadLetter, TaskAttempt } from '@sluice/contracts';
import type { Failure, JobSnapshot, SettledOutcome, TaskView } from '@sluice/fleet/jobs';

/** How long after its moment it is asked whether a task still stands in its line. */
const LOST_PLACE_MS = 60_000;
/** An open task is looked at so often, until it has settled. */
const OPEN_LOOK_MS = 5_000;
/** One in a line, which will wake it; and one whose answer may still come. */
const LINE_LOOK_MS = 60_000;
/** A required task that failed ends its job as soon as that is planned. */
const ENDING_LOOK_MS = 5_000;
/** An error that names a moment again and again is believed so often. */
const MOST_WAITS = 50;

/** Of these nothing was tried: whom to ask was not free, or not there. Such a redrive is not among those that time has to heal with. */
const WAITS = new Set(['quota-exhausted', 'provider-refused', 'provider-down']);

/** An operator has ordered that this provider is not asked: nobody has to decide anything about it. */
const SWITCHED_OFF = 'provider-off';

export interface RedrivePolicy {
  /** Pause before the first redrive; it doubles with each. */
  baseMs: number;
  /** Redrives of what time may heal. */
  most: number;
}

type Reason = DeadLetter['reason'];

/** What is to be done about an entry of the failure list. */
export type Verdict =
  /** Another entry stands for this task, or it never failed. */
  | { kind: 'forget' }
  /** It is open, or its answer may still come: look again. `isQueued` is false for what no queue has to hold. */
  | { kind: 'watch'; lookMs: number; isQueued: boolean }
  /** It is tried again at `dueMs`, which may be past; the next look is at `lookMs`. */
  | { kind: 'redrive'; reason: Reason; dueMs: number; lookMs: number }
  /** Nothing more is done by itself. */
  | { kind: 'end'; state: 'parked' | 'resolved' | 'discarded'; reason: Reason };

type JudgedJob = Pick<JobSnapshot, 'state' | 'nowMs'>;

/**
 * Decides by what stands in the job alone, so that several desks, and one that begins anew after a crash, come to the same. Pure.
 * What gave up is parked at once, but for a provider that was switched off; what names a moment waits for it; the rest is tried after a doubling pause, as often as the policy says. What was deferred
 * stands in a line, which wakes it; a minute after its moment the line may have lost it.
 */
export function judge(failure: Failure, job: JudgedJob, task: TaskView, policy: RedrivePolicy): Verdict {
  const { outcome, isOpen, generation } = task;
  if (!isOpen && outcome?.status === 'done') {
    return { kind: 'end', state: 'resolved', reason: 'healed' };
  }
  if (isDead(job.state)) return judgeInDeadJob(job.state, task);
  if (isOpen) return watch(job.nowMs, task);
  if (outcome === null || generation < failure.generation) return { kind: 'forget' };
  if (generation > failure.generation) {
    // A worker's failure or deferral has an entry of its own; one by the planner has not, and its answer may still come.
    return outcome.status === 'deferred' ? watchDeferred(job.nowMs) : { kind: 'forget' };
  }
  return judgeOutcome(outcome, task, job, policy);
}

function isDead(state: string): boolean {
  return state === 'failed' || state === 'expired' || state === 'cancelled';
}

/** The task that ended its job waits for a person, who may have the job tried again; the others are over with it. */
function judgeInDeadJob(state: string, { record, outcome, isOpen }: TaskView): Verdict {
  const isCulprit = state !== 'cancelled' && record.required && !isOpen && outcome?.status === 'failed';
  if (!isCulprit) return { kind: 'end', state: 'discarded', reason: 'job-over' };
  return { kind: 'end', state: 'parked', reason: hopelessness(outcome) ?? 'exhausted' };
}

function watch(nowMs: number, { isParked }: TaskView): Verdict {
  return { kind: 'watch', lookMs: nowMs + (isParked ? LINE_LOOK_MS : OPEN_LOOK_MS), isQueued: !isParked };
}

function watchDeferred(nowMs: number): Verdict {
  return { kind: 'watch', lookMs: nowMs + LINE_LOOK_MS, isQueued: false };
}

function judgeOutcome(outcome: SettledOutcome, task: TaskView, job: JudgedJob, policy: RedrivePolicy): Verdict {
  const { error, settledMs, status } = outcome;
  if (error?.code === SWITCHED_OFF) return { kind: 'end', state: 'discarded', reason: 'order' };
  const hopeless = hopelessness(outcome);
  if (error === undefined || hopeless !== null) {
    return { kind: 'end', state: 'parked', reason: hopeless ?? 'bad-data' };
  }
  if (task.generation > MOST_WAITS) return { kind: 'end', state: 'parked', reason: 'exhausted' };
  const redrive = (reason: Reason, dueMs: number): Verdict => {
    const lookMs = task.record.required && job.state !== 'completed' ? job.nowMs + ENDING_LOOK_MS : dueMs;
    return { kind: 'redrive', reason, dueMs, lookMs: Math.min(lookMs, dueMs) };
  };
  if (status === 'deferred') return redrive('line', (error.retryAtMs ?? settledMs) + LOST_PLACE_MS);
  if (error.disposition === 'retry-at') {
    const reason = error.code === 'provider-down' ? 'breaker' : 'quota';
    return redrive(reason, error.retryAtMs ?? settledMs + policy.baseMs);
  }
  const tried = redrivesOf(task);
  if (tried >= policy.most) return { kind: 'end', state: 'parked', reason: 'exhausted' };
  return redrive('backoff', settledMs + policy.baseMs * 2 ** tried);
}

function hopelessness({ error }: SettledOutcome): 'poison' | 'bad-data' | null {
  if (error === undefined) return 'bad-data';
  if (error.code === 'poison') return 'poison';
  return error.disposition === 'give-up' ? 'bad-data' : null;
}

/**
 * How often the task was tried again in vain before its present generation. What went by without a try is not counted, as far back as its history reaches; what is older
 * counts in full.
 */
function redrivesOf({ generation, attempts }: Pick<TaskView, 'generation' | 'attempts'>): number {
  const lastCodes = new Map<number, TaskAttempt['code']>();
  for (const attempt of attempts) if (attempt.generation < generation) lastCodes.set(attempt.generation, attempt.code);
  const waited = [...lastCodes.values()].filter((code) => WAITS.has(code)).length;
  return generation - 1 - waited;
}
