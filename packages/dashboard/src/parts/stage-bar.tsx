import { ProgressBar } from 'react-aria-components/ProgressBar';

/** How far a job is, in a line of a list. */
export function StageBar({ percent, label }: { percent: number; label: string }) {
  return (
    <ProgressBar
      aria-label={label}
      value={percent}
      className="block h-1.5 w-24 max-w-full overflow-hidden rounded-full bg-sunken"
    >
      <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${percent}%` }} />
    </ProgressBar>
  );
}
