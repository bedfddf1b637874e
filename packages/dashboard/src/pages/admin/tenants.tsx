import { type TenantView, TLPS } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useSession } from '../../app/session.tsx';
import { client } from '../../data/client.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card, Fact, Facts } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { count } from '../../parts/format.ts';
import { ErrorNote, Loading } from '../../parts/note.tsx';

export function Tenants() {
  const { tenant, isOperator } = useSession();
  const [isMaking, setMaking] = useState(false);
  const { data, error, isPending } = useQuery({
    queryKey: ['tenants', tenant],
    queryFn: async ({ signal }) =>
      isOperator
        ? (await client.admin.tenants.page({ limit: 500 }, signal)).items
        : [await client.admin.tenants.find(tenant, signal)],
  });
  return (
    <div className="flex flex-col gap-4">
      {isOperator && (
        <div>
          <Button look="primary" onPress={() => setMaking(true)}>
            <Plus size={15} aria-hidden /> New tenant
          </Button>
        </div>
      )}
      {error !== null && <ErrorNote error={error} />}
      {isPending && <Loading what="Reading the tenants" />}
      {data?.map((each) => (
        <One key={each.tenant} view={each} mayBlock={isOperator && each.tenant !== tenant} />
      ))}
      {isMaking && <NewTenant onClose={() => setMaking(false)} />}
    </div>
  );
}

const RELEASE_WORDS = { visit: 'open links', lookup: 'look up', submit: 'hand links over', model: 'ask a model' };

function One({ view, mayBlock }: { view: TenantView; mayBlock: boolean }) {
  const { tenant, name, isBlocked, plan, defaultTlp, release, providers, providerKeys } = view;
  return (
    <Card
      title={name}
      aside={
        <>
          <span className="font-mono text-xs">{tenant}</span>
          {isBlocked && <Badge tone="bad">blocked</Badge>}
          {mayBlock && <Block view={view} />}
        </>
      }
    >
      <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
        <Facts>
          <Fact name="Requests">{count(plan.requestsPerSecond)} a second</Fact>
          <Fact name="At work">{count(plan.jobsInFlight)} jobs at most</Fact>
          <Fact name="A day">{count(plan.jobsPerDay)} jobs at most</Fact>
          <Fact name="Priority">up to {plan.priorityCeiling}</Fact>
          <Fact name="Own keys">{providerKeys.length === 0 ? 'none' : providerKeys.join(', ')}</Fact>
          <Fact name="May ask">{providers === null ? 'all that the fleet has a key for' : providers.join(', ')}</Fact>
        </Facts>
        <div>
          <h3 className="mb-1 text-sm font-semibold">What may leave, by TLP</h3>
          <ul className="flex flex-col gap-1 text-sm">
            {TLPS.map((tlp) => (
              <li key={tlp} className="grid grid-cols-[7rem_minmax(0,1fr)] gap-2">
                <span>
                  {tlp}
                  {tlp === defaultTlp && <span className="text-xs text-muted"> (usual)</span>}
                </span>
                <span className="text-muted">
                  {(release[tlp] ?? []).map((each) => RELEASE_WORDS[each]).join(', ') || 'nothing'}
                </span>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Card>
  );
}

function Block({ view }: { view: TenantView }) {
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const { tenant, name, isBlocked } = view;
  const act = useMutation({
    mutationFn: () => {
      const { v: _v, tenant: _t, providerKeys: _k, ...rest } = view;
      return client.admin.tenants.replace(tenant, { ...rest, isBlocked: !isBlocked });
    },
    onSuccess: () => {
      setAsks(false);
      return queries.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  return (
    <>
      <Button onPress={() => setAsks(true)}>{isBlocked ? 'Unblock' : 'Block'}</Button>
      <Window title={`${isBlocked ? 'Unblock' : 'Block'} ${name}?`} isOpen={asks} onClose={() => setAsks(false)}>
        <p className="mb-4 text-sm">
          {isBlocked
            ? 'Its keys open the door again.'
            : 'None of its keys opens anything until it is unblocked. Jobs at work go on.'}
        </p>
        {act.error !== null && <ErrorNote error={act.error} />}
        <div className="mt-4 flex justify-end gap-2">
          <Button onPress={() => setAsks(false)}>Leave it</Button>
          <Button look={isBlocked ? 'primary' : 'danger'} onPress={() => act.mutate()} isDisabled={act.isPending}>
            {isBlocked ? 'Unblock' : 'Block'}
          </Button>
        </div>
      </Window>
    </>
  );
}

function NewTenant({ onClose }: { onClose: () => void }) {
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
