import { PRIORITIES, Priority, TLPS, Tlp } from '@sluice/contracts';
import { useState } from 'react';
import { Card } from '../../parts/card.tsx';
import { Select } from '../../parts/select.tsx';

/** How what is submitted is to be treated. Undefined: as the tenant has it. */
export interface Handling {
  tlp: Tlp | undefined;
  priority: Priority | undefined;
}

const TLP_SAYS: Readonly<Record<Tlp, string>> = {
  clear: 'TLP:CLEAR, may be known to all',
  green: 'TLP:GREEN, within the community',
  amber: 'TLP:AMBER, within the organisation and its clients',
  'amber+strict': 'TLP:AMBER+STRICT, within the organisation',
  red: 'TLP:RED, for those here alone: nobody outside is asked',
};
const asOption = (id: string, text: string) => ({ id, name: text, text });
const TLP_OPTIONS = [asOption('', 'As the tenant has it'), ...TLPS.map((tlp) => asOption(tlp, TLP_SAYS[tlp]))];
const PRIORITY_OPTIONS = [asOption('', 'As usual'), ...PRIORITIES.map((priority) => asOption(priority, priority))];

export function useHandling() {
  return useState<Handling>({ tlp: undefined, priority: undefined });
}

/** How far it may travel, and how urgent it is: for all that is submitted from here on. */
export function HandlingForm({ handling, onChange }: { handling: Handling; onChange: (next: Handling) => void }) {
  return (
    <Card title="How to treat what you hand over">
      <div className="grid gap-4 sm:grid-cols-2">
        <Select
          label="How far it may travel (TLP)"
          value={handling.tlp ?? ''}
          onChange={(tlp) => onChange({ ...handling, tlp: Tlp.safeParse(tlp).data })}
          options={TLP_OPTIONS}
        />
        <Select
          label="Priority"
          value={handling.priority ?? ''}
          onChange={(priority) => onChange({ ...handling, priority: Priority.safeParse(priority).data })}
          options={PRIORITY_OPTIONS}
        />
      </div>
    </Card>
  );
}
