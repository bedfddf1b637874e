import type { DeadLetter, DeadLetterState } from '@sluice/contracts';
import { Button } from 'react-aria-components/Button';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { duration } from '../../parts/format.ts';
import { Table } from '../../parts/table.tsx';
import { Ago, useNow } from '../../parts/time.tsx';

interface Props {
  letters: readonly DeadLetter[];
  picked: ReadonlySet<string>;
  onPick: (picked: ReadonlySet<string>) => void;
  onOpen: (id: string) => void;
  isOpen: (state: DeadLetterState) => boolean;
}

export const LETTER_TONES: Readonly<Record<DeadLetterState, Tone>> = {
  scheduled: 'accent',
  parked: 'warn',
  resolved: 'good',
  discarded: 'muted',
  expired: 'muted',
};

/** Letters one by one; open ones can be chosen. */
export function LetterTable({ letters, picked, onPick, onOpen, isOpen }: Props) {
  const now = useNow(1_000);
  const open = letters.filter(({ state }) => isOpen(state));
  const isAll = open.length > 0 && open.every(({ id }) => picked.has(id));
  const toggle = (id: string) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    onPick(next);
  };
  const all = (
    <label className="flex min-h-6 items-center gap-2">
      <input
        type="checkbox"
        checked={isAll}
        disabled={open.length === 0}
        onChange={() => onPick(new Set(isAll ? [] : open.map(({ id }) => id)))}
        className="size-4.5 accent-accent"
      />
      <span className="sm:sr-only">Choose all open letters</span>
    </label>
  );
  return (
    <Table
      label="Letters"
      heads={[{ name: 'Choose', content: all }, 'Task', 'Fault', 'State', 'Next try', 'Failed']}
      width="sm:min-w-[46rem]"
      height="max-h-[40rem]"
    >
      {letters.map((letter) => (
        <tr key={letter.id} className="hover:bg-sunken">
          <td>
            {isOpen(letter.state) && (
              <input
                type="checkbox"
                aria-label={`Choose ${letter.task}`}
                checked={picked.has(letter.id)}
                onChange={() => toggle(letter.id)}
                className="size-4.5 accent-accent"
              />
            )}
          </td>
          <td>
            <Button
              onPress={() => onOpen(letter.id)}
              className="min-h-6 cursor-pointer text-left font-medium text-accent hover:underline"
            >
              {letter.name}
            </Button>
            <span className="block font-mono text-xs text-muted sm:whitespace-nowrap">{letter.jobId}</span>
          </td>
          <td>
            {letter.error.message}
            <span className="block font-mono text-xs text-muted">{letter.error.code}</span>
          </td>
          <td>
            <Badge tone={LETTER_TONES[letter.state]}>{letter.state}</Badge>
            <span className="block text-xs text-muted">{letter.reason}</span>
          </td>
          <td className="whitespace-nowrap tabular-nums">{nextOf(letter, now)}</td>
          <td className="whitespace-nowrap text-muted">
            <Ago ms={letter.lastFailedMs} now={now} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function nextOf({ nextMs }: DeadLetter, now: number): string {
  if (nextMs === null) return '–';
  return nextMs <= now ? 'now' : `in ${duration(nextMs - now)}`;
}
