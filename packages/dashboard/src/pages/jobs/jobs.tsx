import { Inbox, SearchX } from 'lucide-react';
import { useMemo } from 'react';
import { mayBe, useSession } from '../../app/session.tsx';
import { JOB_FILTERS, type JobFilter } from '../../data/jobs.ts';
import { useReach } from '../../data/reach.tsx';
import { useJobs } from '../../data/use-jobs.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { PageHead } from '../../parts/card.tsx';
import { count } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { useAddress } from '../../parts/address.ts';
import { Batch } from '../batches/batch.tsx';
import { Filters } from './filters.tsx';
import { ListTabs } from './list-tabs.tsx';
import { NotForYou } from './not-for-you.tsx';
import { JobTable } from './table.tsx';

/** All jobs of the tenant, live, or those of one batch. What is searched for stands in the address. */
export function Jobs() {
  const session = useSession();
  const { tenant = session.tenant } = useReach();
  const [params] = useAddress();
  const batch = params.get('batch');
  if (batch !== null) return <Batch key={batch} id={batch} />;
  return mayBe(session, 'analyst') ? <List tenant={tenant} /> : <NotForYou />;
}

const NO_FILTER = Object.fromEntries(JOB_FILTERS.map((name) => [name, undefined]));

function List({ tenant }: { tenant: string }) {
  const [params, changeAddress] = useAddress();
  const filter = useMemo(() => filterIn(params), [params]);
  const { jobs, older, stream, isFresh, error } = useJobs(filter, tenant);
  const change = (next: JobFilter) => changeAddress({ ...NO_FILTER, ...next });
  const isFiltered = Object.keys(filter).length > 0;
  const told = older.isSuccess ? `${count(jobs.length)}${older.hasNextPage ? ' newest shown' : ' found'}` : '';
  return (
    <>
      <PageHead title="Jobs">
        <span className="text-sm text-muted" role="status">
          {told}
          {isFresh ? stream === 'away' && ' · asked every two seconds' : ' · not up to date: the list does not answer'}
        </span>
        <LinkButton to="/" look="primary">
          Submit a mail
        </LinkButton>
      </PageHead>
      <ListTabs />
      <Filters filter={filter} onChange={change} />
      {error !== null && jobs.length === 0 ? (
        <ErrorNote error={error} onRetry={() => void older.refetch()} />
      ) : older.isPending ? (
        <Loading what="Reading the jobs" />
      ) : jobs.length === 0 ? (
        <div className="rounded-xl border border-line bg-surface">
          {isFiltered ? (
            <Empty icon={SearchX} title="No job is like that">
              <p className="mb-3">All that is named must hold. A job is found some seconds after it was submitted.</p>
              <Button onPress={() => change({})}>Take all filters away</Button>
            </Empty>
          ) : (
            <Empty icon={Inbox} title="No mail was submitted yet">
              <p className="mb-3">Drop a suspicious mail, and watch it being taken apart.</p>
              <LinkButton to="/" look="primary">
                Submit the first one
              </LinkButton>
            </Empty>
          )}
        </div>
      ) : (
        <JobTable
          jobs={jobs}
          hasMore={older.hasNextPage}
          isLoading={older.isFetchingNextPage}
          onMore={() => void older.fetchNextPage()}
        />
      )}
    </>
  );
}

function filterIn(params: URLSearchParams): JobFilter {
  return Object.fromEntries(
    JOB_FILTERS.map((name) => [name, params.get(name) ?? '']).filter(([, value]) => value !== ''),
  );
}
