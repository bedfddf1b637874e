import { isTerminal, type Report } from '@sluice/contracts';
import { FileSearch, SearchX } from 'lucide-react';
import { mayBe, useSession } from '../../app/session.tsx';
import { Card, Fact, Facts } from '../../parts/card.tsx';
import { duration, momentOf, words } from '../../parts/format.ts';
import { Empty } from '../../parts/note.tsx';
import { Copy, Hostile } from '../../parts/text.tsx';
import { type JobContext, useJob } from './context.ts';
import { Authentication } from './authentication.tsx';
import { Attachments } from './attachments.tsx';
import { Changes } from './changes.tsx';
import { OperatorHand } from './operator.tsx';
import { Reasons } from './reasons.tsx';
import { Revisions } from './revisions.tsx';
import { Said } from './said.tsx';
import { TopLinks } from './top-links.tsx';

/** The verdict and why: reasons by weight, each with its evidence; and what was not examined. */
export function Overview() {
  const context = useJob();
  const isAnalyst = mayBe(useSession(), 'analyst');
  const { report, run, jobId } = context;
  if (report === null) return <NotYet {...context} />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.7fr)_minmax(0,1fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <Revisions />
        <p className="rounded-xl border-l-4 border-accent bg-surface px-4 py-3">
          <Hostile>{report.summary}</Hostile>
        </p>
        {report.changes !== null && <Changes changes={report.changes} revision={report.revision} />}
        <Reasons findings={report.findings} />
        <Missing missing={report.missing} />
        <Withheld withheld={report.withheld ?? []} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        {isAnalyst && <Said {...context} />}
        {report.operator !== undefined && <OperatorHand operator={report.operator} />}
        <TopLinks jobId={jobId} visits={report.visits} />
        {report.authentication !== null && <Authentication authentication={report.authentication} />}
        {report.subject.kind === 'mail' && <Attachments files={report.subject.attachments} />}
        <About {...context} run={run} />
      </div>
    </div>
  );
}

function NotYet({ run: { status } }: JobContext) {
  const isOver = isTerminal(status.state);
  return (
    <div className="rounded-xl border border-line bg-surface">
      {isOver ? (
        <Empty icon={SearchX} title={`The job is ${status.state}: there is no report`}>
          <p>
            {status.error?.message ?? 'It ended before there was anything to say.'} Under Run you see how far it came.
          </p>
        </Empty>
      ) : (
        <Empty icon={FileSearch} title="The verdict comes here by itself">
          <p>Now: {words(status.state)}. Above you see what is done and what goes on.</p>
        </Empty>
      )}
    </div>
  );
}

function Missing({ missing }: { missing: Report['missing'] }) {
  if (missing.length === 0) return null;
  return (
    <Card title="What was not examined" aside={`${missing.length}`}>
      <Unexamined entries={missing} />
      <p className="mt-3 text-sm text-muted">
        What time may heal is asked again by itself; then the report gets a new revision.
      </p>
    </Card>
  );
}

/** Left out on purpose: nothing of it is tried again. */
function Withheld({ withheld }: { withheld: Report['missing'] }) {
  if (withheld.length === 0) return null;
  return (
    <Card title="What was left out on purpose" aside={`${withheld.length}`}>
      <Unexamined entries={withheld} />
    </Card>
  );
}

function Unexamined({ entries }: { entries: Report['missing'] }) {
  return (
    <ul className="flex flex-col gap-2 text-sm">
      {entries.map(({ what, why }, at) => (
        <li key={at}>
          <Hostile className="font-medium">{what}</Hostile>
          <span className="text-muted">
            {' '}
            – <Hostile>{why}</Hostile>
          </span>
        </li>
      ))}
    </ul>
  );
}

function About({ report, run: { status } }: JobContext) {
  const subject = report?.subject;
  const took = status.endedMs === null ? null : status.endedMs - status.createdMs;
  return (
    <Card title="About this job">
      <Facts>
        {subject?.kind === 'mail' && (
          <>
            <Fact name="Date">{subject.date === null ? 'none' : <Hostile>{momentOf(subject.date)}</Hostile>}</Fact>
            <Fact name="Message-ID">
              <Hostile className="font-mono text-xs">{subject.messageId ?? 'none'}</Hostile>
            </Fact>
            <Fact name="SHA-256">
              <span className="font-mono text-xs">{subject.sha256}</span>{' '}
              <Copy text={subject.sha256} label="Copy the SHA-256 of the mail" />
            </Fact>
          </>
        )}
        <Fact name="Pipeline">{words(status.pipeline)}</Fact>
        <Fact name="Revision">{report?.revision ?? status.revision}</Fact>
        {took !== null && <Fact name="First report">{duration(took)} after submission</Fact>}
        {report?.limits.map(({ message }, at) => (
          <Fact key={at} name="Bound hit">
            {message}
          </Fact>
        ))}
        {report?.defects.map((defect, at) => (
          <Fact key={at} name="Bad form">
            <Hostile>{defect}</Hostile>
          </Fact>
        ))}
      </Facts>
    </Card>
  );
}
