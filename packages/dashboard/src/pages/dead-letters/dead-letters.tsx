import type { DeadLetter, DeadLetterFilter, DeadLetterState } from '@sluice/contracts';
import { DEAD_LETTER_STATES } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { MailCheck, ShieldX } from 'lucide-react';
import { useState } from 'react';
import { mayBe, useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { useAddress } from '../../parts/address.ts';
import { Button } from '../../parts/button.tsx';
import { Card, PageHead } from '../../parts/card.tsx';
import { optionsOf, Select } from '../../parts/select.tsx';
import { duration, percent, plural } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { Groups } from './groups.tsx';
import { Inspect } from './inspect.tsx';
import { LetterTable } from './letter-table.tsx';
import { type Order, OrderDialog } from './order-dialog.tsx';

const POLL_MS = 4_000;
const NAMES = ['state', 'fingerprint', 'jobId', 'code'] as const;
const NO_FILTER = Object.fromEntries(NAMES.map((name) => [name, undefined]));

/** What did not come to an answer: by fault, one by one, and what is to be done with them. */
export function DeadLetters() {
  if (mayBe(useSession(), 'admin')) return <Desk />;
  return (
    <>
      <PageHead title="Dead letters" />
      <Empty icon={ShieldX} title="Only admins decide about dead letters">
        <p>What failed in one job stands on its page under Run; an analyst may retry it there.</p>
      </Empty>
    </>
  );
}

function Desk() {
  const { tenant } = useReach();
  const [params, change] = useAddress();
  const filter: DeadLetterFilter = Object.fromEntries(
    NAMES.map((name) => [name, params.get(name)]).filter(([, value]) => value !== null),
  );
  const isFiltered = Object.keys(filter).length > 0;
  const [order, setOrder] = useState<Order | null>(null);
  const open = params.get('letter');
  const scope = tenant === undefined ? {} : { tenant };
  const { groups, letters } = useLetters({ ...filter, ...scope });
  const askFor = ({ filter: named, ...rest }: Order) => setOrder({ ...rest, filter: { ...named, ...scope } });
  const isEmpty = letters.data?.items.length === 0 && groups.data?.groups.length === 0;
  return (
    <>
      <PageHead
        title="Dead letters"
        says="Tasks that did not come to an answer. What time may heal is tried again by itself; the rest waits for you."
      />
      <Numbers />
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <Select
          label="State"
          value={filter.state ?? ''}
          onChange={(state) => change({ state })}
          options={optionsOf(DEAD_LETTER_STATES, 'All states')}
          className="w-44"
        />
        {isFiltered && (
          <Button look="quiet" onPress={() => change(NO_FILTER)}>
            Take all filters away
          </Button>
        )}
      </div>
      {letters.error !== null && <ErrorNote error={letters.error} onRetry={() => void letters.refetch()} />}
      {letters.isPending && <Loading what="Reading the dead letters" />}
      {isEmpty ? (
        <div className="rounded-xl border border-line bg-surface">
          <Empty icon={MailCheck} title={isFiltered ? 'None is like that' : 'Nothing has failed'}>
            <p>A task comes here when its fast retries are used up. It stays for a week.</p>
          </Empty>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <Groups
            groups={groups.data?.groups ?? []}
            chosen={filter.fingerprint}
            onChoose={(fingerprint) => change({ fingerprint })}
            onOrder={(asked) => askFor({ ...asked, filter: { ...filter, ...asked.filter } })}
          />
          <Letters
            letters={letters.data?.items ?? []}
            hasMore={letters.data?.next != null}
            onOpen={(letter) => change({ letter })}
            onOrder={askFor}
          />
        </div>
      )}
      <Inspect id={open} onClose={() => change({ letter: undefined })} onOrder={askFor} />
      {order !== null && <OrderDialog order={order} onClose={() => setOrder(null)} />}
    </>
  );
}

function useLetters(filter: DeadLetterFilter) {
  const { client } = useReach();
  const { ids: _, ...search } = filter;
  const groups = useQuery({
    queryKey: ['letters', 'groups', search],
    queryFn: ({ signal }) => client.admin.deadLetters.groups({ ...search, limit: 100 }, signal),
    refetchInterval: POLL_MS,
    placeholderData: (before) => before,
  });
  const letters = useQuery({
    queryKey: ['letters', 'list', search],
    queryFn: ({ signal }) => client.admin.deadLetters.page({ ...search, limit: 200 }, signal),
    refetchInterval: POLL_MS,
    placeholderData: (before) => before,
  });
  return { groups, letters };
}

function Numbers() {
  const { isOperator } = useSession();
  const { client, tenant } = useReach();
  const { data } = useQuery({
    queryKey: ['letters', 'stats'],
    queryFn: ({ signal }) => client.admin.deadLetters.stats(signal),
    refetchInterval: POLL_MS,
    // They are those of all tenants.
    enabled: isOperator && tenant === undefined,
  });
  if (data === undefined) return null;
  const { byState, oldestMs, retrySuccess, meanRetries } = data;
  const lines: [string, string][] = [
    ['Tried again by itself', String(byState.scheduled)],
    ['Waiting for a person', String(byState.parked)],
    ['Oldest open one', oldestMs === null ? '–' : duration(oldestMs)],
    ['Retries that healed', retrySuccess === null ? '–' : percent(retrySuccess)],
    ['Retries each', meanRetries === null ? '–' : meanRetries.toFixed(1)],
  ];
  return (
    <dl className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-5">
      {lines.map(([name, value]) => (
        <div key={name} className="rounded-xl border border-line bg-surface px-4 py-2.5">
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="text-xl font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface LettersProps {
  letters: readonly DeadLetter[];
  hasMore: boolean;
  onOpen: (id: string) => void;
  onOrder: (order: Order) => void;
}

const OPEN: readonly DeadLetterState[] = ['scheduled', 'parked'];

function Letters({ letters, hasMore, onOpen, onOrder }: LettersProps) {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const ids = letters.filter(({ id, state }) => picked.has(id) && OPEN.includes(state)).map(({ id }) => id);
  const ask = (action: Order['action']) =>
    onOrder({ action, filter: { ids }, about: plural(ids.length, 'chosen letter') });
  return (
    <Card
      title="Letters"
      isFlush
      aside={
        ids.length === 0 ? (
          `${plural(letters.length, 'letter')}${hasMore ? ', the newest' : ''}`
        ) : (
          <>
            {ids.length} chosen
            <Button onPress={() => ask('requeue')}>Requeue</Button>
            <Button look="danger" onPress={() => ask('discard')}>
              Discard
            </Button>
          </>
        )
      }
    >
      <LetterTable
        letters={letters}
        picked={picked}
        onPick={setPicked}
        onOpen={onOpen}
        isOpen={(state) => OPEN.includes(state)}
      />
    </Card>
  );
}
