import type { ReactNode } from 'react';
import { Button } from '../../../parts/button.tsx';

interface Row {
  key: string;
  /** For screen readers, after what a button does. */
  name: string;
  content: ReactNode;
}

interface Props {
  label: string;
  rows: readonly Row[];
  /** Said where there is none. */
  none: string;
  onRemove: (at: number) => void;
  onEdit?: (at: number) => void;
}

/** What stands in a part of the say, one by one. */
export function Rows({ label, rows, none, onRemove, onEdit }: Props) {
  if (rows.length === 0) return <p className="text-sm text-muted">{none}</p>;
  return (
    <ul
      aria-label={label}
      tabIndex={0}
      className="max-h-72 divide-y divide-line overflow-auto rounded-lg border border-line"
    >
      {rows.map(({ key, name, content }, at) => (
        <li key={key} className="flex items-center gap-2 py-1 pr-1 pl-3 text-sm">
          <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">{content}</div>
          {onEdit !== undefined && (
            <Button look="quiet" onPress={() => onEdit(at)}>
              Edit<span className="sr-only"> {name}</span>
            </Button>
          )}
          <Button look="quiet" onPress={() => onRemove(at)}>
            Remove<span className="sr-only"> {name}</span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** What keeps something from being taken. */
export function Faults({ faults }: { faults: readonly string[] }) {
  return (
    <div role="alert" className="text-sm text-bad empty:hidden">
      {faults.map((fault) => (
        <p key={fault}>{fault}</p>
      ))}
    </div>
  );
}
