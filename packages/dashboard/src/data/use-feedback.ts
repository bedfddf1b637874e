import type { Feedback, JobId } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useReach } from './reach.tsx';

const keyOf = (jobId: JobId) => ['feedback', jobId];

/** What analysts said of a mail, the newest first. */
export function useFeedback(jobId: JobId) {
  const { client } = useReach();
  return useQuery({
    queryKey: keyOf(jobId),
    queryFn: ({ signal }) => client.feedback.list(jobId, signal),
    staleTime: 10_000,
  });
}

type Word = Pick<Feedback, 'verdict'> & { category?: NonNullable<Feedback['category']>; note?: string };

export function useGiveFeedback(jobId: JobId) {
  const { client } = useReach();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (word: Word) => client.feedback.give(jobId, word),
    onSuccess: () => void queries.invalidateQueries({ queryKey: keyOf(jobId) }),
  });
}
