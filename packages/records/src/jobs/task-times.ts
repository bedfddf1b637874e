import type { JobEvent, TaskId } from '@sluice/contracts';
import type { JobRecord, TaskRow } from './types.ts';

interface Times {
  createdMs: number;
  updatedMs: number;
}

/** When tasks were planned and last changed, by the events of the batch; where they are silent, by the task's own times or the job's. */
export function taskTimes({ events, row }: Pick<JobRecord, 'events' | 'row'>): (task: TaskRow) => Times {
  const planned = new Map<TaskId, number>();
  const touched = new Map<TaskId, number>();
  for (const event of events) {
    const id = taskIn(event);
    if (id === null) continue;
    if (event.type === 'task.planned' && !planned.has(id)) planned.set(id, event.atMs);
    touched.set(id, Math.max(touched.get(id) ?? 0, event.atMs));
  }
  return (task) => {
    const createdMs = planned.get(task.id) ?? row.createdMs;
    const updatedMs = touched.get(task.id) ?? task.completedMs ?? task.startedMs ?? createdMs;
    return { createdMs, updatedMs };
  };
}

function taskIn(event: JobEvent): TaskId | null {
  return 'task' in event ? event.task : null;
}
