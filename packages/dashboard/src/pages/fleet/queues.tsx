import type { OrchestratorStats } from '@sluice/contracts';
import { Meter } from 'react-aria-components/Meter';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { count, duration, plural } from '../../parts/format.ts';
import { Empty } from '../../parts/note.tsx';
import { Inbox } from 'lucide-react';

interface Props {
  queues: OrchestratorStats['queues'];
  workers: OrchestratorStats['workers'];
}

/** A wait that long is worth a look. */
const LONG_MS = 30_000;

/** Each pool: how full it is, what waits before it, and for how long. */
export function Queues({ queues, workers }: Props) {
  const pools = Object.entries(queues);
  return (
    <Card title="Pools and queues" isFlush>
      {pools.length === 0 ? (
        <Empty icon={Inbox} title="No queue yet">
          <p>A queue appears with its first worker.</p>
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {pools.map(([pool, queue]) => {
            const alive = workers.filter((worker) => worker.pool === pool && worker.alive);
            const room = alive.reduce((sum, { concurrency }) => sum + concurrency, 0);
            return (
              <li
                key={pool}
                className="grid gap-x-6 gap-y-2 px-4 py-3 text-sm sm:grid-cols-[9rem_minmax(0,1fr)_auto] sm:items-center"
              >
                <div>
                  <p className="font-semibold">{pool}</p>
                  <p className={alive.length === 0 ? 'font-medium text-bad' : 'text-muted'}>
                    {alive.length === 0 ? 'no worker' : plural(alive.length, 'worker')}
                  </p>
                </div>
                <Meter
                  aria-label={`${pool}: at work`}
                  value={Math.min(queue.active, Math.max(1, room))}
                  maxValue={Math.max(1, room)}
                  valueLabel={`${queue.active} of ${room}`}
                >
                  {({ percentage, valueText }) => (
                    <>
                      <div className="mb-1 flex justify-between text-xs text-muted">
                        <span>at work</span>
                        <span className="tabular-nums">{valueText}</span>
                      </div>
                      <div className="h-2 overflow-hidden rounded-full bg-sunken">
                        <div
                          className="h-full rounded-full bg-accent transition-[width]"
                          style={{ width: `${percentage}%` }}
                        />
                      </div>
                    </>
                  )}
                </Meter>
                <p className="flex flex-wrap items-center gap-2 sm:w-56 sm:justify-end">
                  <Badge tone={queue.waiting > 0 ? 'accent' : 'muted'}>{count(queue.waiting)} wait</Badge>
                  {queue.delayed > 0 && <Badge tone="muted">{count(queue.delayed)} later</Badge>}
                  {queue.waiting > 0 && (
                    <Badge tone={queue.oldestWaitingMs > LONG_MS ? 'warn' : 'muted'}>
                      oldest {duration(queue.oldestWaitingMs)}
                    </Badge>
                  )}
                </p>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
