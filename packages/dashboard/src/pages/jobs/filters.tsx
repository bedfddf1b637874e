import { TERMINAL_STATES, VERDICTS } from '@sluice/contracts';
import { Search, SlidersHorizontal, X } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import type { JobFilter } from '../../data/jobs.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { optionsOf, Select } from '../../parts/select.tsx';

const STATES = [
  'queued',
  'parsing',
  'extracting',
  'sandbox_analysis',
  'api_analysis',
  'aggregating',
  'scoring',
  ...TERMINAL_STATES,
];
const SPANS = [
  { id: '', name: 'Any time', text: 'Any time' },
  { id: '1', name: 'Last hour', text: 'Last hour' },
  { id: '24', name: 'Last day', text: 'Last day' },
  { id: '168', name: 'Last week', text: 'Last week' },
];
const DEEP = ['sender', 'domain', 'hash', 'ip'] as const;
const DEEP_NAMES = {
  sender: 'Sender’s address',
  domain: 'Domain in the mail',
  hash: 'Hash of mail or file',
  ip: 'IP address',
};

interface Props {
  filter: JobFilter;
  onChange: (filter: JobFilter) => void;
}

export function Filters({ filter, onChange }: Props) {
  const [text, setText] = useState(filter.text ?? '');
  const hasDeep = DEEP.some((name) => filter[name] !== undefined);
  const [isDeep, setDeep] = useState(hasDeep);
  useEffect(() => setText(filter.text ?? ''), [filter.text]);
  const search = (event: FormEvent) => {
    event.preventDefault();
    onChange({ ...filter, text: text.trim() });
  };
  return (
    <div className="mb-4 flex flex-col gap-3">
      <form
        role="search"
        onSubmit={search}
        className="grid grid-cols-2 items-end gap-3 md:grid-cols-[minmax(12rem,1fr)_10rem_11rem_9rem_auto]"
      >
        <Field
          label="Subject"
          type="search"
          value={text}
          onChange={setText}
          placeholder="A part of the subject"
          className="col-span-2 md:col-span-1"
        />
        <Select
          label="Verdict"
          value={filter.verdict ?? ''}
          onChange={(verdict) => onChange({ ...filter, verdict })}
          options={optionsOf(VERDICTS, 'All verdicts')}
        />
        <Select
          label="State"
          value={filter.state ?? ''}
          onChange={(state) => onChange({ ...filter, state })}
          options={optionsOf(STATES, 'All states')}
        />
        <Select
          label="Submitted"
          value={filter.since ?? ''}
          onChange={(since) => onChange({ ...filter, since })}
          options={SPANS}
        />
        <div className="col-span-2 flex gap-2 md:col-span-1">
          <Button type="submit">
            <Search size={16} aria-hidden /> Search
          </Button>
          <Button look="quiet" aria-expanded={isDeep} onPress={() => setDeep(!isDeep)}>
            <SlidersHorizontal size={16} aria-hidden /> More
          </Button>
        </div>
      </form>
      {isDeep && <DeepFilters filter={filter} onChange={onChange} />}
      {Object.keys(filter).length > 0 && (
        <div>
          <Button look="quiet" onPress={() => onChange({})}>
            <X size={15} aria-hidden /> Take all filters away
          </Button>
        </div>
      )}
    </div>
  );
}

/** What a mail holds: who sent it, and what it names. */
function DeepFilters({ filter, onChange }: Props) {
  const [deep, setDeep] = useState<JobFilter>(filter);
  const search = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = DEEP.map((name) => [name, deep[name]?.trim() ?? '']);
    onChange({ ...filter, ...Object.fromEntries(trimmed) });
  };
  return (
    <form
      onSubmit={search}
      className="grid items-end gap-3 rounded-xl border border-line bg-surface p-3 sm:grid-cols-2 lg:grid-cols-[repeat(4,1fr)_auto]"
    >
      {DEEP.map((name) => (
        <Field
          key={name}
          label={DEEP_NAMES[name]}
          value={deep[name] ?? ''}
          onChange={(value) => setDeep({ ...deep, [name]: value })}
        />
      ))}
      <Button type="submit">Search</Button>
    </form>
  );
}
