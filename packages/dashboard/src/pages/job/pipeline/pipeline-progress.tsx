import { isTerminal } from '@sluice/contracts';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Disclosure, DisclosurePanel } from 'react-aria-components/Disclosure';
import { Heading } from 'react-aria-components/Heading';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { useLocation } from 'react-router';
import type { Run, TaskRun } from '../../../data/run.ts';
import { duration, plural, words } from '../../../parts/format.ts';
import { useNow } from '../../../parts/time.tsx';
import { columnsOf } from './layout.ts';
import { StageNode } from './stage-node.tsx';
import { Waits } from './waits.tsx';

/** The pipeline as a picture: what is done, what goes on, and what waits for which quota until when. */
export function PipelineProgress({ run }: { run: Run }) {
  const { status, tasks } = run;
  const isOver = isTerminal(status.state);
  const isAsked = useLocation().pathname.endsWith('/run');
  const [isOpen, setOpen] = useState(!isOver || isAsked);
  const now = useNow(250, !isOver);
  const byStage = Map.groupBy(tasks.values(), ({ stage }) => stage);
  return (
    <Disclosure
      isExpanded={isOpen}
      onExpandedChange={setOpen}
      className="mb-4 rounded-2xl border border-line bg-surface"
    >
      <Heading level={2} className="m-0">
        <Button
          slot="trigger"
          className="flex min-h-11 w-full cursor-pointer flex-wrap items-center gap-x-3 rounded-2xl px-4 py-2 text-left text-sm hover:bg-sunken"
        >
          <ChevronDown size={16} aria-hidden className={`transition-transform ${isOpen ? '' : '-rotate-90'}`} />
          <span className="font-semibold">Pipeline</span>
          <span className="text-muted">{summaryOf(run, now)}</span>
        </Button>
      </Heading>
      <DisclosurePanel>
        <div className="px-4 pt-3 pb-4">
          <Progress percent={status.percent} isOver={isOver} />
          <ol className="flex flex-col gap-2 lg:flex-row lg:items-center lg:gap-0">
            {columnsOf(status.stages).map((column, at) => (
              <li
                key={column[0]?.name}
                className={`flex min-w-0 flex-col lg:flex-row lg:items-center ${column.length > 1 ? 'lg:flex-[1.3]' : 'lg:flex-1'}`}
              >
                {at > 0 && (
                  <ChevronRight
                    size={20}
                    aria-hidden
                    className="mx-auto shrink-0 rotate-90 text-edge lg:mx-0.5 lg:rotate-0"
                  />
                )}
                <ul className="grid min-w-0 flex-1 gap-2 sm:grid-cols-2 lg:grid-cols-1">
                  {column.map((stage) => (
                    <li key={stage.name} className="min-w-0 only:col-span-full">
                      <StageNode
                        stage={stage}
                        tasks={byStage.get(stage.name) ?? NONE}
                        jobId={status.jobId}
                        now={now}
                        isOver={isOver}
                      />
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ol>
          <Waits tasks={tasks} now={now} />
        </div>
      </DisclosurePanel>
    </Disclosure>
  );
}

const NONE: readonly TaskRun[] = [];

function summaryOf({ status, tasks }: Run, now: number): string {
  const settled = [...tasks.values()].filter(({ settledMs }) => settledMs !== null).length;
  const retries = [...tasks.values()].reduce(
    (sum, { tries }) => sum + tries.filter(({ end }) => end === 'released').length,
    0,
  );
  const took = duration((status.endedMs ?? now) - (status.startedMs ?? status.createdMs));
  const parts = [
    isTerminal(status.state) ? `${status.state} after ${took}` : `${words(status.state)}, ${status.percent} %`,
    plural(status.stages.length, 'stage'),
    tasks.size === 0 ? '' : `${settled} of ${plural(tasks.size, 'task')}`,
    retries === 0 ? '' : plural(retries, 'retry', 'retries'),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function Progress({ percent, isOver }: { percent: number; isOver: boolean }) {
  if (isOver) return null;
  return (
    <ProgressBar
      aria-label="Progress of the job"
      value={percent}
      className="mb-4 block h-1.5 overflow-hidden rounded-full bg-sunken"
    >
      <div className="h-full rounded-full bg-accent transition-[width] duration-300" style={{ width: `${percent}%` }} />
    </ProgressBar>
  );
}
