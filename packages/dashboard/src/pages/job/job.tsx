import { isTerminal, JobId } from '@sluice/contracts';
import { Outlet, useParams } from 'react-router';
import { mayBe, useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import type { StreamState } from '../../data/stream.ts';
import { useReport } from '../../data/use-report.ts';
import { useRun } from '../../data/use-run.ts';
import { useAddress } from '../../parts/address.ts';
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
  const [params] = useAddress();
  const newest = run?.status.revision ?? 0;
  const wanted = Number(params.get('revision') ?? newest);
  const { data: report = null, error: reportError } = useReport(jobId, newest, wanted);
  if (run === null) {
    return error === null ? <Loading what="Looking for the job" /> : <Missing error={error} />;
  }
  const context: JobContext = { jobId, run, report };
  return (
    <>
      <JobHead {...context} />
      <LostStream stream={stream} isOver={isTerminal(run.status.state)} />
      {reportError !== null && (
        <div className="mb-4">
          <ErrorNote error={reportError} what="The report" />
        </div>
      )}
      <PipelineProgress run={run} />
      <JobTabs {...context} />
      <Outlet context={context} />
    </>
  );
}

function Missing({ error }: { error: Error }) {
  const session = useSession();
  const { isOperator } = session;
  const { tenant = session.tenant } = useReach();
  return (
    <>
      <PageHead title="A job" />
      <ErrorNote error={error} />
      {isOperator && (
        <p className="mt-3 text-sm text-muted">
          You see the jobs of {tenant}. Of another tenant, choose it at the top of the page first.
        </p>
      )}
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
  const [params] = useAddress();
  const revision = params.get('revision');
  const base = `/jobs/${jobId}`;
  const chosen = (to: string) => (revision === null ? to : `${to}?revision=${encodeURIComponent(revision)}`);
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
  return (
    <TabLinks
      label="Parts of the job"
      tabs={tabs.filter((tab) => tab !== false).map((tab) => ({ ...tab, to: chosen(tab.to) }))}
    />
  );
}
