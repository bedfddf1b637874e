import { PROVIDER_NAMES, Provider, type TenantView } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote, Hint } from '../../parts/note.tsx';
import { updateOf } from './tenant-update.ts';

/** A tenant's own keys at providers: each is a quota of its own. They are written, and never shown. */
export function ProviderKeys({ view, onClose }: { view: TenantView; onClose: () => void }) {
  return (
    <Window title={`Provider keys of ${view.name}`} isOpen onClose={onClose} isFirm>
      <Hint>
        With a key of its own, this tenant’s questions count against its own quota there. It is stored encrypted, and
        not shown again.
      </Hint>
      <ul className="mt-4 flex flex-col gap-4">
        {Provider.options.map((provider) => (
          <li key={provider}>
            <One view={view} provider={provider} />
          </li>
        ))}
      </ul>
      <div className="mt-5 flex justify-end">
        <Button look="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </Window>
  );
}

function One({ view, provider }: { view: TenantView; provider: Provider }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const has = view.providerKeys.includes(provider);
  const put = useMutation({
    mutationFn: (next: string | null) =>
      client.admin.tenants.replace(view.tenant, { ...updateOf(view), providerKeys: { [provider]: next } }),
    onSuccess: () => {
      setKey('');
      return queries.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    put.mutate(key.trim());
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-2">
      <div className="grid items-end gap-2 sm:grid-cols-[minmax(0,1fr)_auto]">
        <Field
          label={PROVIDER_NAMES[provider]}
          type="password"
          value={key}
          onChange={setKey}
          placeholder={has ? 'a key is set; a new one replaces it' : 'the fleet’s key is used'}
        />
        <div className="flex items-center gap-2">
          {has && <Badge tone="good">set</Badge>}
          <Button type="submit" isDisabled={key.trim().length < 8 || put.isPending}>
            Set<span className="sr-only"> the key for {PROVIDER_NAMES[provider]}</span>
          </Button>
          {has && (
            <Button look="danger" onPress={() => put.mutate(null)} isPending={put.isPending}>
              Remove<span className="sr-only"> the key for {PROVIDER_NAMES[provider]}</span>
            </Button>
          )}
        </div>
      </div>
      {put.error !== null && <ErrorNote error={put.error} />}
    </form>
  );
}
