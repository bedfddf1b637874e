import {
  PRIORITIES,
  type Priority,
  PROVIDER_NAMES,
  Provider,
  type Release,
  RELEASES,
  type TenantPlan,
  type TenantView,
  TLPS,
  type Tlp,
} from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { CheckBox } from '../../parts/check-box.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote } from '../../parts/note.tsx';
import { Select } from '../../parts/select.tsx';
import { RELEASE_WORDS, updateOf } from './tenant-update.ts';

interface Props {
  view: TenantView;
  onClose: () => void;
}

const same = (id: string) => ({ id, name: id, text: id });
const PLAN = [
  ['requestsPerSecond', 'Requests a second'],
  ['jobsInFlight', 'Jobs at work, at most'],
  ['jobsPerDay', 'Jobs a day, at most'],
] as const;

/** Plan, releases and providers of a tenant. They hold within a second. */
export function TenantForm({ view, onClose }: Props) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => updateOf(view));
  const [plan, setPlan] = useState(() => ({ ...view.plan }));
  const save = useMutation({
    mutationFn: () => client.admin.tenants.replace(view.tenant, { ...draft, plan }),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Window title={`Edit ${view.name}`} isOpen onClose={onClose} isSheet isFirm>
      <form onSubmit={send} className="flex flex-col gap-6">
        <Field label="Name" value={draft.name} onChange={(name) => setDraft({ ...draft, name })} isRequired />
        <PlanFields plan={plan} onChange={setPlan} />
        <ReleaseTable
          release={{ ...view.release, ...draft.release }}
          onChange={(release) => setDraft({ ...draft, release })}
        />
        <Select
          label="TLP of a mail that says nothing"
          value={draft.defaultTlp ?? view.defaultTlp}
          onChange={(tlp) => setDraft({ ...draft, defaultTlp: tlp as Tlp })}
          options={TLPS.map(same)}
          className="max-w-60"
        />
        <ProviderChoice
          providers={draft.providers ?? null}
          onChange={(providers) => setDraft({ ...draft, providers })}
        />
        {save.error !== null && <ErrorNote error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" look="primary" isDisabled={draft.name.trim() === '' || save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Window>
  );
}

function PlanFields({ plan, onChange }: { plan: TenantPlan; onChange: (plan: TenantPlan) => void }) {
  return (
    <fieldset className="grid gap-3 sm:grid-cols-2">
      <legend className="mb-2 font-semibold">Plan</legend>
      {PLAN.map(([name, label]) => (
        <Field
          key={name}
          label={label}
          value={String(plan[name])}
          onChange={(text) => onChange({ ...plan, [name]: Number(text.replaceAll(/\D/g, '')) })}
          inputMode="numeric"
          isRequired
        />
      ))}
      <Select
        label="Priority up to"
        value={plan.priorityCeiling}
        onChange={(priority) => onChange({ ...plan, priorityCeiling: priority as Priority })}
        options={PRIORITIES.map(same)}
      />
    </fieldset>
  );
}

type Rules = Readonly<Record<Tlp, readonly Release[]>>;

function ReleaseTable({ release, onChange }: { release: Rules; onChange: (release: Record<Tlp, Release[]>) => void }) {
  const turn = (tlp: Tlp, what: Release) => {
    const held = release[tlp];
    const next = held.includes(what) ? held.filter((each) => each !== what) : [...held, what];
    onChange(Object.fromEntries(TLPS.map((each) => [each, each === tlp ? next : [...release[each]]])) as never);
  };
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label="What may leave">
      <table className="w-full text-left text-sm">
        <caption className="mb-2 text-left font-semibold">What may leave the fleet, by TLP</caption>
        <thead className="text-xs text-muted">
          <tr>
            <th scope="col" className="py-1 pr-3 font-semibold">
              TLP
            </th>
            {RELEASES.map((each) => (
              <th key={each} scope="col" className="px-2 py-1 font-semibold">
                {RELEASE_WORDS[each]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {TLPS.map((tlp) => (
            <tr key={tlp} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-3 font-medium">
                {tlp}
              </th>
              {RELEASES.map((each) => (
                <td key={each} className="px-2 py-1.5">
                  <CheckBox
                    label={`${tlp}: ${RELEASE_WORDS[each]}`}
                    isLabelHidden
                    isChecked={release[tlp].includes(each)}
                    onChange={() => turn(tlp, each)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ChoiceProps {
  /** Null: all. */
  providers: readonly Provider[] | null;
  onChange: (providers: Provider[] | null) => void;
}

function ProviderChoice({ providers, onChange }: ChoiceProps) {
  const turn = (provider: Provider) => {
    const held = providers ?? [];
    onChange(held.includes(provider) ? held.filter((each) => each !== provider) : [...held, provider]);
  };
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 font-semibold">Who may be asked about its mails</legend>
      <CheckBox
        label="All that the fleet has a key for"
        isChecked={providers === null}
        onChange={() => onChange(providers === null ? [...Provider.options] : null)}
      />
      {providers !== null &&
        Provider.options.map((provider) => (
          <CheckBox
            key={provider}
            label={PROVIDER_NAMES[provider]}
            isChecked={providers.includes(provider)}
            onChange={() => turn(provider)}
          />
        ))}
    </fieldset>
  );
}
