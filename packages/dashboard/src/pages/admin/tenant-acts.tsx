import type { TenantView } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { plural } from '../../parts/format.ts';
import { ErrorNote } from '../../parts/note.tsx';
import { updateOf } from './tenant-update.ts';

type Act = 'block' | 'erase' | 'remove';

/** What ends a tenant's stay, each step after the one before: block, erase, remove. */
export function TenantActs({ view }: { view: TenantView }) {
  const [act, setAct] = useState<Act | null>(null);
  const close = () => setAct(null);
  const { name, isBlocked } = view;
  const hidden = <span className="sr-only"> {name}</span>;
  return (
    <>
      <Button onPress={() => setAct('block')}>
        {isBlocked ? 'Unblock' : 'Block'}
        {hidden}
      </Button>
      {isBlocked && (
        <>
          <Button look="danger" onPress={() => setAct('erase')}>
            Erase its mails{hidden}
          </Button>
          <Button look="danger" onPress={() => setAct('remove')}>
            Remove{hidden}
          </Button>
        </>
      )}
      {act === 'block' && <Block view={view} onClose={close} />}
      {act === 'erase' && <Erase view={view} onClose={close} />}
      {act === 'remove' && <Remove view={view} onClose={close} />}
    </>
  );
}

interface ActProps {
  view: TenantView;
  onClose: () => void;
}

function Block({ view, onClose }: ActProps) {
  const { client } = useReach();
  const queries = useQueryClient();
  const { tenant, name, isBlocked } = view;
  const block = useMutation({
    mutationFn: () => client.admin.tenants.replace(tenant, { ...updateOf(view), isBlocked: !isBlocked }),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  return (
    <Window title={`${isBlocked ? 'Unblock' : 'Block'} ${name}?`} isOpen onClose={onClose}>
      <p className="text-sm">
        {isBlocked
          ? 'Its keys open the door again.'
          : 'None of its keys opens anything until it is unblocked. Jobs at work go on.'}
      </p>
      {block.error !== null && <ErrorNote error={block.error} />}
      <Foot onClose={onClose}>
        <Button look={isBlocked ? 'primary' : 'danger'} onPress={() => block.mutate()} isPending={block.isPending}>
          {isBlocked ? 'Unblock' : 'Block'}
        </Button>
      </Foot>
    </Window>
  );
}

/** The fleet erases a part with each question; this asks until nothing is left. */
function Erase({ view: { tenant, name }, onClose }: ActProps) {
  const { client } = useReach();
  const [typed, setTyped] = useState('');
  const [jobs, setJobs] = useState(0);
  const erase = useMutation({
    async mutationFn() {
      for (let isComplete = false; !isComplete; ) {
        const erased = await client.admin.tenants.erase(tenant);
        setJobs((before) => before + erased.jobs);
        ({ isComplete } = erased);
      }
    },
  });
  return (
    <Window title={`Erase all that mails of ${name} have left?`} isOpen onClose={onClose} isFirm>
      <p className="mb-4 text-sm">
        Its mails, reports, pictures and letters are removed from the fleet. That cannot be undone.
      </p>
      {erase.isSuccess ? (
        <p role="status" className="text-sm font-medium">
          {plural(jobs, 'job is', 'jobs are')} erased; nothing is left.
        </p>
      ) : (
        <Field label={`Write ${tenant} to confirm`} value={typed} onChange={setTyped} />
      )}
      {erase.isPending && (
        <p role="status" className="mt-3 text-sm text-muted">
          {plural(jobs, 'job')} erased so far …
        </p>
      )}
      {erase.error !== null && <ErrorNote error={erase.error} />}
      <Foot onClose={onClose} isDone={erase.isSuccess}>
        <Button look="danger" onPress={() => erase.mutate()} isDisabled={typed !== tenant || erase.isPending}>
          Erase
        </Button>
      </Foot>
    </Window>
  );
}

function Remove({ view: { tenant, name }, onClose }: ActProps) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => client.admin.tenants.remove(tenant),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  return (
    <Window title={`Remove ${name}?`} isOpen onClose={onClose}>
      <p className="mb-4 text-sm">
        The tenant goes, with its keys, addresses and webhooks. What its mails have left stays until it is erased or its
        retention ends.
      </p>
      <Field label={`Write ${tenant} to confirm`} value={typed} onChange={setTyped} />
      {remove.error !== null && <ErrorNote error={remove.error} />}
      <Foot onClose={onClose}>
        <Button look="danger" onPress={() => remove.mutate()} isDisabled={typed !== tenant || remove.isPending}>
          Remove the tenant
        </Button>
      </Foot>
    </Window>
  );
}

function Foot({ onClose, isDone = false, children }: { onClose: () => void; isDone?: boolean; children: ReactNode }) {
  return (
    <div className="mt-5 flex justify-end gap-2">
      <Button look={isDone ? 'primary' : 'plain'} onPress={onClose}>
        {isDone ? 'Done' : 'Leave it'}
      </Button>
      {!isDone && children}
    </div>
  );
}
