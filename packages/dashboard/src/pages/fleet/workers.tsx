import type { OrchestratorStats } from '@sluice/contracts';
import { Link } from '../../parts/link.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { age, bytes, count, duration } from '../../parts/format.ts';
import { Table } from '../../parts/table.tsx';
import { useNow } from '../../parts/time.tsx';

type Worker = OrchestratorStats['workers'][number];

const SHOWN_TASKS = 3;
const SLOW_LOOP_MS = 200;

/** Everyone at work: how they are, and what they do just now. */
export function Workers({ workers }: { workers: readonly Worker[] }) {
  const now = useNow(1_000);
  const ordered = workers.toSorted(
    (one, other) => Number(one.alive) - Number(other.alive) || one.worker.localeCompare(other.worker),
  );
  return (
    <Card
      title="Workers"
      isFlush
      className="xl:col-span-2"
      aside={`${workers.filter(({ alive }) => alive).length} of ${workers.length} alive`}
    >
      <Table
        label="Workers"
        heads={['Worker', 'Health', 'CPU', 'Memory', 'Loop lag', 'Done', 'Failed', 'Up', 'Doing now']}
        width="sm:min-w-[52rem]"
      >
        {ordered.map((worker) => (
          <Line key={worker.worker} worker={worker} now={now} />
        ))}
      </Table>
    </Card>
  );
}

function Line({ worker, now }: { worker: Worker; now: number }) {
  const { alive, pool, cpuPercent, rssBytes, eventLoopLagMs, tasksDone, tasksFailed, startedMs, seenMs } = worker;
  return (
    <tr className="align-top">
      <th scope="row" className="text-left font-medium">
        {worker.worker}
        <span className="block text-xs font-normal text-muted">{pool ?? worker.service}</span>
      </th>
      <td>{alive ? <Badge tone="good">alive</Badge> : <Badge tone="bad">silent for {age(now - seenMs)}</Badge>}</td>
      <td className="tabular-nums">{Math.round(cpuPercent)} %</td>
      <td className="whitespace-nowrap tabular-nums">{bytes(rssBytes)}</td>
      <td
        className={`whitespace-nowrap tabular-nums ${eventLoopLagMs > SLOW_LOOP_MS ? 'font-semibold text-warn' : ''}`}
      >
        {duration(eventLoopLagMs)}
      </td>
      <td className="tabular-nums">{count(tasksDone)}</td>
      <td className={`tabular-nums ${tasksFailed > 0 ? 'text-warn' : ''}`}>{count(tasksFailed)}</td>
      <td className="whitespace-nowrap">{age(now - startedMs)}</td>
      <td className="text-xs">
        <Doing worker={worker} now={now} />
      </td>
    </tr>
  );
}

function Doing({ worker: { doing, alive }, now }: { worker: Worker; now: number }) {
  if (doing.length === 0) return <span className="text-muted">{alive ? 'nothing' : ''}</span>;
  return (
    <ul>
      {doing.slice(0, SHOWN_TASKS).map(({ jobId, task, sinceMs }) => (
        <li key={`${jobId} ${task}`}>
          <Link to={`/jobs/${jobId}/run`} className="text-accent hover:underline">
            {task}
          </Link>{' '}
          <span className="text-muted tabular-nums">{duration(now - sinceMs)}</span>
        </li>
      ))}
      {doing.length > SHOWN_TASKS && <li className="text-muted">and {doing.length - SHOWN_TASKS} more</li>}
    </ul>
  );
}
