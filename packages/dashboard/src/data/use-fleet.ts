import type { FleetMessage, FleetView } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { applyFleet } from './fleet-view.ts';
import { useReach } from './reach.tsx';
import { followStream, type StreamState } from './stream.ts';

const POLL_MS = 3_000;
const SLOW_MS = 10_000;
const KEPT_SAMPLES = 240;

/** One look at the fleet, for charts. */
export interface Sample {
  atMs: number;
  ended: number;
  waiting: number;
  active: number;
  oldestMs: number;
}

/** How the fleet is: for an operator by its stream, for others, and while the stream is away, by asking. */
export function useFleet(isOperator: boolean) {
  const { client, lines } = useReach();
  const [view, setView] = useState<FleetView | null>(null);
  const [staleMs, setStale] = useState<number | null>(null);
  const [stream, setStream] = useState<StreamState>('connecting');
  useEffect(() => {
    if (!isOperator) return;
    return followStream<FleetMessage>({
      read: (signal) => lines.watchFleet(signal),
      onState: setStream,
      onMessage(message) {
        setStale(message.type === 'stale' ? message.sinceMs : null);
        setView((held) => applyFleet(held, message));
      },
    });
  }, [isOperator, lines]);
  const isLive = stream === 'open' && view !== null && staleMs === null;
  const stats = useQuery({
    queryKey: ['stats'],
    queryFn: ({ signal }) => client.stats(signal),
    refetchInterval: isLive ? SLOW_MS : POLL_MS,
  });
  const quotas = useQuery({
    queryKey: ['quotas'],
    queryFn: ({ signal }) => client.quotas(signal),
    refetchInterval: POLL_MS,
  });
  const cache = useQuery({
    queryKey: ['cache'],
    queryFn: ({ signal }) => client.cacheStats(signal),
    refetchInterval: SLOW_MS,
  });
  const day = useQuery({
    queryKey: ['tenant-stats'],
    queryFn: ({ signal }) => client.tenantStats({}, signal),
    refetchInterval: SLOW_MS,
  });
  const live = isLive ? view : null;
  const workers = live === null ? (stats.data?.workers ?? []) : Object.values(live.workers);
  const queues = live?.queues ?? stats.data?.queues ?? {};
  const jobs = live?.jobs ?? stats.data?.jobs;
  const alerts = Object.values(live?.alerts ?? {});
  return { stats, quotas, cache, day, workers, queues, jobs, alerts, isLive, staleMs };
}

export type Fleet = ReturnType<typeof useFleet>;

/** What was seen since the page was opened. */
export function useSamples({ jobs, queues }: Pick<Fleet, 'jobs' | 'queues'>): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const latest = useRef({ jobs, queues });
  latest.current = { jobs, queues };
  const has = jobs !== undefined;
  useEffect(() => {
    if (!has) return;
    const take = () => {
      const sample = sampleOf(latest.current, Date.now());
      if (sample !== null) setSamples((held) => [...held, sample].slice(-KEPT_SAMPLES));
    };
    take();
    const timer = setInterval(take, POLL_MS);
    return () => clearInterval(timer);
  }, [has]);
  return samples;
}

function sampleOf({ jobs, queues }: Pick<Fleet, 'jobs' | 'queues'>, atMs: number): Sample | null {
  if (jobs === undefined) return null;
  const all = Object.values(queues);
  const sum = (of: (queue: (typeof all)[number]) => number) => all.reduce((total, queue) => total + of(queue), 0);
  return {
    atMs,
    ended: Object.values(jobs.ended).reduce((total, amount) => total + amount, 0),
    waiting: sum(({ waiting, delayed }) => waiting + delayed),
    active: sum(({ active }) => active),
    oldestMs: Math.max(0, ...all.map(({ oldestWaitingMs }) => oldestWaitingMs)),
  };
}
