import type { HeldSay, JudgementSay } from '@sluice/contracts';
import { SluiceError } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useReach } from '../../../data/reach.tsx';
import { Button } from '../../../parts/button.tsx';
import { moment } from '../../../parts/format.ts';
import { ErrorNote, Hint, Loading } from '../../../parts/note.tsx';
import { EntryList } from './entries.tsx';
import { check } from './faults.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { Brands, Names } from './names.tsx';
import { Rules } from './rules.tsx';
import { Trial } from './trial.tsx';
import { Thresholds, Weights } from './weighing.tsx';

const KEY = ['judgement'];

/** What the operator of a tenant says of its mails: written here, tried on past mails, then saved as a whole. */
export function Judgement() {
  const { client, tenant } = useReach();
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => client.admin.judgement.show({ tenant, signal }),
    // A draft stands on it.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (data !== undefined) return <Editor held={data} />;
  return error === null ? (
    <Loading what="Reading what you say" />
  ) : (
    <ErrorNote error={error} onRetry={() => void refetch()} />
  );
}

function Editor({ held }: { held: HeldSay }) {
  const [draft, setDraft] = useState(held.say);
  /** Counts how often the draft was thrown away: what is typed and not yet taken goes with it. */
  const [round, setRound] = useState(0);
  const [isTrying, setTrying] = useState(false);
  const bar = useRef<HTMLDivElement>(null);
  const save = useSave(held);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(held.say);
  const isSound = check('thresholds', draft.thresholds).faults.length === 0;
  const undo = () => {
    setDraft(held.say);
    setRound(round + 1);
    save.reset();
    bar.current?.focus();
  };
  const store = () =>
    save.mutate(draft, {
      onSuccess({ say }) {
        // What was changed meanwhile stays.
        setDraft((now) => (now === draft ? say : now));
        bar.current?.focus();
      },
    });
  return (
    <>
      <Hint>
        What stands here moves the verdicts of your mails. It holds for mails that are judged after it is saved, and
        every report says where it had a hand in it.
        {held.updatedAt !== null && ` Last saved ${moment(Date.parse(held.updatedAt))}.`}
      </Hint>
      <Parts key={round} draft={draft} onChange={(part) => setDraft((before) => ({ ...before, ...part }))} />
      <div
        ref={bar}
        tabIndex={-1}
        role="group"
        aria-label="The draft"
        className="sticky bottom-16 z-20 mt-4 flex flex-wrap items-center justify-end gap-2 rounded-xl border border-edge bg-surface px-4 py-3 shadow-lg outline-none md:bottom-3"
      >
        <p role="status" className="mr-auto text-sm">
          {isChanged
            ? 'Your changes are not saved yet.'
            : save.isSuccess
              ? 'Saved. All workers follow within a second.'
              : 'Nothing is changed.'}
        </p>
        {isChanged && <Button onPress={undo}>Undo all</Button>}
        <Button onPress={() => setTrying(true)} isDisabled={!isSound}>
          Try it on past mails
        </Button>
        {isChanged && (
          <Button look="primary" onPress={store} isPending={save.isPending} isDisabled={!isSound}>
            Save
          </Button>
        )}
        {save.error !== null && (
          <div className="w-full">
            <ErrorNote error={save.error} />
          </div>
        )}
      </div>
      {isTrying && <Trial say={draft} onClose={() => setTrying(false)} />}
      <LeaveGuard isOn={isChanged} />
    </>
  );
}

/** The whole is replaced: what somebody else has saved meanwhile is not thrown away unseen. */
function useSave({ updatedAt }: HeldSay) {
  const { client, tenant } = useReach();
  const queries = useQueryClient();
  return useMutation({
    async mutationFn(say: JudgementSay) {
      const now = await client.admin.judgement.show({ tenant });
      if (now.updatedAt !== updatedAt) throw changedMeanwhile();
      return client.admin.judgement.set(say, { tenant });
    },
    onSuccess: (saved) => queries.setQueryData(KEY, saved),
  });
}

const changedMeanwhile = () =>
  new SluiceError(
    'changed-meanwhile',
    'Somebody else has saved another version since you opened this page. Copy what you wrote, and open the page again.',
    { httpStatus: 409 },
  );

interface PartsProps {
  draft: JudgementSay;
  onChange: (part: Partial<JudgementSay>) => void;
}

function Parts({ draft, onChange }: PartsProps) {
  return (
    <div className="mt-4 grid items-start gap-4 lg:grid-cols-2">
      <EntryList part="block" entries={draft.block} onChange={(block) => onChange({ block })} />
      <EntryList part="allow" entries={draft.allow} onChange={(allow) => onChange({ allow })} />
      <EntryList
        part="trustedSenders"
        entries={draft.trustedSenders}
        onChange={(trustedSenders) => onChange({ trustedSenders })}
      />
      <Brands brands={draft.brands} onChange={(brands) => onChange({ brands })} />
      <Names
        part="ownDomains"
        title="Own domains"
        says="Who writes from outside as one of them has to prove it."
        label="Domains"
        none="No domain is known as yours."
        names={draft.ownDomains}
        onChange={(ownDomains) => onChange({ ownDomains })}
      />
      <Names
        part="trustedAuthservIds"
        title="Servers that are believed"
        says="Whose Authentication-Results count, besides those that the fleet believes."
        label="Names of servers"
        none="Only those of the fleet are believed."
        names={draft.trustedAuthservIds}
        onChange={(trustedAuthservIds) => onChange({ trustedAuthservIds })}
      />
      <Weights weights={draft.weights} onChange={(weights) => onChange({ weights })} />
      <Thresholds thresholds={draft.thresholds} onChange={(thresholds) => onChange({ thresholds })} />
      <Rules rules={draft.rules} onChange={(rules) => onChange({ rules })} />
    </div>
  );
}
