import type { SayRule } from '@sluice/contracts';
import { Plus } from 'lucide-react';
import { Button } from '../../../parts/button.tsx';
import { CheckBox } from '../../../parts/check-box.tsx';
import { Field } from '../../../parts/field.tsx';
import { Select } from '../../../parts/select.tsx';

type Condition = SayRule['when']['all'][number];

const HEADER = 'header:';
const FIELDS: Readonly<Record<string, string>> = {
  subject: 'Subject',
  text: 'Text, with that of attachments',
  from: 'Sender’s address',
  'from-domain': 'Sender’s domain',
  to: 'Recipient',
  url: 'A link',
  'url-host': 'Host of a link',
  'attachment-name': 'Name of an attachment',
  'attachment-type': 'Type of an attachment',
  'attachment-sha256': 'SHA-256 of an attachment',
  [HEADER]: 'A header',
};
const OPERATORS: Readonly<Record<Condition['is'], string>> = {
  contains: 'contains',
  equals: 'equals',
  starts: 'starts with',
  ends: 'ends with',
  matches: 'matches the expression',
};
const optionsIn = (names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([id, name]) => ({ id, name, text: name }));

interface Props {
  title: string;
  conditions: readonly Condition[];
  onChange: (conditions: Condition[]) => void;
}

export function Conditions({ title, conditions, onChange }: Props) {
  const put = (at: number, next: Condition) => onChange(conditions.map((each, index) => (index === at ? next : each)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 font-semibold">{title}</legend>
      {conditions.map((condition, at) => (
        <One
          key={at}
          number={at + 1}
          condition={condition}
          onChange={(next) => put(at, next)}
          onRemove={() => onChange(conditions.filter((_, index) => index !== at))}
        />
      ))}
      <div>
        <Button onPress={() => onChange([...conditions, { field: 'subject', is: 'contains', value: '', not: false }])}>
          <Plus size={15} aria-hidden /> Add a condition<span className="sr-only"> to: {title}</span>
        </Button>
      </div>
    </fieldset>
  );
}

interface OneProps {
  number: number;
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}

function One({ number, condition, onChange, onRemove }: OneProps) {
  const { field, is, value, not } = condition;
  const isHeader = field.startsWith(HEADER);
  return (
    <div
      role="group"
      aria-label={`Condition ${number}`}
      className="grid items-start gap-3 rounded-lg border border-line p-3 sm:grid-cols-2"
    >
      <Select
        label="Of the mail"
        value={isHeader ? HEADER : field}
        onChange={(next) => onChange({ ...condition, field: next })}
        options={optionsIn(FIELDS)}
      />
      {isHeader && (
        <Field
          label="Name of the header"
          value={field.slice(HEADER.length)}
          onChange={(name) => onChange({ ...condition, field: `${HEADER}${name.trim().toLowerCase()}` })}
          placeholder="x-mailer"
        />
      )}
      <Select
        label="Does what"
        value={is}
        onChange={(next) => onChange({ ...condition, is: next as Condition['is'] })}
        options={optionsIn(OPERATORS)}
      />
      <Field
        label="Value"
        value={value}
        onChange={(next) => onChange({ ...condition, value: next })}
        hint={is === 'matches' ? 'Without look-around and back-references' : 'Capitals make no difference'}
      />
      <div className="flex items-center justify-between gap-3 sm:col-span-2">
        <CheckBox
          label="Holds where that is not so"
          isChecked={not}
          onChange={() => onChange({ ...condition, not: !not })}
        />
        <Button look="quiet" onPress={onRemove}>
          Remove<span className="sr-only"> condition {number}</span>
        </Button>
      </div>
    </div>
  );
}
