import type { RequestStatus } from '@sluice/contracts';
import { VERDICTS } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { mayBe, useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { useBatch } from '../../data/use-batch.ts';
import { Badge, VERDICT_TONES } from '../../parts/badge.tsx';
import { Button, LinkButton } from '../../parts/button.tsx';
import { PageHead } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { count, duration, plural, words } from '../../parts/format.ts';
import { ErrorNote, Loading } from '../../parts/note.tsx';
import { Hostile } from '../../parts/text.tsx';
import { Moment } from '../../parts/time.tsx';
import { JobTable } from '../jobs/table.tsx';

/** What was submitted together: how far all of it is, and every job. */
export function Batch({ id }: { id: string }) {
  const isAnalyst = mayBe(useSession(), 'analyst');
  const { batch, jobs, status } = useBatch(id, isAnalyst);
  if (batch === undefined) {
    return (
      <>
        <PageHead title="Batch" />
        {status.error === null ? <Loading what="Reading the batch" /> : <ErrorNote error={status.error} />}
      </>
    );
  }
  return (
    <>
      <PageHead title="Batch">
        {isAnalyst && <Orders batch={batch} />}
        <LinkButton to="/">Submit more</LinkButton>
      </PageHead>
      <Standing batch={batch} />
      {status.error !== null && <ErrorNote error={status.error} what="What you see is old" />}
      <JobTable
        jobs={jobs}
        hasMore={status.hasNextPage}
        isLoading={status.isFetchingNextPage}
        onMore={() => void status.fetchNextPage()}
      />
    </>
  );
}

function Standing({ batch: { name, createdMs, jobs, open, states, verdicts } }: { batch: RequestStatus }) {
  const ended = jobs - open;
  const faults = ['failed', 'expired', 'cancelled'].filter((state) => (states[state] ?? 0) > 0);
  return (
    <section aria-label="How it stands" className="mb-4 rounded-2xl border border-line bg-surface p-5">
      <p className="text-sm text-muted">
        {name !== null && (
          <>
            <Hostile className="font-medium text-text">{name}</Hostile> ·{' '}
          </>
        )}
        {plural(jobs, 'job')} · <Moment ms={createdMs} />
      </p>
      <ProgressBar aria-label="Progress of the batch" value={ended} maxValue={Math.max(1, jobs)} className="my-3 block">
        {({ percentage = 0 }) => (
          <div className="h-2 overflow-hidden rounded-full bg-sunken">
            <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${percentage}%` }} />
          </div>
        )}
      </ProgressBar>
      <p className="flex flex-wrap items-center gap-2 text-sm" role="status">
        <span className="font-medium">{open === 0 ? 'All ended' : `${count(ended)} of ${count(jobs)} ended`}</span>
        {VERDICTS.toReversed().map(
          (verdict) =>
            (verdicts[verdict] ?? 0) > 0 && (
              <Badge key={verdict} tone={VERDICT_TONES[verdict]}>
                {count(verdicts[verdict] ?? 0)} {verdict}
              </Badge>
            ),
        )}
        {faults.map((state) => (
          <Badge key={state} tone={state === 'cancelled' ? 'muted' : 'bad'}>
            {count(states[state] ?? 0)} {words(state)}
          </Badge>
        ))}
      </p>
    </section>
  );
}

/** Retry and cancel of all its jobs together. */
function Orders({ batch: { requestId, open } }: { batch: RequestStatus }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: ['batch', requestId] });
  const retry = useMutation({ mutationFn: () => client.requests.retry(requestId), onSettled: refresh });
  const cancel = useMutation({
    mutationFn: () => client.requests.cancel(requestId),
    onSettled: refresh,
    onSuccess: () => setAsks(false),
  });
  return (
    <>
      <p role="status" className="text-sm text-muted empty:hidden">
        {retry.data !== undefined && toldOf(retry.data)}
        {cancel.data !== undefined && `${plural(cancel.data.cancelled, 'job')} cancelled.`}
      </p>
      {retry.error !== null && <ErrorNote error={retry.error} />}
      <Button onPress={() => retry.mutate()} isPending={retry.isPending}>
        <RotateCcw size={15} aria-hidden /> Retry what failed
      </Button>
      {open > 0 && (
        <Button look="danger" onPress={() => setAsks(true)}>
          <Ban size={15} aria-hidden /> Cancel
        </Button>
      )}
      <Window title="Cancel the open jobs of this batch?" isOpen={asks} onClose={() => setAsks(false)}>
        <p className="mb-4 text-sm">
          {plural(open, 'job')} would end without a report. What has ended keeps its report.
        </p>
        {cancel.error !== null && <ErrorNote error={cancel.error} />}
        <div className="mt-4 flex justify-end gap-2">
          <Button onPress={() => setAsks(false)}>Let them go on</Button>
          <Button look="danger" onPress={() => cancel.mutate()} isPending={cancel.isPending}>
            Cancel them
          </Button>
        </div>
      </Window>
    </>
  );
}

function toldOf({ jobs, tasks, lastDueMs }: { jobs: number; tasks: number; lastDueMs: number | null }): string {
  if (tasks === 0) return 'Nothing had failed.';
  const last = lastDueMs === null ? '' : `, the last one in ${duration(Math.max(0, lastDueMs - Date.now()))}`;
  return `${plural(tasks, 'task')} of ${plural(jobs, 'job')} are tried again${last}.`;
}
