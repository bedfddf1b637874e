import type { DeadLetter, ErrorInfo, TaskId } from '@sluice/contracts';
import type { JobSnapshot, TaskView } from '@sluice/fleet/jobs';
import { fingerprintOf } from './fingerprint.ts';
import { referencesOf } from './payload.ts';

const MOST_ATTEMPTS = 20;

/** What the desk says of a letter. */
export interface Standing {
  state: DeadLetter['state'];
  reason: DeadLetter['reason'];
  /** When it is tried again (epoch ms); null where it is not, or is being tried. */
  nextMs: number | null;
}

export function letterId({ jobId, task }: { jobId: string; task: TaskId }): string {
  return `${jobId}.${task}`;
}

interface Sources {
  job: Pick<JobSnapshot, 'meta' | 'nowMs'>;
  task: TaskView;
  pool: string;
  /** As the record has it; null where it has none, or cannot be asked. */
  known: DeadLetter | null;
}

/** The story of a task that failed, as it stands now. Pure. */
export function letterOf({ job, task, pool, known }: Sources, standing: Standing): DeadLetter {
  const { record, generation, outcome } = task;
  const { jobId, tenant, pipeline } = job.meta;
  const attempts = task.attempts.slice(-MOST_ATTEMPTS);
  const failures = attempts.map(({ endedMs }) => endedMs);
  if (outcome !== null && outcome.status !== 'done') failures.push(outcome.settledMs);
  const error = errorOf(task, known);
  const { name, stage, payload } = record;
  return {
    v: 1,
    id: letterId({ jobId, task: record.id }),
    tenant,
    jobId,
    task: record.id,
    name,
    pipeline,
    stage,
    pool,
    ...standing,
    fingerprint: fingerprintOf({ name, error, attempts }),
    error,
    attempts,
    generation,
    redrives: generation - 1,
    payload: referencesOf(payload),
    firstFailedMs: Math.min(...failures, known?.firstFailedMs ?? job.nowMs),
    lastFailedMs: failures.length === 0 ? (known?.lastFailedMs ?? job.nowMs) : Math.max(...failures),
    updatedMs: job.nowMs,
  };
}

/** Of the outcome; where that is a success, what the last attempt in vain said. */
function errorOf({ outcome, attempts }: TaskView, known: DeadLetter | null): ErrorInfo {
  if (outcome?.error !== undefined) return outcome.error;
  const last = attempts.at(-1);
  if (last !== undefined) return { code: last.code, message: last.message, disposition: 'retry' };
  return known?.error ?? { code: 'unknown', message: 'Nothing is known of the failure.', disposition: 'give-up' };
}

/** Whether the record has to be told. Pure. */
export function differs(known: DeadLetter | null, letter: DeadLetter): boolean {
  if (known === null) return true;
  const parts = ({ state, reason, nextMs, generation, lastFailedMs, attempts, error }: DeadLetter) =>
    [state, reason, nextMs, generation, lastFailedMs, attempts.length, error.code].join(' ');
  return parts(known) !== parts(letter);
}
