import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCluster, setPassword } from './cluster.ts';
import { placeFor } from './place.ts';
import { findPostgres, type PostgresPrograms, reachable } from './programs.ts';
import { serverUser, type User } from './reach.ts';

/** What it takes to run the server. */
export interface PostgresServer {
  /** Where its files lie. */
  folder: string;
  command: string;
  /** Whom it runs as; null: as ourselves. */
  user: User | null;
  args(port: number): string[];
  /** With the password in it. */
  url(port: number): string;
}

export interface PrepareOptions {
  /** The server's files; its parent must exist. The password lies beside it, as `<folder>.password`. */
  folder: string;
  programs?: PostgresPrograms | null;
  /** Null: as ourselves. */
  user?: User | null;
  /** Further settings, as `fsync=off`. */
  settings?: readonly string[];
}

/** On loopback alone. The log shows neither statements nor values: they may be a mail's content. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'shared_buffers=128MB',
  'max_wal_size=512MB',
  'jit=off',
  'timezone=UTC',
  'log_timezone=UTC',
  'log_error_verbosity=terse',
  'log_min_error_statement=panic',
  'logging_collector=off',
];

/**
 * Makes what is missing: the server's files with a database `sluice` and a role of that name, and a random password for it (mode 0600). Throws where this machine has no PostgreSQL, or its
 * files were made by another version. To be called while no server runs on the folder.
 */
export async function preparePostgres(options: PrepareOptions): Promise<PostgresServer> {
  const found = options.programs === undefined ? findPostgres() : options.programs;
  if (found === null) throw new Error(`npm brought no PostgreSQL for ${process.platform}-${process.arch}`);
  const wished = options.user === undefined ? serverUser() : options.user;
  const { folder, passwordFile } = placeFor(options.folder, wished);
  const user = ownerOf(folder, wished);
  const programs = reachable(found, user);
  const known = readPassword(passwordFile);
  const password = known ?? randomBytes(32).toString('hex');
  const cluster = { folder, programs, user, password };
  if (!existsSync(folder)) await makeCluster(cluster);
  checkVersion(folder, programs);
  if (known === null) {
    await setPassword(cluster);
    writePassword(passwordFile, password);
  }
  const settings = [...SETTINGS, ...(options.settings ?? [])].flatMap((setting) => ['-c', setting]);
  return {
    folder,
    command: programs.postgres,
    user,
    args: (port) => ['-D', folder, '-p', String(port), ...settings],
    url: (port) => `postgres://sluice:${password}@127.0.0.1:${port}/sluice`,
  };
}

/** Files that are there belong to whoever made them, and the server runs as their owner. */
function ownerOf(folder: string, wished: User | null): User | null {
  const stat = wished === null ? undefined : statSync(folder, { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0 ? wished : { uid: stat.uid, gid: stat.gid };
}

function checkVersion(folder: string, { major }: PostgresPrograms): void {
  const made = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (made === major) return;
  throw new Error(
    `The database in ${folder} is of PostgreSQL ${made}, and this is ${major}. Move it over with that version's pg_dump (see packages/records/README.md).`,
  );
}

function readPassword(file: string): string | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^[0-9a-f]{64}$/.test(text) ? text : null;
  } catch {
    return null;
  }
}

function writePassword(file: string, password: string): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${password}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
