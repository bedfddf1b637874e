import { setTimeout as wait } from 'node:timers/promises';
import type { RecordedProcess } from './data-folder.ts';
import { POSTGRES } from './postgres-server.ts';
import { identify } from './process-identity.ts';

const POLL_MS = 50;

export interface Patience {
  serviceMs: number;
  serverMs: number;
}

/**
 * Stops what a supervisor that died left behind: services first (they end by themselves when it dies, but may still be at work),
 * then its servers. A process is touched only when its start time proves that it is the recorded one.
 */
export async function stopLeftovers(
  recorded: readonly RecordedProcess[],
  patience: Patience,
  say: (line: string) => void,
): Promise<void> {
  const left = recorded.filter(lives);
  if (left.length === 0) return;
  say(`stopping what an earlier fleet left behind: ${left.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`);
  const servers = left.filter(({ name }) => name.startsWith('redis-') || name === POSTGRES);
  const services = left.filter((one) => !servers.includes(one));
  await Promise.all(services.map((one) => end(one, patience.serviceMs, say)));
  await Promise.all(servers.map((one) => end(one, patience.serverMs, say)));
}

async function end(one: RecordedProcess, graceMs: number, say: (line: string) => void): Promise<void> {
  // PostgreSQL would wait for the last of its clients at a SIGTERM.
  send(one, one.name === POSTGRES ? 'SIGINT' : 'SIGTERM');
  if (await isGoneWithin(one, graceMs)) return;
  say(`${one.name} (${one.pid}) had not stopped after ${graceMs / 1000} s and was killed`);
  send(one, 'SIGKILL', -one.pid);
  await isGoneWithin(one, graceMs);
}

async function isGoneWithin(one: RecordedProcess, patienceMs: number): Promise<boolean> {
  const endMs = performance.now() + patienceMs;
  while (lives(one)) {
    if (performance.now() > endMs) return false;
    await wait(POLL_MS);
  }
  return true;
}

function lives(one: RecordedProcess): boolean {
  return identify(one.pid) === one.identity;
}

/** `target` is the process number, or the negative one for its whole group. */
function send(one: RecordedProcess, signal: NodeJS.Signals, target = one.pid): void {
  if (!lives(one)) return;
  try {
    process.kill(target, signal);
  } catch {
    // It ended between the look and the signal.
  }
}
