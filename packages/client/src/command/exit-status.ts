import type { SluiceError, Verdict } from '@sluice/contracts';

/** What the command ends with. Documented in the README and in the help: a status keeps its meaning. */
export const STATUS = {
  ok: 0,
  /** Something was refused or failed, or could not be scanned. */
  failed: 1,
  wrongUsage: 2,
  /** What was asked for is not there. */
  notThere: 3,
  /** The key is not known, or may not do this. */
  notPermitted: 4,
  /** No fleet was found, or it does not answer or takes nothing in at the moment. */
  away: 5,
  suspicious: 10,
  malicious: 20,
} as const;

const OF_VERDICT: Record<Verdict, number> = {
  clean: STATUS.ok,
  suspicious: STATUS.suspicious,
  malicious: STATUS.malicious,
};

export interface Tally {
  verdicts: Record<Verdict, number>;
  errors: number;
}

export function emptyTally(): Tally {
  return { verdicts: { clean: 0, suspicious: 0, malicious: 0 }, errors: 0 };
}

/** By the worst verdict; an error outranks them all, because what was not scanned may be worse. */
export function exitStatus({ verdicts, errors }: Tally): number {
  if (errors > 0) return STATUS.failed;
  const found = (Object.keys(verdicts) as Verdict[]).filter((verdict) => verdicts[verdict] > 0);
  return Math.max(0, ...found.map(statusOfVerdict));
}

export function statusOfVerdict(verdict: Verdict): number {
  return OF_VERDICT[verdict];
}

const AWAY_CODES = new Set(['unreachable', 'no-fleet', 'fleet-not-started', 'bad-answer']);

export function statusOfError({ code, httpStatus }: SluiceError): number {
  if (AWAY_CODES.has(code) || [429, 502, 503, 504].includes(httpStatus)) return STATUS.away;
  if (code === 'no-key' || [401, 403].includes(httpStatus)) return STATUS.notPermitted;
  return httpStatus === 404 ? STATUS.notThere : STATUS.failed;
}
