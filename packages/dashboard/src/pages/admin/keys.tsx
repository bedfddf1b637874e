import { type ApiKeyView, type CreatedApiKey, ROLES, type Role } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Select } from '../../parts/select.tsx';
import { ErrorNote, Loading } from '../../parts/note.tsx';
import { Copy } from '../../parts/text.tsx';
import { Ago, Moment, useNow } from '../../parts/time.tsx';
import { Table } from '../../parts/table.tsx';

type Doing =
  | { what: 'make' }
  | { what: 'rotate' | 'revoke'; key: ApiKeyView }
  | { what: 'show'; created: CreatedApiKey };

export function Keys() {
  const { client, tenant } = useReach();
  const now = useNow(10_000);
  const [doing, setDoing] = useState<Doing | null>(null);
  const { data, error, isPending } = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => client.admin.keys.page({ limit: 500, tenant }, signal),
  });
  return (
    <Card
      title="API keys"
      isFlush
      aside={
        <Button look="primary" onPress={() => setDoing({ what: 'make' })}>
          <Plus size={15} aria-hidden /> New key
        </Button>
      }
    >
      {error !== null && <ErrorNote error={error} />}
      {isPending && <Loading what="Reading the keys" />}
      <Table label="API keys" heads={['Name', 'Role', 'Tenant', 'Begins with', 'Last used', 'Ends', '']}>
        {data?.items.map((key) => (
          <tr key={key.id}>
            <td className="font-medium">{key.name}</td>
            <td>{key.role}</td>
            <td>{key.tenant}</td>
            <td className="font-mono text-xs">{key.prefix}</td>
            <td className="whitespace-nowrap">
              {key.lastUsedMs === null ? 'never' : <Ago ms={key.lastUsedMs} now={now} />}
            </td>
            <td className="whitespace-nowrap">
              <End apiKey={key} now={now} />
            </td>
            <td className="text-right whitespace-nowrap">
              {isAlive(key, now) && key.id !== 'admin' && (
                <>
                  <Button look="quiet" onPress={() => setDoing({ what: 'rotate', key })}>
                    Rotate
                  </Button>
                  <Button look="quiet" onPress={() => setDoing({ what: 'revoke', key })}>
                    Revoke
                  </Button>
                </>
              )}
            </td>
          </tr>
        ))}
      </Table>
      {doing !== null && <Deed key={doing.what} doing={doing} onDone={setDoing} />}
    </Card>
  );
}

function isAlive({ revokedMs, expiresMs }: ApiKeyView, now: number): boolean {
  return revokedMs === null && (expiresMs === null || expiresMs > now);
}

function End({ apiKey, now }: { apiKey: ApiKeyView; now: number }) {
  if (apiKey.revokedMs !== null) return <Badge tone="bad">revoked</Badge>;
  if (apiKey.expiresMs === null) return 'never';
  return apiKey.expiresMs <= now ? <Badge tone="muted">expired</Badge> : <Moment ms={apiKey.expiresMs} />;
}

interface DeedProps {
  doing: Doing;
  onDone: (next: Doing | null) => void;
}

function Deed({ doing, onDone }: DeedProps) {
  const { client } = useReach();
  const queries = useQueryClient();
  const close = () => onDone(null);
  const act = useMutation({
    mutationFn: async () => {
      if (doing.what === 'rotate') return client.admin.keys.rotate(doing.key.id);
      if (doing.what === 'revoke') await client.admin.keys.revoke(doing.key.id);
      return null;
    },
    onSuccess(created) {
      void queries.invalidateQueries({ queryKey: ['keys'] });
      onDone(created === null ? null : { what: 'show', created });
    },
  });
  if (doing.what === 'make') return <NewKey onClose={close} onMade={(created) => onDone({ what: 'show', created })} />;
  if (doing.what === 'show') {
    return (
      <Window title="The new key" isOpen onClose={close} isFirm>
        <p className="text-sm">Copy it now: it is shown this once, and not kept.</p>
        <p className="my-4 flex items-center gap-2 rounded-lg bg-sunken px-3 py-3 font-mono text-sm [overflow-wrap:anywhere]">
          <span className="min-w-0 flex-1">{doing.created.key}</span>
          <Copy text={doing.created.key} label="Copy the key" />
        </p>
        <div className="flex justify-end">
          <Button look="primary" onPress={close}>
            I have it
          </Button>
        </div>
      </Window>
    );
  }
  const isRotation = doing.what === 'rotate';
  return (
    <Window
      title={isRotation ? `Rotate the key ${doing.key.name}?` : `Revoke the key ${doing.key.name}?`}
      isOpen
      onClose={close}
    >
      <p className="mb-4 text-sm">
        {isRotation
          ? 'A new key takes its place; the old one stays valid for a day.'
          : 'Within a second it opens nothing any more. That cannot be undone.'}
      </p>
      {act.error !== null && <ErrorNote error={act.error} />}
      <div className="mt-4 flex justify-end gap-2">
        <Button onPress={close}>Leave it</Button>
        <Button look={isRotation ? 'primary' : 'danger'} onPress={() => act.mutate()} isPending={act.isPending}>
          {isRotation ? 'Rotate' : 'Revoke'}
        </Button>
      </div>
    </Window>
  );
}

const ROLE_SAYS: Readonly<Record<Role, string>> = {
  submitter: 'submitter: submits, reads its reports',
  analyst: 'analyst: lists, searches, retries, reads mails',
  admin: 'admin: keys, addresses, dead letters',
};
const LIVES = [
  { id: '', name: 'never', text: 'never' },
  { id: '2592000', name: 'in 30 days', text: 'in 30 days' },
  { id: '7776000', name: 'in 90 days', text: 'in 90 days' },
  { id: '31536000', name: 'in a year', text: 'in a year' },
];

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (created: CreatedApiKey) => void }) {
  const session = useSession();
  const { client, tenant: scope } = useReach();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('submitter');
  const [life, setLife] = useState('7776000');
  const [tenant, setTenant] = useState(scope ?? session.tenant);
  const make = useMutation({
    mutationFn: () =>
      client.admin.keys.create({ name, role, tenant, ...(life === '' ? {} : { lifeSeconds: Number(life) }) }),
    onSuccess(created) {
      void queries.invalidateQueries({ queryKey: ['keys'] });
      onMade(created);
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Window title="A new key" isOpen onClose={onClose}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field label="Name" value={name} onChange={setName} hint="Who or what uses it" isRequired />
        <Select
          label="Role"
          value={role}
          onChange={(next) => setRole(ROLES.find((each) => each === next) ?? 'submitter')}
          options={ROLES.map((id) => ({ id, name: ROLE_SAYS[id], text: id }))}
        />
        <Select label="Ends" value={life} onChange={setLife} options={LIVES} />
        {session.isOperator && <Field label="Tenant" value={tenant} onChange={setTenant} isRequired />}
        {make.error !== null && <ErrorNote error={make.error} />}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" look="primary" isDisabled={name.trim() === '' || make.isPending}>
            Make the key
          </Button>
        </div>
      </form>
    </Window>
  );
}
