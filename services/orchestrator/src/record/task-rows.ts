import type { TaskCatalogue } from '@sluice/contracts';
import type { JobSnapshot, TaskView } from '@sluice/fleet/jobs';
import type { TaskRow, TaskStatus } from '@sluice/records';

/** A job's tasks as the record keeps them. */
export function taskRowsOf(job: Pick<JobSnapshot, 'tasks'>, catalogue: TaskCatalogue): TaskRow[] {
  return [...job.tasks.values()].map((task) => taskRowOf(task, catalogue));
}

function taskRowOf(task: TaskView, catalogue: TaskCatalogue): TaskRow {
  const { record, generation, running, isOpen, attempts } = task;
  const outcome = isOpen ? null : task.outcome;
  const error = outcome === null ? attempts.at(-1) : outcome.error;
  return {
    id: record.id,
    type: record.name,
    status: statusOf(task),
    stage: record.stage,
    pool: catalogue[record.name]?.pool ?? '',
    worker: running?.worker ?? outcome?.worker ?? null,
    isRequired: record.required,
    generation,
    retryCount: Math.max(attempts.length - (outcome === null || outcome.status === 'done' ? 0 : 1), 0),
    maxRetries: Math.max((catalogue[record.name]?.attempts ?? 1) - 1, 0),
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
    startedMs: running?.sinceMs ?? outcome?.startedMs ?? null,
    completedMs: outcome?.settledMs ?? null,
    attempts,
  };
}

function statusOf({ isOpen, outcome, running, attempts }: TaskView): TaskStatus {
  if (!isOpen && outcome !== null) return outcome.status === 'done' ? 'completed' : outcome.status;
  if (running !== null) return 'processing';
  return attempts.length > 0 ? 'retrying' : 'pending';
}
