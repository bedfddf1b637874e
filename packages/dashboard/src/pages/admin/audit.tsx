import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { Moment } from '../../parts/time.tsx';
import { Table } from '../../parts/table.tsx';

/** Who did what, newest first. */
export function Audit() {
  const { client, tenant: named } = useReach();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam, signal }) =>
      client.admin.audit.page({ limit: 100, cursor: pageParam, tenant: named }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const entries = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card title="Audit" isFlush>
      {error !== null && <ErrorNote error={error} />}
      {isPending && <Loading what="Reading the audit" />}
      {data !== undefined && entries.length === 0 && (
        <Empty icon={ScrollText} title="Nothing was changed yet">
          <p>What people change, and whose mail they read, stands here.</p>
        </Empty>
      )}
      {entries.length > 0 && (
        <Table label="Audit" heads={['When', 'Who', 'What', 'About', 'Tenant']}>
          {entries.map(({ id, atMs, actor, action, target, tenant }) => (
            <tr key={id}>
              <td className="whitespace-nowrap">
                <Moment ms={atMs} />
              </td>
              <td className="font-mono text-xs">{actor}</td>
              <td className="font-medium">{action}</td>
              <td className="font-mono text-xs [overflow-wrap:anywhere]">{target}</td>
              <td>{tenant ?? 'the fleet'}</td>
            </tr>
          ))}
        </Table>
      )}
      {hasNextPage && (
        <div className="p-3 text-center">
          <Button onPress={() => void fetchNextPage()} isDisabled={isFetchingNextPage}>
            Older ones
          </Button>
        </div>
      )}
    </Card>
  );
}
