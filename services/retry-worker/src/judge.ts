import type { Pool, TaskCatalogue, TaskMessage } from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';

/** A task that should be waiting in a queue. */
export interface WaitingTask {
  pool: Pool;
  message: Pick<TaskMessage, 'jobId' | 'task' | 'generation'>;
}

/** How long a job may stand still before it is looked at. */
export const STILL_MS = 15_000;

/** Whether nothing has happened to a job for a while. Pure. */
export function standsStill(job: Pick<JobSnapshot, 'nowMs'>, lastEventMs: number): boolean {
  return job.nowMs - lastEventMs >= STILL_MS;
}

/** The open tasks that nobody has begun, and whether others are being done. Pure. */
export function openTasksOf(job: JobSnapshot, catalogue: TaskCatalogue): { waiting: WaitingTask[]; isRunning: boolean } {
  const open = [...job.tasks.values()].filter(({ isOpen }) => isOpen);
  const waiting = open.flatMap(({ running, record, generation }): WaitingTask[] => {
    const pool = catalogue[record.name]?.pool;
    if (running !== null || pool === undefined) return [];
    return [{ pool, message: { jobId: job.meta.jobId, task: record.id, generation } }];
  });
  return { waiting, isRunning: open.some(({ running }) => running !== null) };
}
