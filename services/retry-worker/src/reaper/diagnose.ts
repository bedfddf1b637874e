import { isTerminal, type Pool, type TaskCatalogue, type TaskMessage } from '@sluice/contracts';
import { type JobPulse, type JobSnapshot, LONGEST_WAIT_MS, type TaskView } from '@sluice/fleet/jobs';

/** How long a job may stand still before it is looked at. */
export const STILL_MS = 15_000;
/** An orchestrator looks at a job that has reached its deadline within its lease of 10 s; then it is asked to. */
export const OVERDUE_NUDGE_MS = 5_000;
/** And when it has not done so by then, the job is ended without it. */
export const OVERDUE_END_MS = 25_000;

/** Who took a due job up puts its next look off by so much at first. */
const LEASE_MS = 10_000;

/** Whether nothing has happened to a job for a while. Pure. */
export function standsStill({ nowMs, lastMs }: Pick<JobPulse, 'nowMs' | 'lastMs'>, stillMs: number): boolean {
  return nowMs - lastMs >= stillMs;
}

/** Whether a job may have to be ended: the next look at it is never later than its deadline, unless somebody has just taken it up. Pure. */
export function mayBeOverdue({ nowMs, dueMs }: Pick<JobPulse, 'nowMs' | 'dueMs'>): boolean {
  return dueMs <= nowMs + LEASE_MS;
}

/** The open tasks that a queue must hold: each of them, also one that is being done, but for those that stand in a line. Pure. */
export function openTasks(job: Pick<JobSnapshot, 'tasks'>): TaskView[] {
  return [...job.tasks.values()].filter(({ isOpen, isParked }) => isOpen && !isParked);
}

/**
 * Whether a plan is missing: nothing is being waited for, or no stage that goes on has anything left to do. One alone may have nothing to do because it reads what
 * another finds, whose questions may stand in a line for long. Pure.
 */
export function wantsPlan(job: Pick<JobSnapshot, 'tasks' | 'stages'>): boolean {
  const isSettled = [...job.tasks.values()].every(({ isOpen }) => !isOpen);
  const active = [...job.stages.values()].filter(({ status }) => status === 'active');
  return isSettled || (active.length > 0 && active.every(({ open }) => open === 0));
}

/** When an open job must have ended, or must have been begun; null for a job that has ended. Pure. */
export function deadlineOf(
  job: Pick<JobSnapshot, 'state' | 'startedMs' | 'sinceMs'> & { meta: { timeoutMs: number } },
): number | null {
  if (isTerminal(job.state)) return null;
  return job.startedMs === null ? job.sinceMs + LONGEST_WAIT_MS : job.startedMs + job.meta.timeoutMs;
}

/** What a sweep keeps of a job that it has read, until the job changes. */
export interface Standing {
  mark: string | null;
  state: string;
  isBegun: boolean;
  deadlineMs: number | null;
  /** Messages that the queues must hold; no pool does a task that is not in the catalogue. */
  waiting: { pool: Pool | undefined; message: Pick<TaskMessage, 'jobId' | 'task' | 'generation'> }[];
  wantsPlan: boolean;
}

/** How a job stands that was read after its mark. Pure. */
export function standingOf(job: JobSnapshot, mark: string | null, catalogue: TaskCatalogue): Standing {
  const { jobId } = job.meta;
  const waiting = openTasks(job).map(({ record, generation }) => {
    return { pool: catalogue[record.name]?.pool, message: { jobId, task: record.id, generation } };
  });
  const { state, startedMs } = job;
  return { mark, state, isBegun: startedMs !== null, deadlineMs: deadlineOf(job), waiting, wantsPlan: wantsPlan(job) };
}
