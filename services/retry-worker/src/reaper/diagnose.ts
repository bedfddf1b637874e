import { isTerminal } from '@sluice/contracts';
import { type JobSnapshot, LONGEST_WAIT_MS, type TaskView } from '@sluice/fleet/jobs';

/** How long a job may stand still before it is looked at. */
export const STILL_MS = 15_000;
/** An orchestrator looks at a job that has reached its deadline within its lease of 10 s; then it is asked to. */
export const OVERDUE_NUDGE_MS = 5_000;
/** And when it has not done so by then, the job is ended without it. */
export const OVERDUE_END_MS = 25_000;

/** Whether nothing has happened to a job for a while. Pure. */
export function standsStill(job: Pick<JobSnapshot, 'nowMs'>, lastEventMs: number, stillMs: number): boolean {
  return job.nowMs - lastEventMs >= stillMs;
}

/** The open tasks that a queue must hold: each of them, also one that is being done, but for those that stand in a line. Pure. */
export function openTasks(job: Pick<JobSnapshot, 'tasks'>): TaskView[] {
  return [...job.tasks.values()].filter(({ isOpen, isParked }) => isOpen && !isParked);
}

/** Whether a plan is missing: nothing is being waited for, or a stage has nothing left to do and goes on. Pure. */
export function wantsPlan(job: Pick<JobSnapshot, 'tasks' | 'stages'>): boolean {
  const isSettled = [...job.tasks.values()].every(({ isOpen }) => !isOpen);
  return isSettled || [...job.stages.values()].some(({ status, open }) => status === 'active' && open === 0);
}

/** How long an open job is past the time in which it must have ended, or must have been begun; negative before, null for a job that has ended. Pure. */
export function overdueMs(
  job: Pick<JobSnapshot, 'state' | 'nowMs' | 'startedMs' | 'sinceMs'> & { meta: { timeoutMs: number } },
): number | null {
  if (isTerminal(job.state)) return null;
  const deadlineMs = job.startedMs === null ? job.sinceMs + LONGEST_WAIT_MS : job.startedMs + job.meta.timeoutMs;
  return job.nowMs - deadlineMs;
}
