import type { JudgementSay } from '@sluice/contracts';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '../../../parts/button.tsx';
import { Card } from '../../../parts/card.tsx';
import { Field, INPUT, LABEL } from '../../../parts/field.tsx';
import { Hostile } from '../../../parts/text.tsx';
import { check } from './faults.ts';
import { Faults, Rows } from './rows.tsx';

/** Words of a list as people write them: by lines, commas or blanks, each once. */
const wordsIn = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter((word) => word !== ''))];

interface NamesProps<Name extends 'ownDomains' | 'trustedAuthservIds'> {
  part: Name;
  title: string;
  says: string;
  label: string;
  none: string;
  names: readonly string[];
  onChange: (names: string[]) => void;
}

/** A list of plain names; many can be pasted at once. */
export function Names<Name extends 'ownDomains' | 'trustedAuthservIds'>(props: NamesProps<Name>) {
  const { part, title, says, label, none, names, onChange } = props;
  const id = useId();
  const [text, setText] = useState('');
  const [faults, setFaults] = useState<readonly string[]>([]);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const { value, faults: found } = check(part, wordsIn(text));
    setFaults(value?.length === 0 ? ['Nothing is written.'] : found);
    if (value === null || value.length === 0) return;
    onChange([...new Set([...names, ...value])]);
    setText('');
  };
  return (
    <Card title={title} aside={`${names.length}`}>
      <p className="mb-3 text-sm text-muted">{says}</p>
      <Rows
        label={title}
        none={none}
        rows={names.map((name) => ({
          key: name,
          name,
          content: <Hostile className="font-mono text-[0.9em]">{name}</Hostile>,
        }))}
        onRemove={(at) => onChange(names.filter((_, index) => index !== at))}
      />
      <form onSubmit={add} noValidate className="mt-4 flex flex-col items-start gap-2">
        <label htmlFor={id} className={LABEL}>
          {label}
        </label>
        <textarea
          id={id}
          value={text}
          onChange={({ target }) => setText(target.value)}
          rows={2}
          spellCheck={false}
          className={`${INPUT} resize-y font-mono text-xs`}
        />
        <Faults faults={faults} />
        <Button type="submit">Add</Button>
      </form>
    </Card>
  );
}

type Brand = JudgementSay['brands'][number];

/** Own brands: who uses their names from elsewhere is found out. */
export function Brands({ brands, onChange }: { brands: readonly Brand[]; onChange: (brands: Brand[]) => void }) {
  const [name, setName] = useState('');
  const [domains, setDomains] = useState('');
  const [faults, setFaults] = useState<readonly string[]>([]);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const { value, faults: found } = check('brands', [{ name, domains: wordsIn(domains) }]);
    setFaults(found);
    if (value === null) return;
    onChange([...brands.filter((brand) => brand.name !== value[0]?.name), ...value]);
    setName('');
    setDomains('');
  };
  return (
    <Card title="Own brands" aside={`${brands.length}`}>
      <p className="mb-3 text-sm text-muted">
        A mail that uses such a name, and comes from or leads elsewhere, is found out.
      </p>
      <Rows
        label="Own brands"
        none="No brand of yours is watched."
        rows={brands.map((brand) => ({
          key: brand.name,
          name: brand.name,
          content: (
            <>
              <Hostile className="font-medium">{brand.name}</Hostile>
              <span className="block font-mono text-xs text-muted">{brand.domains.join(', ')}</span>
            </>
          ),
        }))}
        onRemove={(at) => onChange(brands.filter((_, index) => index !== at))}
      />
      <form onSubmit={add} noValidate aria-label="Add a brand" className="mt-4 grid items-start gap-3 sm:grid-cols-2">
        <Field label="Name of the brand" value={name} onChange={setName} />
        <Field label="Its domains" value={domains} onChange={setDomains} hint="With commas or blanks between" />
        <div className="flex flex-col items-start gap-2 sm:col-span-2">
          <Faults faults={faults} />
          <Button type="submit">Add</Button>
        </div>
      </form>
    </Card>
  );
}
