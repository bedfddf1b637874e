import type { DeadLetter, TaskAttempt } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '../../parts/link.tsx';
import { useReach } from '../../data/reach.tsx';
import { useSession } from '../../app/session.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Fact, Facts } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { duration, plural } from '../../parts/format.ts';
import { ErrorNote, Loading } from '../../parts/note.tsx';
import { Moment } from '../../parts/time.tsx';
import { LETTER_TONES } from './letter-table.tsx';
import type { Order } from './order-dialog.tsx';

interface Props {
  id: string | null;
  onClose: () => void;
  onOrder: (order: Order) => void;
}

/** One letter with the story of every attempt. */
export function Inspect({ id, onClose, onOrder }: Props) {
  const { client } = useReach();
  const { data, error } = useQuery({
    queryKey: ['letters', 'one', id],
    queryFn: ({ signal }) => client.admin.deadLetters.find(id ?? '', signal),
    enabled: id !== null,
    refetchInterval: 4_000,
  });
  return (
    <Window
      title={data?.id === id && data !== undefined ? data.name : 'A dead letter'}
      isOpen={id !== null}
      onClose={onClose}
      isSheet
    >
      {error !== null ? (
        <ErrorNote error={error} />
      ) : data === undefined ? (
        <Loading what="Reading the letter" />
      ) : (
        <Story letter={data} onOrder={onOrder} />
      )}
    </Window>
  );
}

function Story({ letter, onOrder }: { letter: DeadLetter; onOrder: Props['onOrder'] }) {
  const { id, state, error, task, attempts, payload } = letter;
  const ask = (action: Order['action']) => onOrder({ action, filter: { ids: [id] }, about: `the task ${task}` });
  const isOpen = state === 'scheduled' || state === 'parked';
  return (
    <>
      <p className="mb-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
        {error.message} <span className="font-mono text-xs">{error.code}</span>
      </p>
      {isOpen && (
        <div className="mb-4 flex gap-2">
          <Button look="primary" onPress={() => ask('requeue')}>
            Requeue
          </Button>
          <Button look="danger" onPress={() => ask('discard')}>
            Discard
          </Button>
        </div>
      )}
      <About letter={letter} />
      <h3 className="mt-5 mb-2 font-semibold">Attempts</h3>
      <ol className="flex flex-col gap-2">
        {attempts.map((attempt, at) => (
          <li key={at} className="rounded-lg border border-line px-3 py-2 text-sm">
            <Attempt attempt={attempt} />
          </li>
        ))}
      </ol>
      <details className="mt-4 text-sm">
        <summary className="min-h-6 cursor-pointer text-muted">Payload (references only)</summary>
        <pre
          className="mt-2 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs whitespace-pre-wrap"
          tabIndex={0}
          aria-label="Payload"
        >
          {JSON.stringify(payload, null, 2)}
        </pre>
      </details>
    </>
  );
}

function About({ letter }: { letter: DeadLetter }) {
  const { tenant: own } = useSession();
  const { state, reason, jobId, task, tenant, pool, stage, redrives, nextMs, fingerprint } = letter;
  return (
    <Facts>
      <Fact name="State">
        <Badge tone={LETTER_TONES[state]}>{state}</Badge> <span className="text-muted">{reason}</span>
      </Fact>
      <Fact name="Job">
        <Link
          to={`/jobs/${jobId}/run`}
          tenant={tenant === own ? undefined : tenant}
          className="font-mono text-xs text-accent hover:underline"
        >
          {jobId}
        </Link>
      </Fact>
      <Fact name="Task">
        <span className="font-mono text-xs">{task}</span>
      </Fact>
      <Fact name="Where">
        {stage}, pool {pool}, tenant {tenant}
      </Fact>
      <Fact name="First failed">
        <Moment ms={letter.firstFailedMs} />
      </Fact>
      <Fact name="Last failed">
        <Moment ms={letter.lastFailedMs} />
      </Fact>
      <Fact name="Redriven">{plural(redrives, 'time')}</Fact>
      {nextMs !== null && (
        <Fact name="Next try">
          <Moment ms={nextMs} />
        </Fact>
      )}
      <Fact name="Fingerprint">
        <span className="font-mono text-xs">{fingerprint}</span>
      </Fact>
    </Facts>
  );
}

function Attempt({
  attempt: { generation, number, startedMs, endedMs, worker, code, message, internal, stack },
}: {
  attempt: TaskAttempt;
}) {
  return (
    <>
      <p className="flex flex-wrap gap-x-3">
        <span className="font-medium">
          {generation}.{number}
        </span>
        <Moment ms={endedMs} />
        {startedMs !== null && <span className="text-muted">after {duration(endedMs - startedMs)}</span>}
        <span className="font-mono text-xs text-muted">{worker}</span>
      </p>
      <p>
        {message} <span className="font-mono text-xs text-muted">{code}</span>
      </p>
      {internal !== undefined && (
        <p className="mt-1 font-mono text-xs [overflow-wrap:anywhere] text-muted">{internal}</p>
      )}
      {stack !== undefined && (
        <pre
          className="mt-1 overflow-auto font-mono text-xs whitespace-pre-wrap text-muted"
          tabIndex={0}
          aria-label="Stack"
        >
          {stack}
        </pre>
      )}
    </>
  );
}
