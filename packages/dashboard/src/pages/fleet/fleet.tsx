import { BellRing, ServerOff } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { mayBe, useSession } from '../../app/session.tsx';
import { useDay } from '../../data/use-day.ts';
import { type Fleet as FleetState, useFleet, useSamples } from '../../data/use-fleet.ts';
import { Card, PageHead } from '../../parts/card.tsx';
import { count, duration, timeOfDay } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { CacheCard } from './cache-card.tsx';
import { Queues } from './queues.tsx';
import { Quotas } from './quota-gauges.tsx';
import { Workers } from './workers.tsx';

const DayChart = lazy(async () => ({ default: (await import('./day-chart.tsx')).DayChart }));
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
  const { stats, quotas, cache, workers, queues, alerts, isLive, staleMs } = fleet;
  const samples = useSamples(fleet);
  if (fleet.jobs === undefined) {
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
  return (
    <>
      <PageHead title="Fleet">
        <span role="status" className="text-sm text-muted">
          {staleMs !== null
            ? `as of ${timeOfDay(staleMs)}: nothing is heard of the fleet`
            : isLive
              ? 'live'
              : 'asked every few seconds'}
        </span>
      </PageHead>
      {stats.error !== null && !isLive && (
        <div className="mb-4">
          <ErrorNote error={stats.error} what="What you see is old" />
        </div>
      )}
      <Alerts alerts={alerts} />
      <Figures {...fleet} />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Card title="The last day of this tenant" className="xl:col-span-2">
          <Suspense fallback={<Loading what="Drawing" />}>
            <Day />
          </Suspense>
        </Card>
        <Queues queues={queues} workers={workers} />
        <CacheCard cache={cache.data} error={cache.error} />
        <Card title="Since you are here" className="xl:col-span-2">
          <Suspense fallback={<Loading what="Drawing" />}>
            <Charts samples={samples} />
          </Suspense>
        </Card>
        <Quotas quotas={quotas.data} error={quotas.error} />
        <Workers workers={workers} />
      </div>
    </>
  );
}

function Day() {
  const { hours, isPending, error } = useDay();
  if (error !== null) return <ErrorNote error={error} />;
  return isPending ? <Loading what="Reading the last day" /> : <DayChart hours={hours} />;
}

function Alerts({ alerts }: Pick<FleetState, 'alerts'>) {
  if (alerts.length === 0) return null;
  return (
    <ul className="mb-4 flex flex-col gap-2" aria-label="Alerts">
      {alerts.map(({ level, message }) => (
        <li
          key={message}
          className={`flex items-center gap-2 rounded-xl px-4 py-2.5 text-sm font-medium ${level === 'critical' ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn'}`}
        >
          <BellRing size={16} aria-hidden className="shrink-0" /> {message}
        </li>
      ))}
    </ul>
  );
}

function Figures({ jobs, stats, day, workers }: FleetState) {
  const dead = workers.filter(({ alive }) => !alive).length;
  const mean = stats.data?.averageDurationMs['email-scan'];
  const letters = stats.data?.deadLetters;
  const today = day.data;
  return (
    <ul className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-6" aria-label="In numbers">
      <Figure name="Jobs at work" value={count(jobs?.open ?? 0)} says="of all tenants" />
      <Figure name="A mail takes" value={mean === undefined ? '–' : duration(mean)} says="on average" />
      <Figure
        name="Mails of the last day"
        value={today === undefined ? '–' : count(today.jobs)}
        says={today === undefined ? 'of this tenant' : `${count(today.states.failed ?? 0)} failed`}
        isBad={(today?.states.failed ?? 0) > 0}
      />
      <Figure
        name="Of them not clean"
        value={today === undefined ? '–' : count((today.verdicts.malicious ?? 0) + (today.verdicts.suspicious ?? 0))}
        says={today === undefined ? '' : `${count(today.verdicts.malicious ?? 0)} malicious`}
      />
      <Figure
        name="Workers"
        value={count(workers.length - dead)}
        says={dead === 0 ? 'all alive' : `${dead} silent`}
        isBad={dead > 0}
      />
      <Figure
        name="Dead letters"
        value={letters == null ? '–' : count(letters.parked + letters.scheduled)}
        says={letters == null ? 'not known just now' : `${count(letters.parked)} wait for a person`}
        isBad={(letters?.parked ?? 0) > 0}
      />
    </ul>
  );
}

function Figure({ name, value, says, isBad = false }: { name: string; value: string; says: string; isBad?: boolean }) {
  return (
    <li className="rounded-xl border border-line bg-surface px-4 py-3">
      <p className="text-sm text-muted">{name}</p>
      <p className="text-2xl font-semibold tracking-tight tabular-nums">{value}</p>
      <p className={`text-xs ${isBad ? 'font-medium text-bad' : 'text-muted'}`}>{says}</p>
    </li>
  );
}
