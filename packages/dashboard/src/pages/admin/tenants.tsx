import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote, Loading } from '../../parts/note.tsx';
import { TenantCard } from './tenant-card.tsx';

/** To an operator all tenants, or the one that is looked at; to an admin the own one. */
export function Tenants() {
  const session = useSession();
  const { client, tenant } = useReach();
  const [isMaking, setMaking] = useState(false);
  const isAll = session.isOperator && tenant === undefined;
  const { data, error, isPending } = useQuery({
    queryKey: ['tenants'],
    queryFn: async ({ signal }) =>
      isAll
        ? (await client.admin.tenants.page({ limit: 500 }, signal)).items
        : [await client.admin.tenants.find(tenant ?? session.tenant, signal)],
  });
  return (
    <div className="flex flex-col gap-4">
      {isAll && (
        <div>
          <Button look="primary" onPress={() => setMaking(true)}>
            <Plus size={15} aria-hidden /> New tenant
          </Button>
        </div>
      )}
      {error !== null && <ErrorNote error={error} />}
      {isPending && <Loading what="Reading the tenants" />}
      {data?.map((each) => (
        <TenantCard key={each.tenant} view={each} />
      ))}
      {isMaking && <NewTenant onClose={() => setMaking(false)} />}
    </div>
  );
}

function NewTenant({ onClose }: { onClose: () => void }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [tenant, setTenant] = useState('');
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => client.admin.tenants.create({ tenant, name }),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Window title="A new tenant" isOpen onClose={onClose}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field
          label="Id"
          value={tenant}
          onChange={setTenant}
          hint="Lower case, digits and hyphens; it never changes"
          isRequired
        />
        <Field label="Name" value={name} onChange={setName} isRequired />
        {make.error !== null && <ErrorNote error={make.error} />}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" look="primary" isDisabled={make.isPending || tenant === '' || name === ''}>
            Make the tenant
          </Button>
        </div>
      </form>
    </Window>
  );
}
