import type { DeadLetterFilter } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { duration, plural } from '../../parts/format.ts';
import { ErrorNote, Loading } from '../../parts/note.tsx';

export interface Order {
  action: 'requeue' | 'discard';
  filter: DeadLetterFilter;
  /** What is meant, in words. */
  about: string;
}

const WORDS = {
  requeue: {
    title: 'Try again?',
    does: 'Requeue',
    says: 'Each is tried again as if it were new; ten a second at most. What heals amends its report.',
  },
  discard: {
    title: 'Give up?',
    does: 'Discard',
    says: 'They are closed, and nobody tries them again. Their reports keep naming what is missing.',
  },
};

/** Says first what would be done, and does it when that is confirmed. */
export function OrderDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const { client } = useReach();
  const queries = useQueryClient();
  const { action, filter, about } = order;
  const send = (dryRun: boolean) => client.admin.deadLetters[action]({ filter, dryRun });
  const dry = useQuery({ queryKey: ['dry-run', order], queryFn: () => send(true), staleTime: 0, gcTime: 0 });
  const real = useMutation({
    mutationFn: () => send(false),
    onSettled: () => queries.invalidateQueries({ queryKey: ['letters'] }),
  });
  const words = WORDS[action];
  const matched = dry.data?.matched ?? 0;
  return (
    <Window title={words.title} isOpen onClose={onClose}>
      <p className="text-sm">
        This is about {about}. {words.says}
      </p>
      <div className="my-4 rounded-lg bg-sunken px-4 py-3 text-sm" aria-live="polite">
        {dry.error !== null && <ErrorNote error={dry.error} />}
        {dry.isPending && <Loading what="Counting" />}
        {real.data !== undefined ? (
          <p className="font-medium">
            {plural(real.data.ordered, 'letter')} of {real.data.matched} ordered
            {real.data.lastDueMs !== null &&
              `, the last one in ${duration(Math.max(0, real.data.lastDueMs - Date.now()))}`}
            .
          </p>
        ) : (
          dry.data !== undefined && (
            <p>
              Dry run: <span className="font-semibold">{plural(matched, 'open letter')}</span> would be{' '}
              {action === 'requeue' ? 'tried again' : 'given up'}.
            </p>
          )
        )}
        {real.error !== null && <ErrorNote error={real.error} />}
      </div>
      <div className="flex justify-end gap-2">
        {real.data !== undefined ? (
          <Button look="primary" onPress={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button onPress={onClose}>Leave them</Button>
            <Button
              look={action === 'discard' ? 'danger' : 'primary'}
              onPress={() => real.mutate()}
              isDisabled={matched === 0 || real.isPending}
            >
              {words.does} {matched > 0 ? matched : ''}
            </Button>
          </>
        )}
      </div>
    </Window>
  );
}
