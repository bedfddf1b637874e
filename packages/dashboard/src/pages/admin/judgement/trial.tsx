import type { JudgementSay, SayTrial } from '@sluice/contracts';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useReach } from '../../../data/reach.tsx';
import { VerdictBadge } from '../../../parts/badge.tsx';
import { Button } from '../../../parts/button.tsx';
import { Window } from '../../../parts/dialog.tsx';
import { plural } from '../../../parts/format.ts';
import { Link } from '../../../parts/link.tsx';
import { ErrorNote } from '../../../parts/note.tsx';
import { Select } from '../../../parts/select.tsx';
import { Hostile } from '../../../parts/text.tsx';

const DAY_MS = 86_400_000;
const MOST_MAILS = 200;
const PERIODS = [
  ['1', 'the last day'],
  ['7', 'the last week'],
  ['30', 'the last 30 days'],
] as const;

/** What a draft would have made of past mails; nothing changes by it. */
export function Trial({ say, onClose }: { say: JudgementSay; onClose: () => void }) {
  const { client, tenant } = useReach();
  const [days, setDays] = useState('7');
  const trial = useMutation({
    mutationFn: () =>
      client.admin.judgement.try({ say, sinceMs: Date.now() - Number(days) * DAY_MS, limit: MOST_MAILS }, { tenant }),
  });
  return (
    <Window title="Try it on past mails" isOpen onClose={onClose} isSheet>
      <p className="text-sm text-muted">
        The newest mails, {MOST_MAILS} at most, are judged again with your draft. Nothing changes by it; it takes 20
        seconds at most.
      </p>
      <div className="my-4 flex flex-wrap items-end gap-3">
        <Select
          label="Mails of"
          value={days}
          onChange={setDays}
          options={PERIODS.map(([id, name]) => ({ id, name, text: name }))}
          className="w-52"
        />
        <Button look="primary" onPress={() => trial.mutate()} isPending={trial.isPending}>
          {trial.isPending ? 'Judging again …' : 'Try it'}
        </Button>
      </div>
      {trial.error !== null && <ErrorNote error={trial.error} />}
      <div role="status">{trial.data !== undefined && <Outcome trial={trial.data} />}</div>
    </Window>
  );
}

function Outcome({ trial: { tried, withoutRules, leftOut, changes } }: { trial: SayTrial }) {
  const gaps = [
    withoutRules > 0 &&
      `Of ${plural(withoutRules, 'mail')} the text is not kept any more: your rules could not read it.`,
    leftOut > 0 && `${plural(leftOut, 'job')} had no report that could be judged again in time.`,
  ].filter((gap) => gap !== false);
  return (
    <>
      <p className="font-semibold">
        {plural(tried, 'mail')} judged again: {changes.length === 0 ? 'no verdict' : plural(changes.length, 'verdict')}{' '}
        would change.
      </p>
      {gaps.map((gap) => (
        <p key={gap} className="mt-1 text-sm text-muted">
          {gap}
        </p>
      ))}
      <ul className="mt-3 flex flex-col gap-2">
        {changes.map((change) => (
          <Change key={change.jobId} change={change} />
        ))}
      </ul>
    </>
  );
}

function Change({ change: { jobId, subject, sender, from, to, because } }: { change: SayTrial['changes'][number] }) {
  return (
    <li className="rounded-lg border border-line px-3 py-2 text-sm">
      <p className="flex flex-wrap items-center gap-2">
        <VerdictBadge verdict={from.verdict} /> {Math.floor(from.score)}
        <span className="text-muted">would be</span>
        <VerdictBadge verdict={to.verdict} /> {Math.floor(to.score)}
      </p>
      <p className="mt-1">
        <Link
          to={`/jobs/${jobId}`}
          target="_blank"
          className="inline-block min-h-6 font-medium text-accent hover:underline"
        >
          {subject === null || subject === '' ? '(no subject)' : <Hostile>{subject}</Hostile>}
          <span className="sr-only"> in a new tab</span>
        </Link>
        {sender !== null && (
          <span className="block text-xs text-muted">
            <Hostile>{sender}</Hostile>
          </span>
        )}
      </p>
      {because.length > 0 && (
        <p className="mt-1 text-xs text-muted">
          Because: <Hostile>{because.join('; ')}</Hostile>
        </p>
      )}
    </li>
  );
}
