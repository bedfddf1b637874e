import type { Feedback } from '@sluice/contracts';
import { useFeedback } from '../../data/use-feedback.ts';
import { VerdictBadge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Link } from '../../parts/link.tsx';
import { ErrorNote } from '../../parts/note.tsx';
import { Hostile } from '../../parts/text.tsx';
import { Moment } from '../../parts/time.tsx';
import type { JobContext } from './context.ts';
import { type Precedent, precedentsIn } from './precedents.ts';

/** What analysts said of this mail, and of others with the same evidence; nothing where nobody said anything. */
export function Said({ jobId, report }: JobContext) {
  const { data, error } = useFeedback(jobId);
  const said = data?.feedback ?? [];
  const precedents = precedentsIn(report?.findings ?? []);
  if (error !== null) return <ErrorNote error={error} what="What analysts say" />;
  if (said.length + precedents.length === 0) return null;
  return (
    <Card title="What analysts say">
      {said.length > 0 && (
        <ul aria-label="Of this mail" className="flex flex-col gap-3">
          {said.map((each, at) => (
            <Word key={each.id} word={each} isNewest={at === 0} />
          ))}
        </ul>
      )}
      {precedents.length > 0 && (
        <div className={said.length > 0 ? 'mt-4 border-t border-line pt-3' : ''}>
          <h3 className="mb-2 text-sm font-semibold">Of others with the same evidence</h3>
          <ul aria-label="Of others with the same evidence" className="flex flex-col gap-3 text-sm">
            {precedents.map((each) => (
              <Before key={each.jobId} precedent={each} />
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

function Word({ word: { verdict, category, note, by, at }, isNewest }: { word: Feedback; isNewest: boolean }) {
  return (
    <li className={`text-sm ${isNewest ? '' : 'opacity-80'}`}>
      <p className="flex flex-wrap items-center gap-2">
        <VerdictBadge verdict={verdict} />
        {category !== null && <span>{category}</span>}
        {!isNewest && <span className="text-xs text-muted">an earlier word</span>}
      </p>
      {note !== null && note !== '' && (
        <p className="mt-1 whitespace-pre-wrap">
          <Hostile>{note}</Hostile>
        </p>
      )}
      <p className="mt-0.5 text-xs text-muted">
        {by}, <Moment ms={Date.parse(at)} />
      </p>
    </li>
  );
}

/** A digest tells a person nothing. */
const DIGESTS = new Set(['text', 'file']);

function Before({ precedent: { verdict, day, jobId, same } }: { precedent: Precedent }) {
  return (
    <li>
      <p className="flex flex-wrap items-center gap-2">
        <VerdictBadge verdict={verdict} />
        <Link to={`/jobs/${jobId}`} className="inline-block min-h-6 text-accent hover:underline">
          judged on {day}
        </Link>
      </p>
      <ul className="mt-1 text-xs text-muted">
        {same.map(({ kind, value }) => (
          <li key={`${kind} ${value}`}>
            the same {kind} {!DIGESTS.has(kind) && <Hostile className="font-mono text-text">{value}</Hostile>}
          </li>
        ))}
      </ul>
    </li>
  );
}
