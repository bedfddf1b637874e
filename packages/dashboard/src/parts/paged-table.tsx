import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Card } from './card.tsx';
import { ErrorNote, Loading } from './note.tsx';
import { Table } from './table.tsx';

interface Props<Item> {
  title: string;
  label: string;
  heads: readonly string[];
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>;
  /** What of it is shown; all where nothing is said. */
  isShown?: (item: Item) => boolean;
  row: (item: Item) => ReactNode;
  /** In the place of an empty table. */
  empty: ReactNode;
  aside?: (shown: number) => ReactNode;
  width?: string;
}

/** A list that is read page by page, newest first. */
export function PagedTable<Item>(props: Props<Item>) {
  const { title, label, heads, query, isShown = () => true, row, empty, aside, width } = props;
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  const items = data?.pages.flatMap((page) => page.items).filter(isShown) ?? [];
  return (
    <Card title={title} isFlush aside={data === undefined ? undefined : aside?.(items.length)}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <Loading what={`Reading: ${label.toLowerCase()}`} />}
      {data !== undefined && items.length === 0 && empty}
      {items.length > 0 && (
        <Table label={label} heads={heads} {...(width === undefined ? {} : { width })}>
          {items.map(row)}
        </Table>
      )}
      {hasNextPage && (
        <div className="p-3 text-center">
          <Button onPress={() => void fetchNextPage()} isPending={isFetchingNextPage}>
            Older ones
          </Button>
        </div>
      )}
    </Card>
  );
}
