import { useInfiniteQuery } from '@tanstack/react-query';

interface Page<Item> {
  items: Item[];
  next: string | null;
}

interface PagesConfig<Item> {
  queryKey: readonly unknown[];
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>;
  everyMs?: number;
}

/** A list that the fleet gives page by page, read further and further. */
export function usePages<Item>({ queryKey, read, everyMs }: PagesConfig<Item>) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}
