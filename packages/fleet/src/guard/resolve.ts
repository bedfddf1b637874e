import type { GuardDecision } from '@sluice/contracts';
import { canonicalAddress, classifyAddress, isAddress } from './addresses.ts';
import { type AllowList, permits } from './allow-list.ts';
import { GuardError } from './errors.ts';
import type { GuardLog } from './log.ts';

/** More answers than this are not looked at: one name must not fill the log. */
const ANSWERS = 16;

/**
 * All addresses of a name, in order of preference; none for a name without any. It rejects with `NoAnswer` when nobody could say, and with
 * anything else for a name without any.
 */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The resolver did not answer: whether the name exists is not known. */
export class NoAnswer extends Error {}

/** An address that was checked, for a port: the only thing that is ever connected to. */
export type CheckedAddress = { host: string; address: string; port: number };

/**
 * Asks for a name's addresses exactly once and pins the first that may be connected to; every answer up to it is judged and logged.
 * A literal is judged without a question. `host` comes without brackets.
 * Throws GuardError `dns`, `private-address` or `limit`, and the signal's reason when aborted.
 */
export async function resolveChecked(
  target: { host: string; port: number },
  means: { lookup: Lookup; allow: AllowList; log: GuardLog; signal: AbortSignal },
): Promise<CheckedAddress> {
  const { host, port } = target;
  const answers = isAddress(host) ? [host] : await ask(host, means);
  if (answers.length === 0) note(means.log, { host, address: null, port, allowed: false, why: 'dns' });
  let firstWhy = '';
  for (const answer of answers.slice(0, ANSWERS)) {
    const decision = decide({ host, address: answer, port }, means.allow);
    note(means.log, decision);
    if (decision.allowed && decision.address !== null) return { host, address: decision.address, port };
    firstWhy ||= `${decision.address ?? ''} is ${decision.why}`;
  }
  if (answers.length === 0) throw new GuardError('dns', `${host} has no address`);
  throw new GuardError('private-address', `${host}:${port} refused: ${firstWhy}`);
}

function decide(asked: { host: string; address: string; port: number }, allow: AllowList): GuardDecision {
  if (!isAddress(asked.address)) return { ...asked, address: null, allowed: false, why: 'reserved' };
  const address = canonicalAddress(asked.address);
  const found = classifyAddress(address);
  if (found === 'public') return { ...asked, address, allowed: true, why: 'public' };
  if (permits(allow, address, asked.port)) return { ...asked, address, allowed: true, why: 'allow-listed' };
  return { ...asked, address, allowed: false, why: found };
}

function note(log: GuardLog, decision: GuardDecision): void {
  if (!log.record(decision)) throw new GuardError('limit', 'too many connections through one guard');
}

async function ask(host: string, means: { lookup: Lookup; signal: AbortSignal }): Promise<readonly string[]> {
  const { signal } = means;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const giveUp = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([means.lookup(host).catch((error: unknown) => noneOr(host, error)), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function noneOr(host: string, error: unknown): readonly string[] {
  if (error instanceof NoAnswer) throw new GuardError('dns', `the resolver did not answer for ${host}`, error);
  return [];
}
