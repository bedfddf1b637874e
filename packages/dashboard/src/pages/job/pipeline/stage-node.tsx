import type { JobId, StageView } from '@sluice/contracts';
import { Circle, CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import { Link } from '../../../parts/link.tsx';
import type { TaskRun } from '../../../data/run.ts';
import { duration, plural, words } from '../../../parts/format.ts';
import { taskTitle } from './task-name.ts';

interface Props {
  stage: StageView;
  tasks: readonly TaskRun[];
  jobId: JobId;
  now: number;
  isOver: boolean;
}

const MOST_DOTS = 40;

const DOTS: Readonly<Record<TaskRun['state'], string>> = {
  planned: 'border border-edge bg-surface',
  running: 'bg-accent animate-breathe',
  waiting: 'bg-warn-strong',
  done: 'bg-good-strong',
  failed: 'bg-bad-strong',
  deferred: 'border-2 border-bad-strong bg-surface',
};

const FRAMES: Readonly<Record<StageView['status'], string>> = {
  pending: 'border-dashed border-line',
  active: 'border-accent bg-accent-soft',
  complete: 'border-line bg-sunken',
};

/** One stage: how it stands, since when, and a square for each of its tasks. */
export function StageNode({ stage, tasks, jobId, now, isOver }: Props) {
  const { name, startedMs, endedMs } = stage;
  const isSkipped = stage.status === 'complete' && stage.tasks.total === 0 && tasks.length === 0;
  const took = startedMs === null ? null : (endedMs ?? (isOver ? null : now));
  return (
    <Link
      to={`/jobs/${jobId}/run?stage=${encodeURIComponent(name)}`}
      className={`block rounded-lg border px-3 py-2 hover:border-accent ${FRAMES[stage.status]}`}
    >
      <span className="flex flex-wrap items-center gap-x-1.5 text-sm font-medium">
        <Sign stage={stage} isOver={isOver} />
        <span>{words(name)}</span>
        <span className="ml-auto text-xs whitespace-nowrap text-muted tabular-nums">
          {isSkipped ? 'none' : took !== null && startedMs !== null ? duration(took - startedMs) : ''}
        </span>
      </span>
      {tasks.length > 0 && (
        <span className="mt-1.5 flex flex-wrap gap-1">
          {tasks.slice(0, MOST_DOTS).map((task) => (
            <span
              key={task.id}
              title={`${taskTitle(task)}: ${task.state}`}
              className={`size-2.5 rounded-[3px] ${DOTS[task.state]}`}
            />
          ))}
          {tasks.length > MOST_DOTS && <span className="text-xs text-muted">+{tasks.length - MOST_DOTS}</span>}
        </span>
      )}
      <span className="sr-only">{spoken(stage)}</span>
    </Link>
  );
}

function spoken({ status, tasks: { total, done, failed, deferred } }: StageView): string {
  const faults = failed + deferred;
  return `${status}, ${done} of ${plural(total, 'task')} done${faults === 0 ? '' : `, ${faults} without an answer`}`;
}

function Sign({ stage, isOver }: { stage: StageView; isOver: boolean }) {
  const { status, tasks } = stage;
  if (status === 'active' && !isOver)
    return <LoaderCircle size={15} aria-hidden className="shrink-0 animate-spin text-accent" />;
  if (tasks.failed + tasks.deferred > 0) return <TriangleAlert size={15} aria-hidden className="shrink-0 text-warn" />;
  if (status === 'complete') return <CircleCheck size={15} aria-hidden className="shrink-0 text-good" />;
  return <Circle size={15} aria-hidden className="shrink-0 text-edge" />;
}
