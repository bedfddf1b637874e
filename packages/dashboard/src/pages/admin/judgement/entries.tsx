import type { JudgementSay } from '@sluice/contracts';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Badge } from '../../../parts/badge.tsx';
import { Button } from '../../../parts/button.tsx';
import { Card } from '../../../parts/card.tsx';
import { CheckBox } from '../../../parts/check-box.tsx';
import { Field } from '../../../parts/field.tsx';
import { Select } from '../../../parts/select.tsx';
import { Hostile } from '../../../parts/text.tsx';
import { HARMS, harmOf } from './harms.ts';
import { check } from './faults.ts';
import { Faults, Rows } from './rows.tsx';

const KINDS = {
  address: 'Sender’s address',
  domain: 'Sender’s domain',
  'url-host': 'Host of a link',
  hash: 'Hash of a file',
};
type Kind = keyof typeof KINDS;
const SENDERS: readonly Kind[] = ['address', 'domain'];
const ALL: readonly Kind[] = [...SENDERS, 'url-host', 'hash'];
const EXAMPLES: Readonly<Record<Kind, string>> = {
  address: 'ann@garden.example',
  domain: 'garden.example',
  'url-host': 'files.garden.example',
  hash: 'MD5, SHA-1 or SHA-256',
};

const LISTS = {
  allow: {
    title: 'Allowed',
    says: 'What the checks hold against such a mail counts no more; malware does. A block stands above it.',
    kinds: ALL,
    none: 'Nothing is allowed by your word.',
  },
  block: {
    title: 'Blocked',
    says: 'Such a mail is malicious, whatever speaks for it; suspicious where you call it spam.',
    kinds: ALL,
    none: 'Nothing is blocked by your word.',
  },
  trustedSenders: {
    title: 'Trusted senders',
    says: 'Soft evidence against their mails counts less.',
    kinds: SENDERS,
    none: 'Nobody is trusted more than others.',
  },
} as const;

type Part = keyof typeof LISTS;
type Entries<Name extends Part> = JudgementSay[Name];

interface Props<Name extends Part> {
  part: Name;
  entries: Entries<Name>;
  onChange: (entries: Entries<Name>) => void;
}

/** One of the lists of senders, hosts and files. */
export function EntryList<Name extends Part>({ part, entries, onChange }: Props<Name>) {
  const { title, says, none } = LISTS[part];
  return (
    <Card title={title} aside={`${entries.length}`}>
      <p className="mb-3 text-sm text-muted">{says}</p>
      <Rows
        label={title}
        none={none}
        rows={entries.map((entry) => ({
          key: `${entry.kind} ${entry.value}`,
          name: entry.value,
          content: <Entry entry={entry} />,
        }))}
        onRemove={(at) => onChange(entries.filter((_, index) => index !== at) as Entries<Name>)}
      />
      <NewEntry part={part} entries={entries} onChange={onChange} />
    </Card>
  );
}

function Entry({ entry }: { entry: Entries<Part>[number] }) {
  return (
    <>
      <span className="text-xs text-muted">{KINDS[entry.kind]}</span>{' '}
      {'unauthenticated' in entry && entry.unauthenticated && <Badge tone="warn">also without DMARC</Badge>}
      {'category' in entry && entry.category !== undefined && <Badge tone="bad">{entry.category}</Badge>}
      <span className="block font-mono text-[0.9em]">
        <Hostile>{entry.value}</Hostile>
      </span>
      {entry.note !== undefined && entry.note !== '' && (
        <span className="block text-xs text-muted">
          <Hostile>{entry.note}</Hostile>
        </span>
      )}
    </>
  );
}

const EMPTY = { value: '', note: '', unauthenticated: false, category: '' };

function NewEntry<Name extends Part>({ part, entries, onChange }: Props<Name>) {
  const { title, kinds } = LISTS[part];
  const [kind, setKind] = useState<Kind>('domain');
  const [draft, setDraft] = useState(EMPTY);
  const [faults, setFaults] = useState<readonly string[]>([]);
  const isSender = SENDERS.includes(kind);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const { value, note, unauthenticated, category } = draft;
    const checked = check(part, [
      {
        kind,
        value,
        ...(note.trim() === '' ? {} : { note: note.trim() }),
        ...(part === 'block' ? harmOf(category) : isSender ? { unauthenticated } : {}),
      },
    ]);
    const added = checked.value?.[0];
    const isHeld = entries.some((entry) => entry.kind === added?.kind && entry.value === added.value);
    setFaults(isHeld ? ['That stands in the list already.'] : checked.faults);
    if (added === undefined || isHeld) return;
    onChange([...entries, added] as Entries<Name>);
    setDraft(EMPTY);
  };
  return (
    <form
      onSubmit={add}
      aria-label={`Add to ${title}`}
      noValidate
      className="mt-4 grid items-start gap-3 sm:grid-cols-2"
    >
      <Select
        label="What"
        value={kind}
        onChange={(next) => setKind(kinds.find((each) => each === next) ?? 'domain')}
        options={kinds.map((id) => ({ id, name: KINDS[id], text: KINDS[id] }))}
      />
      <Field
        label={KINDS[kind]}
        value={draft.value}
        onChange={(value) => setDraft({ ...draft, value })}
        placeholder={EXAMPLES[kind]}
      />
      <Field
        label="Note"
        value={draft.note}
        onChange={(note) => setDraft({ ...draft, note })}
        hint="Why, and who wanted it"
      />
      {part === 'block' && (
        <Select
          label="Category"
          value={draft.category}
          onChange={(category) => setDraft({ ...draft, category })}
          options={HARMS}
        />
      )}
      <Foot faults={faults}>
        {part !== 'block' && isSender && (
          <CheckBox
            label="Also where DMARC does not prove the sender"
            isChecked={draft.unauthenticated}
            onChange={() => setDraft({ ...draft, unauthenticated: !draft.unauthenticated })}
          />
        )}
      </Foot>
    </form>
  );
}

function Foot({ faults, children }: { faults: readonly string[]; children: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-2 sm:col-span-2">
      {children}
      <Faults faults={faults} />
      <Button type="submit">Add</Button>
    </div>
  );
}
