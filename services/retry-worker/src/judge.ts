import type { JobSnapshot, SettledOutcome, TaskView } from '@sluice/fleet/jobs';

/** How long a job may stand still before it is looked at. */
export const STILL_MS = 15_000;

/** Whether nothing has happened to a job for a while. Pure. */
export function standsStill(job: Pick<JobSnapshot, 'nowMs'>, lastEventMs: number, stillMs: number): boolean {
  return job.nowMs - lastEventMs >= stillMs;
}

/** The open tasks that a queue must hold: each of them, also one that is being done, but for those that stand in a line. Pure. */
export function openTasks(job: JobSnapshot): TaskView[] {
  return [...job.tasks.values()].filter(({ isOpen, isParked }) => isOpen && !isParked);
}

/** How long after its moment a task in a line is taken for lost. */
const LOST_PLACE_MS = 10 * 60_000;

export interface RedrivePolicy {
  /** Pause before the first redrive; it doubles with each. */
  baseMs: number;
  /** Redrives of what time may heal. A wait that the error itself names is not among them. */
  most: number;
}

/**
 * When a failed task is to be tried anew (epoch ms), or null when it is not. What gave up is not; what names a moment (a quota's reset) then;
 * the rest after a doubling pause, as often as the policy says. What was deferred stands in a line, which wakes it; only long after that it is
 * taken for lost. Pure.
 */
export function redriveAt(
  { status, error, settledMs, generation }: Pick<SettledOutcome, 'status' | 'error' | 'settledMs' | 'generation'>,
  { baseMs, most }: RedrivePolicy,
): number | null {
  if (error === undefined || error.disposition === 'give-up') return null;
  if (status === 'deferred') return (error.retryAtMs ?? settledMs) + LOST_PLACE_MS;
  if (error.disposition === 'retry-at') return error.retryAtMs ?? settledMs + baseMs;
  return generation > most ? null : settledMs + baseMs * 2 ** (generation - 1);
}
