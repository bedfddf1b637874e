import type { JobSnapshot, SettledOutcome, TaskView } from '@sluice/fleet/jobs';

/** How long a job may stand still before it is looked at. */
export const STILL_MS = 15_000;

/** Whether nothing has happened to a job for a while. Pure. */
export function standsStill(job: Pick<JobSnapshot, 'nowMs'>, lastEventMs: number, stillMs: number): boolean {
  return job.nowMs - lastEventMs >= stillMs;
}

/** The open tasks: a queue holds each of them, also one that is being done. Pure. */
export function openTasks(job: JobSnapshot): TaskView[] {
  return [...job.tasks.values()].filter(({ isOpen }) => isOpen);
}

export interface RedrivePolicy {
  /** Pause before the first redrive; it doubles with each. */
  baseMs: number;
  /** Redrives of what time may heal. A wait that the error itself names is not among them. */
  most: number;
}

/**
 * When a failed task is to be tried anew (epoch ms), or null when it is not. What gave up is not; what names a moment (a quota's reset) then;
 * the rest after a doubling pause, as often as the policy says. Pure.
 */
export function redriveAt(
  { error, settledMs, generation }: Pick<SettledOutcome, 'error' | 'settledMs' | 'generation'>,
  { baseMs, most }: RedrivePolicy,
): number | null {
  if (error === undefined || error.disposition === 'give-up') return null;
  if (error.disposition === 'retry-at') return error.retryAtMs ?? settledMs + baseMs;
  return generation > most ? null : settledMs + baseMs * 2 ** (generation - 1);
}
