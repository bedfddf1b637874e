import type { DeadLetter, DeadLetterState } from '@sluice/contracts';
import { Button } from 'react-aria-components/Button';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { duration } from '../../parts/format.ts';
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
  return (
    <div className="relative max-h-[40rem] overflow-auto" role="group" aria-label="Letters" tabIndex={0}>
      <table className="w-full min-w-[46rem] text-left text-sm">
        <thead className="sticky top-0 z-10 bg-surface text-xs text-muted">
          <tr className="border-b border-line">
            <th scope="col" className="w-10 px-4 py-2">
              <input
                type="checkbox"
                aria-label="Choose all open letters"
                checked={isAll}
                disabled={open.length === 0}
                onChange={() => onPick(new Set(isAll ? [] : open.map(({ id }) => id)))}
                className="size-4.5 accent-accent"
              />
            </th>
            {['Task', 'Fault', 'State', 'Next try', 'Failed'].map((name) => (
              <th key={name} scope="col" className="px-4 py-2 font-semibold">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <tr key={letter.id} className="border-b border-line last:border-0 hover:bg-sunken">
              <td className="px-4 py-2">
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
              <td className="px-4 py-2">
                <Button
                  onPress={() => onOpen(letter.id)}
                  className="min-h-6 cursor-pointer text-left font-medium text-accent hover:underline"
                >
                  {letter.name}
                </Button>
                <span className="block font-mono text-xs whitespace-nowrap text-muted">{letter.jobId}</span>
              </td>
              <td className="px-4 py-2">
                {letter.error.message}
                <span className="block font-mono text-xs text-muted">{letter.error.code}</span>
              </td>
              <td className="px-4 py-2">
                <Badge tone={LETTER_TONES[letter.state]}>{letter.state}</Badge>
                <span className="block text-xs text-muted">{letter.reason}</span>
              </td>
              <td className="px-4 py-2 whitespace-nowrap tabular-nums">{nextOf(letter, now)}</td>
              <td className="px-4 py-2 whitespace-nowrap text-muted">
                <Ago ms={letter.lastFailedMs} now={now} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nextOf({ nextMs }: DeadLetter, now: number): string {
  if (nextMs === null) return '–';
  return nextMs <= now ? 'now' : `in ${duration(nextMs - now)}`;
}
