import type { CreatedWebhook, WebhookView } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Webhook } from 'lucide-react';
import { useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { words } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { Table } from '../../parts/table.tsx';
import { Copy } from '../../parts/text.tsx';
import { Deliveries } from './deliveries.tsx';
import { WebhookForm } from './webhook-form.tsx';

type Doing =
  | { what: 'form'; webhook: WebhookView | null }
  | { what: 'secret'; created: CreatedWebhook }
  | { what: 'deliveries' | 'new-secret' | 'remove'; webhook: WebhookView };

/** Whom the tenant wants to be told of what happens to its mails. */
export function Webhooks() {
  const { client } = useReach();
  const [doing, setDoing] = useState<Doing | null>(null);
  const { data, error, isPending } = useQuery({
    queryKey: ['webhooks'],
    queryFn: ({ signal }) => client.webhooks.list(signal),
  });
  return (
    <Card
      title="Webhooks"
      isFlush
      aside={
        <Button look="primary" onPress={() => setDoing({ what: 'form', webhook: null })}>
          <Plus size={15} aria-hidden /> New webhook
        </Button>
      }
    >
      {error !== null && <ErrorNote error={error} />}
      {isPending && <Loading what="Reading the webhooks" />}
      {data?.webhooks.length === 0 && (
        <Empty icon={Webhook} title="Nobody is told yet">
          <p>
            A webhook is told when a job has ended, a verdict was reached, a report was amended or a letter is dead. It
            learns where to look, and nothing that stands in a mail.
          </p>
        </Empty>
      )}
      {data !== undefined && data.webhooks.length > 0 && (
        <Table label="Webhooks" heads={['Webhook', 'Is told of', 'State', '']}>
          {data.webhooks.map((webhook) => (
            <Line key={webhook.id} webhook={webhook} onDo={setDoing} />
          ))}
        </Table>
      )}
      {doing !== null && <Deed doing={doing} onDo={setDoing} />}
    </Card>
  );
}

function Line({ webhook, onDo }: { webhook: WebhookView; onDo: (doing: Doing) => void }) {
  const { name, url, events, minVerdict, isActive } = webhook;
  const hidden = <span className="sr-only"> {name === '' ? url : name}</span>;
  return (
    <tr className="align-top">
      <td>
        {name !== '' && <span className="block font-medium">{name}</span>}
        <span className="font-mono text-xs [overflow-wrap:anywhere]">{url}</span>
      </td>
      <td className="text-muted">
        {events.map((event) => (event === 'verdict' ? `verdict from ${minVerdict} on` : words(event))).join(', ')}
      </td>
      <td>
        <Badge tone={isActive ? 'good' : 'muted'}>{isActive ? 'active' : 'off'}</Badge>
      </td>
      <td>
        <div className="flex flex-wrap gap-x-1 sm:flex-nowrap sm:justify-end sm:whitespace-nowrap">
          <Button look="quiet" onPress={() => onDo({ what: 'deliveries', webhook })}>
            Deliveries{hidden}
          </Button>
          <Button look="quiet" onPress={() => onDo({ what: 'form', webhook })}>
            Edit{hidden}
          </Button>
          <Button look="quiet" onPress={() => onDo({ what: 'new-secret', webhook })}>
            New secret{hidden}
          </Button>
          <Button look="quiet" onPress={() => onDo({ what: 'remove', webhook })}>
            Remove{hidden}
          </Button>
        </div>
      </td>
    </tr>
  );
}

function Deed({ doing, onDo }: { doing: Doing; onDo: (next: Doing | null) => void }) {
  const close = () => onDo(null);
  switch (doing.what) {
    case 'form':
      return (
        <WebhookForm webhook={doing.webhook} onClose={close} onMade={(created) => onDo({ what: 'secret', created })} />
      );
    case 'deliveries':
      return <Deliveries webhook={doing.webhook} onClose={close} />;
    case 'secret':
      return <Secret created={doing.created} onClose={close} />;
    default:
      return <Question doing={doing} onDo={onDo} />;
  }
}

function Secret({ created: { secret }, onClose }: { created: CreatedWebhook; onClose: () => void }) {
  return (
    <Window title="The secret that signs" isOpen onClose={onClose} isFirm>
      <p className="text-sm">
        The receiver checks with it that a message comes from here (Standard Webhooks). Copy it now: it is shown this
        once.
      </p>
      <p className="my-4 flex items-center gap-2 rounded-lg bg-sunken px-3 py-3 font-mono text-sm [overflow-wrap:anywhere]">
        <span className="min-w-0 flex-1">{secret}</span>
        <Copy text={secret} label="Copy the secret" />
      </p>
      <div className="flex justify-end">
        <Button look="primary" onPress={onClose}>
          I have it
        </Button>
      </div>
    </Window>
  );
}

const QUESTIONS = {
  'new-secret': {
    title: 'Make a new secret?',
    says: 'The old one signs nothing any more: the receiver needs the new one at once.',
    does: 'Make it',
  },
  remove: {
    title: 'Remove this webhook?',
    says: 'It is told of nothing any more, and its deliveries go.',
    does: 'Remove',
  },
};

function Question({
  doing,
  onDo,
}: {
  doing: { what: 'new-secret' | 'remove' | 'deliveries'; webhook: WebhookView };
  onDo: (next: Doing | null) => void;
}) {
  const { client } = useReach();
  const queries = useQueryClient();
  const { id, url } = doing.webhook;
  const isRemoval = doing.what === 'remove';
  const act = useMutation({
    mutationFn: async () => {
      if (!isRemoval) return client.webhooks.newSecret(id);
      await client.webhooks.remove(id);
      return null;
    },
    onSuccess(created) {
      void queries.invalidateQueries({ queryKey: ['webhooks'] });
      onDo(created === null ? null : { what: 'secret', created });
    },
  });
  const { title, says, does } = QUESTIONS[isRemoval ? 'remove' : 'new-secret'];
  return (
    <Window title={title} isOpen onClose={() => onDo(null)}>
      <p className="font-mono text-xs [overflow-wrap:anywhere] text-muted">{url}</p>
      <p className="mt-2 text-sm">{says}</p>
      {act.error !== null && <ErrorNote error={act.error} />}
      <div className="mt-5 flex justify-end gap-2">
        <Button onPress={() => onDo(null)}>Leave it</Button>
        <Button look={isRemoval ? 'danger' : 'primary'} onPress={() => act.mutate()} isPending={act.isPending}>
          {does}
        </Button>
      </div>
    </Window>
  );
}
