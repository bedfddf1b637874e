import { once } from 'node:events';
import { join } from 'node:path';
import { ConfigError, parseConfig } from './config.ts';
import { StartError } from './errors.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { REPOSITORY } from './programs.ts';
import type { ServiceSpec } from './services.ts';

/** The part of `process` that the command needs. */
type Terminal = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'pid'> & {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
};

/**
 * `npm start`: runs the fleet until SIGINT, SIGTERM or SIGHUP, then stops it in order. Resolves with the exit status: 0 stopped,
 * 1 could not start, 2 settings that cannot be used. Further signals while it stops change nothing.
 */
export async function runSupervisor(
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
  services?: readonly ServiceSpec[],
): Promise<number> {
  // The terminal or pipe may go away before the fleet does.
  for (const stream of [terminal.stdout, terminal.stderr]) stream.on('error', () => undefined);
  const out = (line: string) => terminal.stdout.write(`${line}\n`);
  const err = (line: string) => terminal.stderr.write(`sluice: ${line}\n`);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) terminal.on(signal, () => stopping.abort());
  try {
    const fleet = await startFleet(parseConfig(env, REPOSITORY), { out, err, signal: stopping.signal, services });
    announce(fleet, terminal.pid, out);
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    out('Stopping: first the gateway, then the workers (they finish what they hold), then PostgreSQL and Redis.');
    await fleet.stop();
    out('Stopped. Everything is kept in the data folder.');
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) err(error.message);
    else if (error instanceof StartError) err(error.message);
    else throw error;
    return error instanceof ConfigError ? 2 : stopping.signal.aborted ? 0 : 1;
  }
}

function announce(fleet: Fleet, pid: number, out: (line: string) => void): void {
  out('Sluice is up.');
  out(`  address     ${fleet.url}`);
  out(`  admin key   ${join(fleet.dataDir, 'admin.key')}`);
  out(`  logs        ${join(fleet.dataDir, 'logs')}`);
  out(`  to stop     Ctrl-C, or kill -TERM ${pid}`);
}
