import type { GuardDecision } from '@sluice/contracts';

const TEXT_CHARS = 255;

export type GuardLog = {
  /** False when the log is full: the caller must then refuse, so that nothing is connected to that the log does not show. */
  record(decision: GuardDecision): boolean;
  decisions(): GuardDecision[];
};

/** The decisions of one guard, in order, at most `limit` of them. */
export function createGuardLog(limit = 1000): GuardLog {
  const kept: GuardDecision[] = [];
  return {
    record(decision) {
      if (kept.length >= limit) return false;
      kept.push({ ...decision, host: decision.host.slice(0, TEXT_CHARS) });
      return true;
    },
    decisions: () => [...kept],
  };
}
