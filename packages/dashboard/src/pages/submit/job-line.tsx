import { isTerminal, Verdict } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useReach } from '../../data/reach.tsx';
import { StateBadge, VerdictBadge } from '../../parts/badge.tsx';
import { wayOf } from '../../parts/format.ts';
import { StageBar } from '../../parts/stage-bar.tsx';

const LOOK_AGAIN_MS = 1_500;

/** A job in one line: how far it is, and its verdict when it has one. */
export function JobLine({ jobId }: { jobId: string }) {
  const { client } = useReach();
  const { data } = useQuery({
    queryKey: ['job', jobId, 'status'],
    queryFn: ({ signal }) => client.status(jobId, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && isTerminal(state.data.state) ? false : LOOK_AGAIN_MS),
  });
  const verdict = Verdict.safeParse(data?.summary?.verdict).data ?? null;
  return <JobFate jobId={jobId} state={data?.state ?? 'queued'} verdict={verdict} percent={data?.percent} />;
}

interface FateProps {
  jobId: string;
  state: string;
  verdict: Verdict | null;
  percent?: number | undefined;
}

export function JobFate({ jobId, state, verdict, percent = wayOf(state) }: FateProps) {
  if (verdict !== null) return <VerdictBadge verdict={verdict} />;
  return (
    <span className="flex items-center gap-3">
      {!isTerminal(state) && <StageBar percent={percent} label={`Progress of ${jobId}`} />}
      <StateBadge state={state} />
    </span>
  );
}
