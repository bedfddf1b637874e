import { useInfiniteQuery } from '@tanstack/react-query';
import { Layers } from 'lucide-react';
import { mayBe, useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { Button, LinkButton } from '../../parts/button.tsx';
import { Card, PageHead } from '../../parts/card.tsx';
import { count } from '../../parts/format.ts';
import { Link } from '../../parts/link.tsx';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { Table } from '../../parts/table.tsx';
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
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['batches'],
    queryFn: ({ pageParam, signal }) => client.requests.page({ cursor: pageParam, limit: 100 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 10_000,
  });
  // Who may see all tenants is told of all where none is named: others have pages of their own.
  const batches = data?.pages.flatMap(({ items }) => items).filter((each) => each.tenant === tenant) ?? [];
  return (
    <>
      <PageHead title="Batches">
        <LinkButton to="/" look="primary">
          Submit mails
        </LinkButton>
      </PageHead>
      <ListTabs />
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <Loading what="Reading the batches" />}
      {data !== undefined && (
        <Card title="Submitted together" isFlush aside={count(batches.length)}>
          {batches.length === 0 ? (
            <Empty icon={Layers} title="No batch yet">
              <p>Drop several mails at once, an mbox or a zip: they become one batch, with one progress for all.</p>
            </Empty>
          ) : (
            <Table label="Batches" heads={['Batch', 'Jobs', 'Submitted']}>
              {batches.map(({ requestId, name, jobs, createdMs }) => (
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
              ))}
            </Table>
          )}
        </Card>
      )}
      {hasNextPage && (
        <div className="p-3 text-center">
          <Button onPress={() => void fetchNextPage()} isDisabled={isFetchingNextPage}>
            Older ones
          </Button>
        </div>
      )}
    </>
  );
}
