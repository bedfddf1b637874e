import type { JobsMessage } from '@sluice/contracts';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { applyJobs, hasGap, type Live, mergeJobs } from './job-list.ts';
import { type JobFilter, listJobs } from './jobs.ts';
import { useReach } from './reach.tsx';
import { followStream, type StreamState } from './stream.ts';

/** What a stream says of mails is not in it: subjects come with the list. */
const HEAD_MS = 5_000;
const FALLBACK_MS = 2_000;
const GATHER_MS = 250;
const NOTHING: Live = new Map();

/** The jobs that a filter names, newest first, page by page; what changes is seen as it happens. */
export function useJobs(filter: JobFilter, tenant: string) {
  const { client } = useReach();
  const { live, stream } = useJobStream();
  const older = useInfiniteQuery({
    queryKey: ['jobs', filter],
    queryFn: ({ pageParam, signal }) => listJobs(client, filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const head = useQuery({
    queryKey: ['jobs-head', filter],
    queryFn: ({ signal }) => listJobs(client, filter, undefined, signal),
    refetchInterval: stream === 'open' ? HEAD_MS : FALLBACK_MS,
    enabled: older.isSuccess,
  });
  const pages = older.data?.pages;
  const newest = head.data?.items;
  const known = useMemo(() => pages?.flatMap(({ items }) => items) ?? [], [pages]);
  const { isFetching, refetch } = older;
  const isGapped = hasGap(newest ?? [], known);
  useEffect(() => {
    if (isGapped && !isFetching) void refetch();
  }, [isGapped, isFetching, refetch]);
  const jobs = useMemo(
    () => mergeJobs({ newest: newest ?? [], known, live, filter, tenant }),
    [newest, known, live, filter, tenant],
  );
  return { jobs, older, stream, isFresh: head.error === null, error: older.error ?? head.error };
}

function useJobStream(): { live: Live; stream: StreamState } {
  const { lines } = useReach();
  const queries = useQueryClient();
  const [live, setLive] = useState(NOTHING);
  const [stream, setStream] = useState<StreamState>('connecting');
  useEffect(() => {
    const gathered: JobsMessage[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = () => {
      timer = undefined;
      const messages = gathered.splice(0);
      setLive((held) => applyJobs(held, messages));
      const isNews = messages.some(({ type }) => type === 'deltas');
      if (isNews) void queries.invalidateQueries({ queryKey: ['jobs-head'] }, { cancelRefetch: false });
    };
    const leave = followStream<JobsMessage>({
      read: (signal) => lines.watchJobs(signal),
      onState: setStream,
      onMessage(message) {
        gathered.push(message);
        timer ??= setTimeout(take, GATHER_MS);
      },
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [queries, lines]);
  return { live, stream };
}
