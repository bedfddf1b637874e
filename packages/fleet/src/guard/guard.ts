import type { GuardDecision } from '@sluice/contracts';
import type { AllowList } from './allow-list.ts';
import { type Connection, openTcp, openTls } from './connect.ts';
import { createGuardLog } from './log.ts';
import { type CheckedAddress, type Lookup, resolveChecked } from './resolve.ts';

type Target = { host: string; port: number; secure: boolean };

/** The only way out for one piece of work, and what it decided on the way. */
export type Guard = {
  /** Resolves once, checks, connects to what was checked. Throws GuardError, or the signal's reason when aborted. */
  connect(target: Target, signal: AbortSignal): Promise<Connection>;
  /**
   * Judges where a connection would go before it is opened; the next `connect` to that host and port goes to exactly this address, so that
   * the name is asked for once. Throws as `connect` does, but never `connection` or `tls`.
   */
  check(target: Omit<Target, 'secure'>, signal: AbortSignal): Promise<CheckedAddress>;
  decisions(): GuardDecision[];
};

export type GuardPolicy = {
  lookup: Lookup;
  allow: AllowList;
  /** TLS only with a certificate that verifies, for who sends something secret. Where nothing is said, any certificate will do. */
  trusted?: boolean;
};

/** A guard for one piece of work. Each connection is judged by itself: an answer serves one connection only. */
export function createGuard(policy: GuardPolicy): Guard {
  const { trusted = false } = policy;
  const log = createGuardLog();
  const ahead = new Map<string, CheckedAddress>();
  const resolve = (target: Omit<Target, 'secure'>, signal: AbortSignal) =>
    resolveChecked(target, { ...policy, log, signal });
  return {
    async connect(target, signal) {
      const key = keyOf(target);
      const checkedAhead = ahead.get(key);
      ahead.delete(key);
      const checked = checkedAhead ?? (await resolve(target, signal));
      return target.secure ? openTls(checked, { trusted, signal }) : openTcp(checked, signal);
    },
    async check(target, signal) {
      const key = keyOf(target);
      const checked = ahead.get(key) ?? (await resolve(target, signal));
      ahead.set(key, checked);
      return checked;
    },
    decisions: () => log.decisions(),
  };
}

function keyOf({ host, port }: { host: string; port: number }): string {
  return `${host} ${port}`;
}
