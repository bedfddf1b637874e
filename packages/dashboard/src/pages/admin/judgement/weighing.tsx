import type { JudgementSay } from '@sluice/contracts';
import { type FormEvent, useState } from 'react';
import { Button } from '../../../parts/button.tsx';
import { Card } from '../../../parts/card.tsx';
import { CheckBox } from '../../../parts/check-box.tsx';
import { Field } from '../../../parts/field.tsx';
import { check } from './faults.ts';
import { Faults, Rows } from './rows.tsx';

type Weighs = JudgementSay['weights'];
type Bounds = JudgementSay['thresholds'];

/** A number as it is typed; NaN where nothing is. */
export const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text.replace(',', '.')));

/** Weights of findings in the place of their own. */
export function Weights({ weights, onChange }: { weights: Weighs; onChange: (weights: Weighs) => void }) {
  const [id, setId] = useState('');
  const [weight, setWeight] = useState('');
  const [faults, setFaults] = useState<readonly string[]>([]);
  const listed = Object.entries(weights);
  const add = (event: FormEvent) => {
    event.preventDefault();
    const { value, faults: found } = check('weights', { [id.trim()]: numberIn(weight) });
    setFaults(found);
    if (value === null) return;
    onChange({ ...weights, ...value });
    setId('');
    setWeight('');
  };
  return (
    <Card title="Weights" aside={`${listed.length}`}>
      <p className="mb-3 text-sm text-muted">
        How much a finding counts, in the place of its own weight; 0 informs only. The id of a finding stands below it
        among the reasons of a job.
      </p>
      <Rows
        label="Weights"
        none="All findings weigh what they weigh."
        rows={listed.map(([name, value]) => ({
          key: name,
          name,
          content: (
            <span className="flex flex-wrap justify-between gap-x-4">
              <span className="font-mono text-[0.9em]">{name}</span>
              <span className="font-semibold tabular-nums">{value}</span>
            </span>
          ),
        }))}
        onRemove={(at) => onChange(Object.fromEntries(listed.filter((_, index) => index !== at)))}
      />
      <form
        onSubmit={add}
        noValidate
        aria-label="Add a weight"
        className="mt-4 grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_7rem]"
      >
        <Field label="Id of the finding" value={id} onChange={setId} placeholder="sender.reply-elsewhere" />
        <Field label="Weight" value={weight} onChange={setWeight} inputMode="numeric" hint="0 to 100" />
        <div className="flex flex-col items-start gap-2 sm:col-span-2">
          <Faults faults={faults} />
          <Button type="submit">Add</Button>
        </div>
      </form>
    </Card>
  );
}

/** From which scores on; empty fields where the usual ones hold. */
export function Thresholds({ thresholds, onChange }: { thresholds: Bounds; onChange: (thresholds: Bounds) => void }) {
  const [texts, setTexts] = useState(() => textsOf(thresholds));
  const change = (next: typeof texts) => {
    setTexts(next);
    onChange(boundsIn(next));
  };
  return (
    <Card title="Thresholds" aside={thresholds === null ? 'the usual ones' : 'your own'}>
      <p className="mb-3 text-sm text-muted">From which score on a mail is called suspicious, and malicious.</p>
      <CheckBox
        label="Thresholds of your own"
        isChecked={thresholds !== null}
        onChange={() => onChange(thresholds === null ? boundsIn(texts) : null)}
      />
      {thresholds !== null && (
        <div className="mt-3 grid items-start gap-3 sm:grid-cols-2">
          <Field
            label="Suspicious from"
            value={texts.suspicious}
            onChange={(suspicious) => change({ ...texts, suspicious })}
            inputMode="numeric"
          />
          <Field
            label="Malicious from"
            value={texts.malicious}
            onChange={(malicious) => change({ ...texts, malicious })}
            inputMode="numeric"
          />
        </div>
      )}
      <Faults faults={check('thresholds', thresholds).faults} />
    </Card>
  );
}

const textsOf = (bounds: Bounds) => ({
  suspicious: bounds === null ? '' : String(bounds.suspicious),
  malicious: bounds === null ? '' : String(bounds.malicious),
});

const boundsIn = ({ suspicious, malicious }: ReturnType<typeof textsOf>) => ({
  suspicious: numberIn(suspicious),
  malicious: numberIn(malicious),
});
