import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FleetFile, SluiceError } from '@sluice/contracts';
import { pause } from '../pause.ts';
import { REPOSITORY, readLocalFleet } from './local-fleet.ts';

const POLL_MS = 50;
/** The supervisor gives up by itself before. */
const START_PATIENCE_MS = 150_000;
const LAST_WORDS_CHARS = 4_000;

export interface OwnFleet extends FleetFile {
  /** Resolves when no process of it is left. Idempotent. */
  stop: () => Promise<void>;
}

/**
 * Starts a fleet on the data folder, on a free port, and resolves when it is ready. Where another one is just starting there, that
 * one is used and `stop` leaves it alone. Throws `fleet-not-started` with what the supervisor said, or the signal's reason; nothing that
 * was started here is left then.
 */
export async function startOwnFleet(dataDir: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<OwnFleet> {
  const supervisor = spawnSupervisor(dataDir, env);
  try {
    const fleet = await waitReady(dataDir, supervisor, signal);
    if (fleet.pid === supervisor.child.pid) return { ...fleet, stop: () => stop(supervisor) };
    return { ...fleet, stop: () => Promise.resolve() };
  } catch (error) {
    await stop(supervisor);
    throw error;
  }
}

interface Supervisor {
  child: ChildProcess;
  ended: Promise<void>;
  lastWords: () => string;
}

/** In a process group of its own: Ctrl-C reaches the command alone, which cancels its jobs before the fleet stops. */
function spawnSupervisor(dataDir: string, env: NodeJS.ProcessEnv): Supervisor {
  const child = spawn(process.execPath, [join(REPOSITORY, 'packages/supervisor/src/main.ts')], {
    cwd: REPOSITORY,
    env: { ...env, PORT: '0', SLUICE_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const follow = () => child.kill('SIGTERM');
  process.once('exit', follow);
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS_CHARS);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      words += error.message;
      resolve();
    });
    child.once('close', () => {
      process.off('exit', follow);
      resolve();
    });
  });
  return { child, ended, lastWords: () => words.replaceAll(/^sluice: /gm, '').trim() };
}

async function waitReady(dataDir: string, { child, lastWords }: Supervisor, signal: AbortSignal): Promise<FleetFile> {
  const endMs = performance.now() + START_PATIENCE_MS;
  while (performance.now() < endMs) {
    const fleet = await readLocalFleet(dataDir);
    const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (fleet !== null && (fleet.pid === child.pid || hasEnded)) return fleet;
    if (hasEnded && !existsSync(join(dataDir, 'supervisor.lock'))) break;
    await pause(POLL_MS, signal);
  }
  throw new SluiceError('fleet-not-started', `No fleet could be started. ${lastWords()}`);
}

async function stop({ child, ended }: Supervisor): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  await ended;
}
