import { Hourglass } from 'lucide-react';
import type { TaskRun } from '../../../data/run.ts';
import { duration, timeOfDay } from '../../../parts/format.ts';
import { quotaTitle, taskTitle } from './task-name.ts';

const MOST = 6;

/** What waits, for which quota or after which trouble, and until when; and what was given up for now, and is asked again later. */
export function Waits({ tasks, now }: { tasks: ReadonlyMap<string, TaskRun>; now: number }) {
  const waiting = [...tasks.values()].filter(
    ({ state, retryAtMs }) => state === 'waiting' || (state === 'deferred' && retryAtMs !== null && retryAtMs > now),
  );
  if (waiting.length === 0) return null;
  return (
    <ul className="mt-3 flex flex-col gap-1.5 rounded-lg bg-warn-soft p-3 text-sm" aria-label="What waits">
      {waiting.slice(0, MOST).map((task) => (
        <li key={task.id} className="flex flex-wrap items-center gap-x-2">
          <Hourglass size={14} aria-hidden className="text-warn" />
          <span className="font-medium">{taskTitle(task)}</span>
          <span>{whyOf(task)}</span>
          {task.retryAtMs !== null && (
            <span className="text-muted">
              {task.state === 'deferred' ? 'again from' : 'until'} {timeOfDay(task.retryAtMs)}
              {task.retryAtMs > now && ` (in ${duration(task.retryAtMs - now)})`}
            </span>
          )}
        </li>
      ))}
      {waiting.length > MOST && <li className="text-muted">and {waiting.length - MOST} more</li>}
    </ul>
  );
}

function whyOf({ error, state }: TaskRun): string {
  if (error?.waitsFor !== undefined) return `waits for a free slot of the quota of ${quotaTitle(error.waitsFor.quota)}`;
  if (error === null) return 'waits for its next try';
  return state === 'deferred' ? `was left out for now: ${error.message}` : `waits: ${error.message}`;
}
