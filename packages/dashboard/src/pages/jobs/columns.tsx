import { isTerminal, type JobListEntry } from '@sluice/contracts';
import { createColumnHelper, tableFeatures } from '@tanstack/react-table';
import { Link } from '../../parts/link.tsx';
import { StateBadge, VERDICT_TONES, VerdictBadge } from '../../parts/badge.tsx';
import { wayOf, words } from '../../parts/format.ts';
import { StageBar } from '../../parts/stage-bar.tsx';
import { Hostile } from '../../parts/text.tsx';

export const features = tableFeatures({});
const column = createColumnHelper<typeof features, JobListEntry>();

const TEXTS = { good: 'text-good', warn: 'text-warn', bad: 'text-bad', accent: '', muted: '' };

export const columns = column.columns([
  column.display({ id: 'verdict', header: 'Verdict', cell: ({ row }) => <Outcome job={row.original} /> }),
  column.display({ id: 'score', header: 'Score', cell: ({ row }) => <Score job={row.original} /> }),
  column.display({ id: 'subject', header: 'Subject and sender', cell: ({ row }) => <Subject job={row.original} /> }),
  column.display({ id: 'state', header: 'State', cell: ({ row }) => <State job={row.original} /> }),
  column.display({ id: 'age', header: 'Submitted', cell: () => null }),
]);

/** Where there is no verdict a narrow screen, which has no room for the state beside it, shows that here. */
function Outcome({ job: { jobId, state, verdict } }: { job: JobListEntry }) {
  if (verdict !== null) return <VerdictBadge verdict={verdict} />;
  return (
    <>
      <span className="hidden text-muted md:inline">–</span>
      <span className="md:hidden">
        {isTerminal(state) ? (
          <StateBadge state={state} />
        ) : (
          <StageBar percent={wayOf(state)} label={`${words(state)}: ${jobId}`} />
        )}
      </span>
    </>
  );
}

function Score({ job: { score, verdict } }: { job: JobListEntry }) {
  if (score === null) return <span className="text-muted">–</span>;
  const tone = verdict === null ? '' : TEXTS[VERDICT_TONES[verdict]];
  return <span className={`font-semibold tabular-nums ${tone}`}>{Math.floor(score)}</span>;
}

function Subject({ job: { jobId, subject, sender, pipeline } }: { job: JobListEntry }) {
  const fallback = pipeline === 'email-scan' ? '(no subject yet)' : words(pipeline);
  return (
    <span className="flex min-w-0 flex-col">
      <Link to={`/jobs/${jobId}`} className="truncate font-medium after:absolute after:inset-0 hover:underline">
        {subject === null || subject === '' ? (
          <span className="text-muted">{fallback}</span>
        ) : (
          <Hostile>{subject}</Hostile>
        )}
      </Link>
      <span className="truncate text-xs text-muted">{sender === null ? jobId : <Hostile>{sender}</Hostile>}</span>
    </span>
  );
}

function State({ job: { jobId, state, revision } }: { job: JobListEntry }) {
  return (
    <span className="flex items-center gap-2">
      <StateBadge state={state} />
      {!isTerminal(state) && <StageBar percent={wayOf(state)} label={`Progress of ${jobId}`} />}
      {revision > 1 && <span className="text-xs whitespace-nowrap text-muted">rev. {revision}</span>}
    </span>
  );
}
