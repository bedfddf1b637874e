import { isTerminal } from '@sluice/contracts';
import { Link } from '../../parts/link.tsx';
import { Badge, StateBadge } from '../../parts/badge.tsx';
import { duration, words } from '../../parts/format.ts';
import { defang, plain } from '../../parts/hostile.ts';
import { Hostile } from '../../parts/text.tsx';
import { Moment, useNow } from '../../parts/time.tsx';
import { Actions } from './actions.tsx';
import type { JobContext } from './context.ts';
import { VerdictDial } from './verdict-dial.tsx';

/** What the job is about, its verdict, and what can be done with it. */
export function JobHead(context: JobContext) {
  const { run, report, jobId } = context;
  const { status } = run;
  const isOver = isTerminal(status.state);
  const now = useNow(500, !isOver);
  const title = titleOf(context);
  const tookMs = (status.endedMs ?? now) - status.createdMs;
  const leftMs = status.estimatedCompletionMs === null ? null : status.estimatedCompletionMs - now;
  return (
    <div className="mb-4">
      <title>{`${plain(title)} · Sluice`}</title>
      <nav aria-label="Way back" className="mb-2 text-sm text-muted">
        <Link to="/jobs" className="inline-block min-h-6 hover:underline">
          Jobs
        </Link>{' '}
        / <span className="font-mono text-xs">{jobId}</span>
      </nav>
      <div className="grid items-center gap-5 rounded-2xl border border-line bg-surface p-5 lg:grid-cols-[auto_minmax(0,1fr)_auto]">
        <VerdictDial report={report} status={status} />
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight text-balance">
            <Hostile>{title}</Hostile>
          </h1>
          <Sender {...context} />
          <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
            <StateBadge state={status.state} />
            {report?.partial === true && <Badge tone="warn">partial</Badge>}
            {status.revision > 1 && <Badge tone="accent">revision {status.revision}</Badge>}
            <span>
              <Moment ms={status.createdMs} />
            </span>
            <span>
              {isOver ? 'took' : 'for'} <span className="tabular-nums">{duration(tookMs)}</span>
            </span>
            {!isOver && leftMs !== null && leftMs > 0 && <span>about {duration(leftMs)} to go</span>}
            <span>{words(status.priority)} priority</span>
          </p>
          {status.error !== null && <p className="mt-2 text-sm text-bad">{status.error.message}</p>}
        </div>
        <Actions {...context} />
      </div>
    </div>
  );
}

function titleOf({ report, run }: JobContext): string {
  if (report?.subject.kind === 'observable') return defang(report.subject.value);
  if (report?.subject.kind === 'mail') return report.subject.subject ?? '(no subject)';
  return run.status.pipeline === 'email-scan' ? 'A mail at work' : `${words(run.status.pipeline)} at work`;
}

function Sender({ report }: JobContext) {
  if (report?.subject.kind !== 'mail') return null;
  const { from, to } = report.subject;
  const [first] = from;
  if (first === undefined) return <p className="mt-1 text-sm text-muted">It names no sender.</p>;
  return (
    <p className="mt-1 text-sm text-muted">
      from{' '}
      {first.name !== '' && (
        <>
          <Hostile className="text-text">{first.name}</Hostile>{' '}
        </>
      )}
      <Hostile className="font-mono text-[0.9em]">{first.address}</Hostile>
      {to[0] !== undefined && (
        <>
          {' '}
          to <Hostile className="font-mono text-[0.9em]">{to[0].address}</Hostile>
          {to.length > 1 && ` and ${to.length - 1} more`}
        </>
      )}
    </p>
  );
}
