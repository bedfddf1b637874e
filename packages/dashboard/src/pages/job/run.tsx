import type { JobEvent } from '@sluice/contracts';
import { Activity } from 'lucide-react';
import { useState } from 'react';
import type { TaskRun } from '../../data/run.ts';
import { useAddress } from '../../parts/address.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { optionsOf, Select } from '../../parts/select.tsx';
import { duration, plural, timeOfDay, words } from '../../parts/format.ts';
import { Empty } from '../../parts/note.tsx';
import { Table } from '../../parts/table.tsx';
import { useJob } from './context.ts';
import { taskTitle } from './pipeline/task-name.ts';
import { Waterfall } from './waterfall.tsx';

/** How the work went: a waterfall of all tasks, the tasks with their retries, and every event. */
export function RunView() {
  const { run } = useJob();
  const [params, change] = useAddress();
  const stage = params.get('stage') ?? '';
  const tasks = [...run.tasks.values()].filter((task) => stage === '' || task.stage === stage);
  const stages = run.status.stages.map(({ name }) => name);
  if (run.tasks.size === 0) {
    return (
      <div className="rounded-xl border border-line bg-surface">
        <Empty icon={Activity} title="No task was planned yet">
          <p>The job waits for an orchestrator to look at it, or its events are kept no longer.</p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Select
        label="Stage"
        value={stage}
        onChange={(next) => change({ stage: next })}
        options={optionsOf(stages, 'All stages')}
        className="max-w-60"
      />
      <Card title="Waterfall" aside="from submission to the last answer">
        <Waterfall tasks={tasks} status={run.status} />
      </Card>
      <Card title="Tasks" isFlush aside={plural(tasks.length, 'task')}>
        <TaskTable tasks={tasks} />
      </Card>
      <Log log={run.log} stage={stage} />
    </div>
  );
}

const STATE_TONES: Readonly<Record<TaskRun['state'], Tone>> = {
  planned: 'muted',
  running: 'accent',
  waiting: 'warn',
  done: 'good',
  failed: 'bad',
  deferred: 'warn',
};

function TaskTable({ tasks }: { tasks: readonly TaskRun[] }) {
  return (
    <Table label="Tasks" heads={['Task', 'Stage', 'State', 'Tries', 'Took', 'Worker']} width="sm:min-w-[42rem]">
      {tasks.map((task) => (
        <TaskRow key={task.id} task={task} />
      ))}
    </Table>
  );
}

function TaskRow({ task }: { task: TaskRun }) {
  const { id, stage, state, tries, settledMs, error } = task;
  const last = tries.at(-1);
  const took = last === undefined || last.endedMs === null ? null : last.endedMs - last.startedMs;
  return (
    <tr className="align-top">
      <td>
        <p className="font-medium">{taskTitle(task)}</p>
        <p className="font-mono text-xs text-muted [overflow-wrap:anywhere]">{id}</p>
        {error !== null && (
          <p className="text-xs text-bad">
            {error.message} <span className="font-mono">({error.code})</span>
          </p>
        )}
      </td>
      <td className="whitespace-nowrap text-muted">{words(stage)}</td>
      <td>
        <Badge tone={STATE_TONES[state]}>{state}</Badge>
      </td>
      <td className="tabular-nums">{tries.length}</td>
      <td className="whitespace-nowrap tabular-nums">
        {took === null ? (settledMs === null ? '' : '–') : duration(took)}
      </td>
      <td className="font-mono text-xs text-muted">{last?.worker ?? ''}</td>
    </tr>
  );
}

const SHOWN = 100;

function Log({ log, stage }: { log: readonly JobEvent[]; stage: string }) {
  const [isWhole, setWhole] = useState(false);
  const events = log.filter((event) => stage === '' || !('stage' in event) || event.stage === stage);
  const shown = isWhole ? events : events.slice(-SHOWN);
  const startMs = log[0]?.atMs ?? 0;
  return (
    <Card
      title="Log"
      isFlush
      aside={
        <>
          {plural(events.length, 'event')}
          {!isWhole && events.length > SHOWN && <Button onPress={() => setWhole(true)}>Show all</Button>}
        </>
      }
    >
      <ol className="max-h-[32rem] overflow-auto py-1 font-mono text-xs" tabIndex={0} aria-label="Events">
        {shown.map((event) => (
          <li
            key={event.seq}
            className="grid grid-cols-[3rem_5.5rem_minmax(0,1fr)] gap-x-2 px-4 py-0.5 hover:bg-sunken"
          >
            <span className="text-right text-muted tabular-nums">{event.seq}</span>
            <span className="text-muted tabular-nums" title={timeOfDay(event.atMs)}>
              +{duration(event.atMs - startMs)}
            </span>
            <span className="[overflow-wrap:anywhere]">{sentence(event)}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** An event in words. Pure. */
function sentence(event: JobEvent): string {
  switch (event.type) {
    case 'job.queued':
      return `job queued for ${event.pipeline}`;
    case 'job.state':
      return `job is in ${words(event.state)}`;
    case 'stage.started':
    case 'stage.completed':
      return `${event.type.replace('.', ' ')}: ${words(event.stage)}`;
    case 'task.planned':
      return `task planned: ${event.task}${event.generation > 1 ? ` (generation ${event.generation})` : ''}`;
    case 'task.started':
      return `task started: ${event.task} by ${event.worker}`;
    case 'task.released':
      return `task given back: ${event.task}${event.error === undefined ? '' : ` (${event.error.code}: ${event.error.message})`}`;
    case 'task.settled':
      return `task ${event.status}: ${event.task}${event.error === undefined ? '' : ` (${event.error.code})`}`;
    case 'job.ended':
      return `job ended: ${event.state}${event.error === undefined ? '' : ` (${event.error.code})`}`;
    case 'job.reopened':
      return `job opened again: ${event.state}`;
    case 'report.amended':
      return `report amended: revision ${event.revision}`;
  }
}
