import { Layers } from 'lucide-react';
import { mayBe, useSession } from '../../app/session.tsx';
import { usePages } from '../../data/pages.ts';
import { useReach } from '../../data/reach.tsx';
import { LinkButton } from '../../parts/button.tsx';
import { PageHead } from '../../parts/card.tsx';
import { count } from '../../parts/format.ts';
import { Link } from '../../parts/link.tsx';
import { Empty } from '../../parts/note.tsx';
import { PagedTable } from '../../parts/paged-table.tsx';
import { Hostile } from '../../parts/text.tsx';
import { Ago, useNow } from '../../parts/time.tsx';
import { ListTabs } from '../jobs/list-tabs.tsx';
import { NotForYou } from '../jobs/not-for-you.tsx';

/** What was submitted together, newest first. */
export function Batches() {
  return mayBe(useSession(), 'analyst') ? <List /> : <NotForYou />;
}

function List() {
  const session = useSession();
  const { client, tenant = session.tenant } = useReach();
  const now = useNow(10_000);
  const query = usePages({
    queryKey: ['batches'],
    read: (cursor, signal) => client.requests.page({ cursor, limit: 100 }, signal),
    everyMs: 10_000,
  });
  return (
    <>
      <PageHead title="Batches">
        <LinkButton to="/" look="primary">
          Submit mails
        </LinkButton>
      </PageHead>
      <ListTabs />
      <PagedTable
        title="Submitted together"
        label="Batches"
        heads={['Batch', 'Jobs', 'Submitted']}
        width=""
        aside={count}
        query={query}
        // Who may see all tenants is told of all where none is named: others have pages of their own.
        isShown={(each) => each.tenant === tenant}
        row={({ requestId, name, jobs, createdMs }) => (
          <tr key={requestId}>
            <td>
              <Link
                to={`/jobs?batch=${requestId}`}
                className="inline-block min-h-6 font-medium text-accent hover:underline"
              >
                {name === null ? 'without a name' : <Hostile>{name}</Hostile>}
              </Link>
              <span className="block font-mono text-xs text-muted">{requestId}</span>
            </td>
            <td className="tabular-nums">{count(jobs)}</td>
            <td className="whitespace-nowrap text-muted">
              <Ago ms={createdMs} now={now} />
            </td>
          </tr>
        )}
        empty={
          <Empty icon={Layers} title="No batch yet">
            <p>Drop several mails at once, an mbox or a zip: they become one batch, with one progress for all.</p>
          </Empty>
        }
      />
    </>
  );
}
