import type { QuotaSetting } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote, Hint, Loading } from '../../parts/note.tsx';
import { quotaTitle } from '../job/pipeline/task-name.ts';

/** What providers may be asked, changed while the fleet runs. */
export function Quotas() {
  const { client } = useReach();
  const { data, error, isPending } = useQuery({
    queryKey: ['quota-settings'],
    queryFn: ({ signal }) => client.admin.quotas.list(signal),
  });
  return (
    <Card title="Quotas of providers">
      <Hint>
        Written like <code className="font-mono">4/min, 500/day UTC, cooldown 60 s</code>. Where nothing is set, the
        settings of the workers hold. All workers follow within a second.
      </Hint>
      {error !== null && <ErrorNote error={error} />}
      {isPending && <Loading what="Reading the quotas" />}
      <ul className="mt-4 flex flex-col gap-4">
        {data?.quotas.map((quota) => (
          <li key={quota.action}>
            <One quota={quota} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function One({ quota: { action, text } }: { quota: QuotaSetting }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [written, setWritten] = useState(text ?? '');
  const refresh = () => queries.invalidateQueries({ queryKey: ['quota-settings'] });
  const set = useMutation({ mutationFn: () => client.admin.quotas.set(action, written.trim()), onSuccess: refresh });
  const reset = useMutation({
    mutationFn: () => client.admin.quotas.reset(action),
    onSuccess: () => {
      setWritten('');
      return refresh();
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    set.mutate();
  };
  const error = set.error ?? reset.error;
  return (
    <form onSubmit={send} className="grid items-end gap-3 md:grid-cols-[minmax(0,1fr)_auto]">
      <Field
        label={`${quotaTitle(action)}${action.includes('@') ? ` of ${action.split('@')[1]}` : ''}`}
        value={written}
        onChange={setWritten}
        placeholder="as the workers’ settings say"
      />
      <div className="flex gap-2">
        <Button type="submit" isDisabled={written.trim() === '' || written.trim() === (text ?? '') || set.isPending}>
          Set
        </Button>
        <Button look="quiet" onPress={() => reset.mutate()} isDisabled={text === null || reset.isPending}>
          Reset
        </Button>
      </div>
      {error !== null && (
        <div className="md:col-span-2">
          <ErrorNote error={error} />
        </div>
      )}
    </form>
  );
}
