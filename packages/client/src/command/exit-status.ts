import type { Verdict } from '@sluice/contracts';

export const WRONG_USAGE = 2;
const ERROR = 1;
const OF_VERDICT: Record<Verdict, number> = { clean: 0, suspicious: 10, malicious: 20 };

export interface Tally {
  verdicts: Record<Verdict, number>;
  errors: number;
}

export function emptyTally(): Tally {
  return { verdicts: { clean: 0, suspicious: 0, malicious: 0 }, errors: 0 };
}

/** By the worst verdict; an error outranks them all, because what was not scanned may be worse. */
export function exitStatus({ verdicts, errors }: Tally): number {
  if (errors > 0) return ERROR;
  const found = (Object.keys(verdicts) as Verdict[]).filter((verdict) => verdicts[verdict] > 0);
  return Math.max(0, ...found.map((verdict) => OF_VERDICT[verdict]));
}
