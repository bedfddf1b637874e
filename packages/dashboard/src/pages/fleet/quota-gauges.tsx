import type { QuotaList } from '@sluice/contracts';
import { Gauge } from 'lucide-react';
import { Meter } from 'react-aria-components/Meter';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { age, count, duration, timeOfDay } from '../../parts/format.ts';
import { Empty, ErrorNote } from '../../parts/note.tsx';
import { useNow } from '../../parts/time.tsx';
import { quotaTitle } from '../job/pipeline/task-name.ts';

type Quota = QuotaList['quotas'][number];

const NEAR = 0.8;

/** What each provider may be asked, what of it is used, when the next question may go, and who waits. */
export function Quotas({ quotas, error }: { quotas: QuotaList | undefined; error: Error | null }) {
  const now = useNow(500);
  const list = quotas?.quotas ?? [];
  return (
    <Card title="Quotas" className="xl:col-span-2" aside={list.length === 0 ? undefined : `${list.length}`}>
      {error !== null && <ErrorNote error={error} />}
      {list.length === 0 ? (
        <Empty icon={Gauge} title="No provider is asked">
          <p>Quotas appear when the workers have a key for a provider: see the settings of analyzer-worker.</p>
        </Empty>
      ) : (
        <ul className="grid gap-x-8 gap-y-6 md:grid-cols-2 xl:grid-cols-3">
          {list.map((quota) => (
            <li key={`${quota.name} ${quota.announcedAt}`}>
              <One quota={quota} now={now} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function One({ quota, now }: { quota: Quota; now: number }) {
  const { action, windows, waiting, breaker, closedUntil, isShadow } = quota;
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <h3 className="font-semibold">{quotaTitle(action)}</h3>
        {breaker.state === 'open' && <Badge tone="bad">breaker open</Badge>}
        {breaker.state === 'half-open' && <Badge tone="warn">tried carefully</Badge>}
        {closedUntil !== null && <Badge tone="bad">refuses until {timeOfDay(Date.parse(closedUntil))}</Badge>}
        {isShadow && <Badge tone="muted">counts only</Badge>}
      </div>
      <ul className="flex flex-col gap-2.5">
        {windows.map((window) => (
          <li key={window.name}>
            <Window window={window} />
          </li>
        ))}
      </ul>
      <p className="mt-2 text-xs text-muted">
        {nextFree(quota, now)}
        {waiting.total > 0 &&
          ` · ${count(waiting.total)} wait, ${waiting.oldestMs === null ? '' : `the oldest ${age(waiting.oldestMs)}`}`}
      </p>
    </div>
  );
}

function Window({ window: { name, text, used, limit, configuredLimit } }: { window: Quota['windows'][number] }) {
  const share = limit === 0 ? 1 : used / limit;
  const tone = share >= 1 ? 'bg-bad-strong' : share >= NEAR ? 'bg-warn-strong' : 'bg-good-strong';
  return (
    <Meter
      aria-label={text}
      value={Math.min(used, Math.max(limit, 1))}
      maxValue={Math.max(limit, 1)}
      valueLabel={`${count(used)} of ${count(limit)} used`}
    >
      {({ percentage, valueText }) => (
        <>
          <div className="mb-1 flex justify-between text-xs">
            <span title={name}>
              {text}
              {limit < configuredLimit && <span className="text-warn"> (the provider says {count(limit)})</span>}
            </span>
            <span className="text-muted tabular-nums">{valueText}</span>
          </div>
          <div className="h-2.5 overflow-hidden rounded-full bg-sunken">
            <div className={`h-full rounded-full ${tone}`} style={{ width: `${percentage}%` }} />
          </div>
        </>
      )}
    </Meter>
  );
}

function nextFree({ nextFreeAt }: Quota, now: number): string {
  if (nextFreeAt === null) return 'free now';
  const atMs = Date.parse(nextFreeAt);
  return atMs <= now ? 'free now' : `next free slot at ${timeOfDay(atMs)}, in ${duration(atMs - now)}`;
}
