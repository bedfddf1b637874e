import type { TenantStats } from '@sluice/contracts';
import { useQueries } from '@tanstack/react-query';
import { useNow } from '../parts/time.tsx';
import { useReach } from './reach.tsx';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const LOOK_AGAIN_MS = 15_000;

export interface Hour {
  atMs: number;
  stats: TenantStats | null;
}

/** The tenant's last day, hour by hour, the oldest first. Hours that are over are asked once. `isPending`: some are not known yet. */
export function useDay(): { hours: readonly Hour[]; isPending: boolean; error: Error | null } {
  const { client } = useReach();
  const now = useNow(60_000);
  const current = Math.floor(now / HOUR_MS) * HOUR_MS;
  const starts = Array.from({ length: HOURS }, (_, at) => current - (HOURS - 1 - at) * HOUR_MS);
  return useQueries({
    queries: starts.map((sinceMs) => ({
      queryKey: ['hour', sinceMs],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        client.tenantStats({ sinceMs, untilMs: sinceMs + HOUR_MS }, signal),
      staleTime: sinceMs === current ? 0 : HOUR_MS,
      refetchInterval: sinceMs === current ? LOOK_AGAIN_MS : (false as const),
    })),
    combine: (answers) => ({
      hours: answers.map(({ data = null }, at) => ({ atMs: starts[at] ?? 0, stats: data })),
      isPending: answers.some(({ isPending }) => isPending),
      error: answers.find(({ error }) => error !== null)?.error ?? null,
    }),
  });
}
