import type { SayRule } from '@sluice/contracts';
import { type FormEvent, useState } from 'react';
import { Button } from '../../../parts/button.tsx';
import { Window } from '../../../parts/dialog.tsx';
import { Field } from '../../../parts/field.tsx';
import { Select } from '../../../parts/select.tsx';
import { Conditions } from './conditions.tsx';
import { check } from './faults.ts';
import { HARMS, harmOf } from './harms.ts';
import { Faults } from './rows.tsx';
import { numberIn } from './weighing.tsx';

interface Props {
  /** Null: a new one. */
  rule: SayRule | null;
  /** Whether another rule has this id. */
  isTaken: (id: string) => boolean;
  onDone: (rule: SayRule) => void;
  onClose: () => void;
}

const EMPTY = {
  id: '',
  title: '',
  explanation: '',
  weight: '30',
  category: '',
  when: { all: [{ field: 'subject', is: 'contains', value: '', not: false }], any: [] } as SayRule['when'],
};

const draftOf = (rule: SayRule): typeof EMPTY => ({
  ...rule,
  weight: String(rule.weight),
  category: rule.category ?? '',
});

/** A rule as it is written. What is wrong with an expression is said by the gateway, when it is tried or saved. */
export function RuleForm({ rule, isTaken, onDone, onClose }: Props) {
  const [draft, setDraft] = useState(() => (rule === null ? EMPTY : draftOf(rule)));
  const [faults, setFaults] = useState<readonly string[]>([]);
  const take = (event: FormEvent) => {
    event.preventDefault();
    const { category, weight, ...rest } = draft;
    const { value, faults: found } = check('rules', [{ ...rest, weight: numberIn(weight), ...harmOf(category) }]);
    const made = value?.[0];
    setFaults(made !== undefined && isTaken(made.id) ? ['Another rule has this id.'] : found);
    if (made !== undefined && !isTaken(made.id)) onDone(made);
  };
  return (
    <Window title={rule === null ? 'A new rule' : 'Edit the rule'} isOpen onClose={onClose} isSheet isFirm>
      <form onSubmit={take} noValidate className="flex flex-col gap-5">
        <div className="grid items-start gap-3 sm:grid-cols-2">
          <Field
            label="Title"
            value={draft.title}
            onChange={(title) => setDraft({ ...draft, title })}
            placeholder="Somebody asks for gift cards"
            isRequired
          />
          <Field
            label="Id"
            value={draft.id}
            onChange={(id) => setDraft({ ...draft, id })}
            hint="Lower case, digits and hyphens: gift-cards"
            isRequired
          />
          <Field
            label="Explanation"
            value={draft.explanation}
            onChange={(explanation) => setDraft({ ...draft, explanation })}
            hint="A sentence for who reads the report"
            className="sm:col-span-2"
            isRequired
          />
          <Field
            label="Weight"
            value={draft.weight}
            onChange={(weight) => setDraft({ ...draft, weight })}
            inputMode="numeric"
            hint="0 to 100; 0 informs only"
          />
          <Select
            label="Category"
            value={draft.category}
            onChange={(category) => setDraft({ ...draft, category })}
            options={HARMS}
          />
        </div>
        <Conditions
          title="All of these hold"
          conditions={draft.when.all}
          onChange={(all) => setDraft({ ...draft, when: { ...draft.when, all } })}
        />
        <Conditions
          title="And one of these, where there are any"
          conditions={draft.when.any}
          onChange={(any) => setDraft({ ...draft, when: { ...draft.when, any } })}
        />
        <Faults faults={faults} />
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it</Button>
          <Button type="submit" look="primary">
            Take the rule
          </Button>
        </div>
      </form>
    </Window>
  );
}
