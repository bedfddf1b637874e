import { isTerminal, type JobStatus } from '@sluice/contracts';
import type { TaskRun, Try } from '../../data/run.ts';
import { duration } from '../../parts/format.ts';
import { useNow } from '../../parts/time.tsx';
import { taskTitle } from './pipeline/task-name.ts';

const TICKS = 4;

const BARS: Readonly<Record<TaskRun['state'], string>> = {
  planned: 'bg-edge',
  running: 'bg-accent',
  waiting: 'bg-warn-strong',
  done: 'bg-good-strong',
  failed: 'bg-bad-strong',
  deferred: 'bg-warn-strong',
};

/** Each task a line: grey while it waited, coloured while somebody did it; each try a bar of its own. */
export function Waterfall({ tasks, status }: { tasks: readonly TaskRun[]; status: JobStatus }) {
  const now = useNow(250, !isTerminal(status.state));
  const startMs = status.createdMs;
  const last = Math.max(
    ...tasks.flatMap(({ tries, settledMs }) => [settledMs ?? 0, ...tries.map(({ endedMs }) => endedMs ?? now)]),
    startMs + 1,
  );
  const endMs = isTerminal(status.state) ? last : now;
  const spanMs = Math.max(1, endMs - startMs);
  const at = (ms: number) => `${(100 * Math.max(0, ms - startMs)) / spanMs}%`;
  const wide = (fromMs: number, toMs: number) => `max(2px, ${(100 * Math.max(0, toMs - fromMs)) / spanMs}%)`;
  return (
    <div className="grid grid-cols-[7rem_minmax(0,1fr)] sm:grid-cols-[15rem_minmax(0,1fr)] gap-x-3 text-xs">
      <span />
      <div aria-hidden className="relative mb-1 flex h-5 justify-between border-b border-line text-muted tabular-nums">
        {Array.from({ length: TICKS + 1 }, (_, tick) => (
          <span key={tick} className={tick % TICKS === 0 ? '' : 'hidden sm:inline'}>
            {tick === 0 ? '0' : duration((spanMs * tick) / TICKS)}
          </span>
        ))}
      </div>
      <ul className="contents" aria-label="Tasks in time">
        {tasks.map((task) => (
          <li key={task.id} className="col-span-2 grid grid-cols-subgrid items-center hover:bg-sunken">
            <span className="truncate py-0.5" title={task.id}>
              {taskTitle(task)}
            </span>
            <span className="relative block h-4">
              <span
                className="absolute top-1/2 h-px bg-edge"
                style={{ left: at(task.plannedMs), width: wide(task.plannedMs, task.settledMs ?? endMs) }}
              />
              {task.tries.map((each) => (
                <span
                  key={each.startedMs}
                  className={`absolute inset-y-0.5 rounded-sm ${barOf(task, each)}`}
                  style={{ left: at(each.startedMs), width: wide(each.startedMs, each.endedMs ?? endMs) }}
                />
              ))}
              <span className="sr-only">{spoken(task, startMs, now)}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function barOf(task: TaskRun, { end }: Try): string {
  return end === 'released' ? 'bg-warn-strong' : BARS[end ?? task.state];
}

function spoken({ state, plannedMs, tries }: TaskRun, startMs: number, now: number): string {
  const [first] = tries;
  const last = tries.at(-1);
  if (first === undefined || last === undefined) return `${state}, planned after ${duration(plannedMs - startMs)}`;
  const took = duration((last.endedMs ?? now) - first.startedMs);
  return `${state}, began after ${duration(first.startedMs - startMs)}, took ${took}${tries.length > 1 ? `, ${tries.length} tries` : ''}`;
}
