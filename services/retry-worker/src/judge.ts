import type { JobSnapshot, TaskView } from '@sluice/fleet/jobs';

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
