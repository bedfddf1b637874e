import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FleetFile } from '@sluice/contracts';

export const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

/** As the supervisor reads it: relative to where npm was called or else to the repository; `.data` in the repository if unset. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  const given = env.SLUICE_DATA_DIR;
  if (given === undefined || given === '') return join(REPOSITORY, '.data');
  return resolve(REPOSITORY, env.INIT_CWD ?? '', given);
}

/** The fleet that is ready on a data folder, by its `fleet.json`; null where none is, or where its supervisor is dead. */
export async function readLocalFleet(dataDir: string): Promise<FleetFile | null> {
  const fleet = parseFleet(await readText(join(dataDir, 'fleet.json')));
  return fleet !== null && isAlive(fleet.pid) ? fleet : null;
}

/** The key that the gateway wrote. Throws the system's error where it may not be read. */
export async function readAdminKey(dataDir: string): Promise<string> {
  return (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
}

function parseFleet(text: string | null): FleetFile | null {
  try {
    return FleetFile.parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}

/** The process of another user answers EPERM. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
