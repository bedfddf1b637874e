import { Inbox, SearchX } from 'lucide-react';
import { useSearchParams } from 'react-router';
import { JOB_FILTERS, type JobFilter } from '../../data/jobs.ts';
import { useJobs } from '../../data/use-jobs.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { PageHead } from '../../parts/card.tsx';
import { count } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { mayBe, useSession } from '../../app/session.tsx';
import { Filters } from './filters.tsx';
import { JobTable } from './table.tsx';

/** All jobs of the tenant, live. What is searched for stands in the address. */
export function Jobs() {
  const session = useSession();
  return mayBe(session, 'analyst') ? <List tenant={session.tenant} /> : <NotForYou />;
}

function List({ tenant }: { tenant: string }) {
  const [params, setParams] = useSearchParams();
  const filter = filterIn(params);
  const { jobs, older, isFresh, error } = useJobs(filter, tenant);
  const change = (next: JobFilter) => setParams(new URLSearchParams(given(next)), { replace: true });
  const isFiltered = Object.keys(filter).length > 0;
  const told = older.isSuccess ? `${count(jobs.length)}${older.hasNextPage ? ' newest shown' : ' found'}` : '';
  return (
    <>
      <PageHead title="Jobs">
        <span className="text-sm text-muted" role="status">
          {told}
          {!isFresh && ' · not up to date: the list does not answer just now'}
        </span>
        <LinkButton to="/" look="primary">
          Submit a mail
        </LinkButton>
      </PageHead>
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

function given(filter: JobFilter): [string, string][] {
  return Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
}

function NotForYou() {
  return (
    <>
      <PageHead title="Jobs" />
      <Empty icon={Inbox} title="Your key submits, and reads what it has submitted">
        <p className="mb-3">To list and search the jobs of the tenant, ask an admin for a key of the role analyst.</p>
        <LinkButton to="/">Submit a mail</LinkButton>
      </Empty>
    </>
  );
}
