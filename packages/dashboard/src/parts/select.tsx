import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import { INPUT, LABEL } from './field.tsx';

interface SelectProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly { id: string; name: ReactNode; text: string }[];
  className?: string;
}

/** One of a few. */
export function Select({ label, value, onChange, options, className = '' }: SelectProps) {
  return (
    <AriaSelect
      value={value}
      onChange={(key) => onChange(String(key ?? ''))}
      className={`flex min-w-0 flex-col gap-1 ${className}`}
    >
      <Label className={LABEL}>{label}</Label>
      <Button className={`${INPUT} flex cursor-pointer items-center justify-between gap-2 text-left`}>
        <SelectValue className="truncate" />
        <ChevronDown size={16} aria-hidden className="shrink-0 text-muted" />
      </Button>
      <Popover className="min-w-(--trigger-width) rounded-lg border border-edge bg-surface p-1 shadow-xl">
        <ListBox className="max-h-80 overflow-auto outline-none">
          {options.map(({ id, name, text }) => (
            <ListBoxItem
              key={id}
              id={id}
              textValue={text}
              className="cursor-pointer rounded px-2.5 py-1.5 text-sm data-focused:bg-accent-soft data-selected:font-semibold"
            >
              {name}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export const optionsOf = (values: readonly string[], all: string) => [
  { id: '', name: all, text: all },
  ...values.map((id) => ({ id, name: id.replaceAll('_', ' '), text: id.replaceAll('_', ' ') })),
];
