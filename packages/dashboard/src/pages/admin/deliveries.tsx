import type { DeliveryView, WebhookView } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { usePages } from '../../data/pages.ts';
import { useReach } from '../../data/reach.tsx';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { plural } from '../../parts/format.ts';
import { Empty, ErrorNote, Loading } from '../../parts/note.tsx';
import { Moment } from '../../parts/time.tsx';

const POLL_MS = 2_000;
const TONES: Readonly<Record<DeliveryView['state'], Tone>> = {
  pending: 'accent',
  delivered: 'good',
  failed: 'bad',
  skipped: 'muted',
};

/** What a webhook was told, and what became of it; a test, and each of them once more. */
export function Deliveries({ webhook: { id, url }, onClose }: { webhook: WebhookView; onClose: () => void }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const { data, error, isPending, hasNextPage, fetchNextPage } = usePages({
    queryKey: ['deliveries', id],
    read: (cursor, signal) => client.webhooks.deliveryPage(id, { cursor, limit: 30 }, signal),
    everyMs: POLL_MS,
  });
  const order = useMutation({
    mutationFn: (delivery: string | null) =>
      delivery === null ? client.webhooks.test(id) : client.webhooks.redeliver(id, delivery),
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries', id] }),
  });
  const deliveries = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Window title="Deliveries" isOpen onClose={onClose} isSheet>
      <p className="mb-3 font-mono text-xs [overflow-wrap:anywhere] text-muted">{url}</p>
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Button look="primary" onPress={() => order.mutate(null)} isPending={order.isPending}>
          <Send size={15} aria-hidden /> Send a test
        </Button>
        <p role="status" className="text-sm text-muted">
          {order.isSuccess && 'Ordered; it appears below.'}
        </p>
      </div>
      {(error ?? order.error) !== null && <ErrorNote error={error ?? order.error} />}
      {isPending && <Loading what="Reading the deliveries" />}
      {data !== undefined && deliveries.length === 0 && (
        <Empty icon={Send} title="Nothing was sent yet">
          <p>Send a test to see whether the receiver takes it.</p>
        </Empty>
      )}
      <ul className="flex flex-col gap-2">
        {deliveries.map((delivery) => (
          <li key={delivery.id} className="rounded-lg border border-line px-3 py-2 text-sm">
            <One delivery={delivery} onAgain={() => order.mutate(delivery.id)} isBusy={order.isPending} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <div className="p-3 text-center">
          <Button onPress={() => void fetchNextPage()}>Older ones</Button>
        </div>
      )}
    </Window>
  );
}

interface OneProps {
  delivery: DeliveryView;
  onAgain: () => void;
  isBusy: boolean;
}

function One({ delivery: { event, state, subject, status, attempts, error, createdMs }, onAgain, isBusy }: OneProps) {
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone={TONES[state]}>{state}</Badge>
          <span className="font-medium">{event}</span>
          <span className="text-xs text-muted">
            <Moment ms={createdMs} />
          </span>
        </p>
        <p className="mt-0.5 font-mono text-xs [overflow-wrap:anywhere] text-muted">{subject}</p>
        <p className="mt-0.5 text-xs text-muted">
          {plural(attempts, 'try', 'tries')}
          {status !== null && ` · answered ${status}`}
        </p>
        {error !== null && (
          <p className="text-xs text-bad">
            {error.message} <span className="font-mono">({error.code})</span>
          </p>
        )}
      </div>
      {state !== 'pending' && (
        <Button look="quiet" onPress={onAgain} isPending={isBusy}>
          Send again
        </Button>
      )}
    </div>
  );
}
