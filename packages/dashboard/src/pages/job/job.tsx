import { isTerminal, JobId } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams } from 'react-router';
import { mayBe, useSession } from '../../app/session.tsx';
import { client } from '../../data/client.ts';
import type { StreamState } from '../../data/stream.ts';
import { useRun } from '../../data/use-run.ts';
import { PageHead } from '../../parts/card.tsx';
import { ErrorNote, Loading } from '../../parts/note.tsx';
import { type Tab, TabLinks } from '../../parts/tabs.tsx';
import { NotFound } from '../not-found.tsx';
import type { JobContext } from './context.ts';
import { JobHead } from './head.tsx';
import { PipelineProgress } from './pipeline/pipeline-progress.tsx';

export function Job() {
  const { jobId } = useParams();
  const parsed = JobId.safeParse(jobId);
  return parsed.success ? <OneJob key={parsed.data} jobId={parsed.data} /> : <NotFound />;
}

function OneJob({ jobId }: { jobId: JobId }) {
  const { run, error, stream } = useRun(jobId);
  const revision = run?.status.revision ?? 0;
  const { data: report = null } = useQuery({
    queryKey: ['job', jobId, 'report', revision],
    queryFn: ({ signal }) => client.report(jobId, signal),
    enabled: revision > 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
  });
  if (run === null) {
    return error === null ? <Loading what="Looking for the job" /> : <Missing error={error} />;
  }
  const context: JobContext = { jobId, run, report };
  return (
    <>
      <JobHead {...context} />
      <LostStream stream={stream} isOver={isTerminal(run.status.state)} />
      <PipelineProgress run={run} />
      <JobTabs {...context} />
      <Outlet context={context} />
    </>
  );
}

function Missing({ error }: { error: Error }) {
  return (
    <>
      <PageHead title="A job" />
      <ErrorNote error={error} />
    </>
  );
}

function LostStream({ stream, isOver }: { stream: StreamState; isOver: boolean }) {
  if (isOver || stream !== 'away') return null;
  return (
    <p role="status" className="mb-3 rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">
      The stream of events is lost just now. The page asks every two seconds, and goes on where it was when the stream
      is back.
    </p>
  );
}

function JobTabs({ jobId, run, report }: JobContext) {
  const session = useSession();
  const base = `/jobs/${jobId}`;
  const isMail = run.status.pipeline === 'email-scan';
  const isAnalyst = mayBe(session, 'analyst');
  const tabs: (Tab | false)[] = [
    { to: base, label: 'Verdict' },
    isMail && isAnalyst && { to: `${base}/mail`, label: 'Mail' },
    { to: `${base}/links`, label: 'Links', count: report?.visits.length },
    { to: `${base}/answers`, label: 'What others say', count: report?.answers.length },
    { to: `${base}/indicators`, label: 'Indicators' },
    { to: `${base}/run`, label: 'Run', count: run.tasks.size === 0 ? undefined : run.tasks.size },
    isMail && isAnalyst && { to: `${base}/source`, label: 'Source' },
  ];
  return <TabLinks label="Parts of the job" tabs={tabs.filter((tab) => tab !== false)} />;
}
