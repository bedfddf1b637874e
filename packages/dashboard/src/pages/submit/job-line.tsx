import { isTerminal, Verdict } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { client } from '../../data/client.ts';
import { StateBadge, VerdictBadge } from '../../parts/badge.tsx';
import { StageBar } from '../../parts/stage-bar.tsx';

const LOOK_AGAIN_MS = 1_500;

/** A job in one line: how far it is, and its verdict when it has one. */
export function JobLine({ jobId }: { jobId: string }) {
  const { data } = useQuery({
    queryKey: ['job', jobId, 'status'],
    queryFn: ({ signal }) => client.status(jobId, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && isTerminal(state.data.state) ? false : LOOK_AGAIN_MS),
  });
  if (data === undefined) return <StateBadge state="queued" />;
  const verdict = Verdict.safeParse(data.summary?.verdict);
  if (verdict.success) return <VerdictBadge verdict={verdict.data} />;
  return (
    <span className="flex items-center gap-3">
      <StageBar percent={data.percent} label={`Progress of ${jobId}`} />
      <StateBadge state={data.state} />
    </span>
  );
}
