import type { JobId } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useReach } from './reach.tsx';

/** The report of a job, whose newest revision is `newest` (0: none), in the one that is wanted; until it is read, the one before. */
export function useReport(jobId: JobId, newest: number, wanted: number) {
  const { client } = useReach();
  const isOld = Number.isInteger(wanted) && wanted > 0 && wanted < newest;
  return useQuery({
    queryKey: ['report', jobId, isOld ? wanted : newest],
    queryFn: ({ signal }) => (isOld ? client.reportRevision(jobId, wanted, signal) : client.report(jobId, signal)),
    enabled: newest > 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
}
