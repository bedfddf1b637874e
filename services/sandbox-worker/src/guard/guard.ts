import type { AllowList } from './allow-list.ts';
import { type Connection, openTcp, openTls } from './connect.ts';
import { createGuardLog, type Decision } from './log.ts';
import { type Lookup, resolveChecked } from './resolve.ts';

type Target = { host: string; port: number; secure: boolean };

/** The only way out for one visit, and what it decided on the way. */
export type Guard = {
  /** Resolves once, checks, connects to what was checked. Throws GuardError, or the signal's reason when aborted. */
  connect(target: Target, signal: AbortSignal): Promise<Connection>;
  decisions(): Decision[];
};

export type GuardPolicy = { lookup: Lookup; allow: AllowList };

/** A guard for one visit. Each connection is judged by itself: an answer is never remembered for the next one. */
export function createGuard(policy: GuardPolicy): Guard {
  const log = createGuardLog();
  return {
    async connect(target, signal) {
      const checked = await resolveChecked(target, { ...policy, log, signal });
      return target.secure ? openTls(checked, signal) : openTcp(checked, signal);
    },
    decisions: () => log.decisions(),
  };
}
