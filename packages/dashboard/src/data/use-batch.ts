import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { batchRows } from './batch.ts';
import { useReach } from './reach.tsx';

const LOOK_AGAIN_MS = 1_500;
const PAGE = 500;

/** How a batch stands, and each of its jobs. `isListed`: whether subjects and senders may be asked for. */
export function useBatch(batch: string, isListed: boolean) {
  const { client } = useReach();
  const status = useInfiniteQuery({
    queryKey: ['batch', batch],
    queryFn: ({ pageParam, signal }) => client.requests.status(batch, { cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.open === 0 ? false : LOOK_AGAIN_MS),
  });
  const newest = status.data?.pages[0];
  const subjects = useQuery({
    queryKey: ['batch', batch, 'subjects'],
    queryFn: ({ signal }) => Array.fromAsync(client.jobs.each({ requestId: batch, limit: PAGE }, signal)),
    enabled: isListed,
    refetchInterval: newest?.open === 0 ? false : LOOK_AGAIN_MS * 2,
  });
  const pages = status.data?.pages;
  const listed = subjects.data;
  const jobs = useMemo(() => {
    if (newest === undefined) return [];
    const byId = new Map(listed?.map((job) => [job.jobId, job]));
    const items = pages?.flatMap(({ items: each }) => each) ?? [];
    return batchRows(items, byId, { tenant: newest.tenant, createdMs: newest.createdMs });
  }, [newest, pages, listed]);
  return { batch: newest, jobs, status };
}
