import type { DeadLetterGroup } from '@sluice/contracts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { count, plural } from '../../parts/format.ts';
import { Hostile } from '../../parts/text.tsx';
import { Ago, useNow } from '../../parts/time.tsx';
import type { Order } from './order-dialog.tsx';

interface Props {
  groups: readonly DeadLetterGroup[];
  chosen: string | undefined;
  onChoose: (fingerprint: string | undefined) => void;
  onOrder: (order: Order) => void;
}

/** The same fault together: one decision for all of them. */
export function Groups({ groups, chosen, onChoose, onOrder }: Props) {
  const now = useNow(5_000);
  if (groups.length === 0) return null;
  return (
    <Card title="Faults" isFlush aside={plural(groups.length, 'kind')}>
      <ul className="max-h-[26rem] divide-y divide-line overflow-auto" tabIndex={0} aria-label="Faults">
        {groups.map((group) => (
          <li
            key={group.fingerprint}
            className={`flex flex-wrap items-center gap-x-5 gap-y-2 px-4 py-3 text-sm ${chosen === group.fingerprint ? 'bg-accent-soft' : ''}`}
          >
            <span className="w-14 text-right text-2xl font-semibold tabular-nums">{count(group.count)}</span>
            <div className="min-w-60 flex-1">
              <p className="font-medium">
                <Hostile>{group.message}</Hostile>
              </p>
              <p className="text-xs text-muted">
                <span className="font-mono">{group.code}</span> in <span className="font-mono">{group.name}</span> ·
                last <Ago ms={group.lastSeenMs} now={now} /> ·{' '}
                {Object.entries(group.byState)
                  .map(([state, amount]) => `${count(amount)} ${state}`)
                  .join(', ')}
              </p>
            </div>
            <Actions group={group} isChosen={chosen === group.fingerprint} onChoose={onChoose} onOrder={onOrder} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface ActionsProps extends Pick<Props, 'onChoose' | 'onOrder'> {
  group: DeadLetterGroup;
  isChosen: boolean;
}

function Actions({ group: { fingerprint, byState, code }, isChosen, onChoose, onOrder }: ActionsProps) {
  const open = (byState.scheduled ?? 0) + (byState.parked ?? 0);
  const ask = (action: Order['action']) =>
    onOrder({ action, filter: { fingerprint }, about: `all open letters of the fault ${code}` });
  return (
    <div className="flex flex-wrap gap-2">
      <Button look="quiet" aria-pressed={isChosen} onPress={() => onChoose(isChosen ? undefined : fingerprint)}>
        {isChosen ? 'Show all' : 'Only these'}
      </Button>
      {open > 0 && (
        <>
          <Button onPress={() => ask('requeue')}>Requeue</Button>
          <Button look="danger" onPress={() => ask('discard')}>
            Discard
          </Button>
        </>
      )}
    </div>
  );
}
