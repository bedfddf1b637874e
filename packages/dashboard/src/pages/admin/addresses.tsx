import type { MailAddressView } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { AtSign } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { Hostile } from '../../parts/text.tsx';
import { Table } from '../../parts/table.tsx';

/** Whose mail is taken in by SMTP, LMTP and the policy service. */
export function Addresses() {
  const { client, tenant } = useReach();
  const queries = useQueryClient();
  const { data, error, isPending } = useQuery({
    queryKey: ['addresses'],
    queryFn: ({ signal }) => client.admin.addresses.page({ limit: 500, tenant }, signal),
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ['addresses'] });
  const turn = useMutation({
    mutationFn: ({ address, isActive, note }: MailAddressView) =>
      client.admin.addresses.replace(address, { isActive: !isActive, note }),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (address: string) => client.admin.addresses.remove(address),
    onSettled: refresh,
  });
  const trouble = error ?? turn.error ?? remove.error;
  return (
    <div className="flex flex-col gap-4">
      <NewAddress />
      {trouble !== null && <ErrorNote error={trouble} />}
      <Card
        title="Addresses whose mail is taken in"
        isFlush
        aside={data === undefined ? undefined : `${data.items.length}`}
      >
        {isPending && <Loading what="Reading the addresses" />}
        {data?.items.length === 0 && (
          <Empty icon={AtSign} title="No address yet">
            <p>
              Mail that comes by SMTP or LMTP is taken in for the addresses that stand here, and refused for all others.
            </p>
          </Empty>
        )}
        {data !== undefined && data.items.length > 0 && (
          <Table label="Addresses" heads={['Address', 'Tenant', 'State', 'Note', '']}>
            {data.items.map((entry) => (
              <tr key={entry.address}>
                <td className="font-medium">
                  <Hostile>{entry.address}</Hostile>
                </td>
                <td>{entry.tenant}</td>
                <td>
                  <Badge tone={entry.isActive ? 'good' : 'muted'}>{entry.isActive ? 'taken in' : 'refused'}</Badge>
                </td>
                <td className="text-muted">{entry.note ?? ''}</td>
                <td className="text-right whitespace-nowrap">
                  <Button look="quiet" onPress={() => turn.mutate(entry)} isPending={turn.isPending}>
                    {entry.isActive ? 'Refuse' : 'Take in'}
                  </Button>
                  <Button look="quiet" onPress={() => remove.mutate(entry.address)} isPending={remove.isPending}>
                    Remove
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Card>
    </div>
  );
}

function NewAddress() {
  const { client, tenant } = useReach();
  const queries = useQueryClient();
  const [address, setAddress] = useState('');
  const [note, setNote] = useState('');
  const add = useMutation({
    mutationFn: () =>
      client.admin.addresses.create({
        address: address.trim(),
        tenant,
        ...(note.trim() === '' ? {} : { note: note.trim() }),
      }),
    onSuccess() {
      setAddress('');
      setNote('');
      return queries.invalidateQueries({ queryKey: ['addresses'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Card title="Add an address">
      <form onSubmit={send} className="grid items-start gap-3 md:grid-cols-[1fr_1fr_auto]">
        <Field
          label="Address"
          value={address}
          onChange={setAddress}
          placeholder="report@your.example"
          hint="Or @your.example for all of a domain"
        />
        <Field label="Note" value={note} onChange={setNote} />
        <div className="md:pt-6">
          <Button type="submit" look="primary" isDisabled={!address.includes('@') || add.isPending}>
            Add
          </Button>
        </div>
      </form>
      {add.error !== null && <ErrorNote error={add.error} />}
    </Card>
  );
}
