import { BellRing, ServerOff } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { mayBe, useSession } from '../../app/session.tsx';
import { useFleet, useSamples } from '../../data/use-fleet.ts';
import { Card, PageHead } from '../../parts/card.tsx';
import { count, duration } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { CacheCard } from './cache-card.tsx';
import { Queues } from './queues.tsx';
import { Quotas } from './quota-gauges.tsx';
import { Workers } from './workers.tsx';

const Charts = lazy(async () => ({ default: (await import('./charts.tsx')).Charts }));

export function Fleet() {
  const session = useSession();
  if (mayBe(session, 'analyst')) return <PipelineDashboard isOperator={session.isOperator} />;
  return (
    <>
      <PageHead title="Fleet" />
      <Empty icon={ServerOff} title="Your key submits mails">
        <p>How the fleet is, is shown to keys of the role analyst and above.</p>
      </Empty>
    </>
  );
}

/** The whole fleet at a glance: what is wrong, what goes on, and what is left of each quota. */
function PipelineDashboard({ isOperator }: { isOperator: boolean }) {
  const fleet = useFleet(isOperator);
  const { stats, quotas, cache, day, workers, queues, jobs, alerts, isLive } = fleet;
  const samples = useSamples(fleet);
  if (jobs === undefined) {
    return (
      <>
        <PageHead title="Fleet" />
        {stats.error === null ? (
          <Loading what="Asking the fleet how it is" />
        ) : (
          <ErrorNote error={stats.error} onRetry={() => void stats.refetch()} />
        )}
      </>
    );
  }
  const dead = workers.filter(({ alive }) => !alive).length;
  const ended = Object.values(jobs.ended).reduce((sum, each) => sum + each, 0);
  const mean = stats.data?.averageDurationMs['email-scan'];
  return (
    <>
      <PageHead title="Fleet">
        <span role="status" className="text-sm text-muted">
          {isLive ? 'live' : 'asked every few seconds'}
        </span>
      </PageHead>
      {stats.error !== null && !isLive && (
        <div className="mb-4">
          <ErrorNote error={stats.error} what="What you see is old" />
        </div>
      )}
      {alerts.length > 0 && (
        <ul className="mb-4 flex flex-col gap-2" aria-label="Alerts">
          {alerts.map(({ level, message }) => (
            <li
              key={message}
              className={`flex items-center gap-2 rounded-xl px-4 py-2.5 text-sm font-medium ${level === 'critical' ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn'}`}
            >
              <BellRing size={16} aria-hidden /> {message}
            </li>
          ))}
        </ul>
      )}
      <ul className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-6" aria-label="In numbers">
        <Figure name="Open jobs" value={count(jobs.open)} />
        <Figure
          name="Ended"
          value={count(ended)}
          says={`${count(jobs.ended.failed ?? 0)} failed`}
          isBad={(jobs.ended.failed ?? 0) > 0}
        />
        <Figure name="Amended" value={count(jobs.amended)} />
        <Figure name="A mail takes" value={mean === undefined ? '–' : duration(mean)} says="on average" />
        <Figure
          name="Workers"
          value={count(workers.length - dead)}
          says={dead === 0 ? 'all alive' : `${dead} silent`}
          isBad={dead > 0}
        />
        <Figure
          name="Today’s bad mails"
          value={
            day.data === undefined
              ? '–'
              : count((day.data.verdicts.malicious ?? 0) + (day.data.verdicts.suspicious ?? 0))
          }
          says={day.data === undefined ? 'of this tenant' : `of ${count(day.data.jobs)}, this tenant`}
        />
      </ul>
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Card title="Since you are here" className="xl:col-span-2">
          <Suspense fallback={<Loading what="Drawing" />}>
            <Charts samples={samples} />
          </Suspense>
        </Card>
        <Queues queues={queues} workers={workers} />
        <CacheCard cache={cache.data} error={cache.error} />
        <Quotas quotas={quotas.data} error={quotas.error} />
        <Workers workers={workers} />
      </div>
    </>
  );
}

function Figure({ name, value, says, isBad = false }: { name: string; value: string; says?: string; isBad?: boolean }) {
  return (
    <li className="rounded-xl border border-line bg-surface px-4 py-3">
      <p className="text-sm text-muted">{name}</p>
      <p className="text-2xl font-semibold tracking-tight tabular-nums">{value}</p>
      {says !== undefined && <p className={`text-xs ${isBad ? 'font-medium text-bad' : 'text-muted'}`}>{says}</p>}
    </li>
  );
}
