import { PROVIDER_NAMES, Provider, type Switch, type SwitchName } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { words } from '../../parts/format.ts';
import { ErrorNote, Hint, Loading } from '../../parts/note.tsx';
import { Hostile } from '../../parts/text.tsx';
import { Moment } from '../../parts/time.tsx';

const KEY = ['switches'];
const PARTS = [
  { kind: 'pipeline', title: 'Pipelines', says: 'One that is off takes no new job; those under way are finished.' },
  { kind: 'provider', title: 'Providers', says: 'One that is off is not asked, and reports say so.' },
] as const;

/** What the fleet does not do for now: for an operator. */
export function SwitchBoard() {
  const { client } = useReach();
  const queries = useQueryClient();
  const [closing, setClosing] = useState<SwitchName | null>(null);
  const { data, error, isPending } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => client.admin.switches.list(signal),
  });
  const turnOn = useMutation({
    mutationFn: (name: SwitchName) => client.admin.switches.on(name),
    onSuccess: (now) => queries.setQueryData(KEY, now),
  });
  const trouble = error ?? turnOn.error;
  return (
    <div className="flex flex-col gap-4">
      <Hint>What is switched here holds for all tenants, and the whole fleet follows within a second.</Hint>
      {trouble !== null && <ErrorNote error={trouble} />}
      {isPending && <Loading what="Reading the switches" />}
      {data !== undefined &&
        PARTS.map(({ kind, title, says }) => (
          <Card key={kind} title={title}>
            <p className="mb-3 text-sm text-muted">{says}</p>
            <ul className="divide-y divide-line rounded-lg border border-line">
              {data.switches
                .filter((each) => each.kind === kind)
                .map((each) => (
                  <Line
                    key={each.name}
                    held={each}
                    isBusy={turnOn.isPending}
                    onTurn={() => (each.off === null ? setClosing(each.name) : turnOn.mutate(each.name))}
                  />
                ))}
            </ul>
          </Card>
        ))}
      {closing !== null && <SwitchOff name={closing} onClose={() => setClosing(null)} />}
    </div>
  );
}

interface LineProps {
  held: Switch;
  isBusy: boolean;
  onTurn: () => void;
}

function Line({ held: { name, off }, isBusy, onTurn }: LineProps) {
  const title = titleOf(name);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
      <span className="min-w-40 font-medium">{title}</span>
      <Badge tone={off === null ? 'good' : 'bad'}>{off === null ? 'on' : 'off'}</Badge>
      <span
        className={`min-w-0 text-xs text-muted sm:order-none sm:w-auto sm:flex-1 ${off === null ? 'flex-1' : 'order-last w-full'}`}
      >
        {off !== null && (
          <>
            <Hostile className="text-sm text-text">{off.reason}</Hostile>
            <span className="block">
              since <Moment ms={off.sinceMs} />, by <span className="font-mono">{off.by}</span>
            </span>
          </>
        )}
      </span>
      <Button look={off === null ? 'quiet' : 'plain'} onPress={onTurn} isPending={isBusy}>
        {off === null ? 'Switch off' : 'Switch on'}
        <span className="sr-only"> {title}</span>
      </Button>
    </li>
  );
}

function titleOf(name: SwitchName): string {
  const provider = Provider.safeParse(name).data;
  return provider === undefined ? words(name) : PROVIDER_NAMES[provider];
}

function SwitchOff({ name, onClose }: { name: SwitchName; onClose: () => void }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const turnOff = useMutation({
    mutationFn: () => client.admin.switches.off(name, reason.trim()),
    onSuccess(now) {
      queries.setQueryData(KEY, now);
      onClose();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    turnOff.mutate();
  };
  return (
    <Window title={`Switch ${titleOf(name)} off?`} isOpen onClose={onClose}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field
          label="Why"
          value={reason}
          onChange={setReason}
          hint="For other operators; it is not told to those who submit"
          isRequired
        />
        {turnOff.error !== null && <ErrorNote error={turnOff.error} />}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it on</Button>
          <Button type="submit" look="danger" isPending={turnOff.isPending} isDisabled={reason.trim() === ''}>
            Switch off
          </Button>
        </div>
      </form>
    </Window>
  );
}
