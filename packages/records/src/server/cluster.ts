import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresPrograms } from './programs.ts';
import type { User } from './reach.ts';

interface Cluster {
  folder: string;
  programs: PostgresPrograms;
  user: User | null;
  /** Of the role `sluice`; hexadecimal. */
  password: string;
}

/** Letters of all languages have a lower case; the order of texts is that of their bytes, on every machine and for ever. */
const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

/** Makes the files of a server with the database `sluice`; all of them, or none. */
export async function makeCluster({ folder, programs, user, password }: Cluster): Promise<void> {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const secret = join(draft, 'secret');
  const files = join(draft, 'files');
  // Nobody keeps the superuser's password: the fleet does not need it, and without a server it does not count.
  writeFileSync(secret, randomBytes(32).toString('hex'), { mode: 0o600 });
  if (user !== null) for (const path of [draft, secret]) chownSync(path, user.uid, user.gid);
  const login = ['--username=postgres', `--pwfile=${secret}`, '--auth=scram-sha-256'];
  await run(programs.initdb, ['-D', files, ...login, ...LOCALE], draft, user);
  const statements = [
    `create role sluice login createdb password '${password}'`,
    'create database sluice owner sluice',
  ];
  await runAlone(files, programs, user, statements);
  renameSync(files, folder);
  rmSync(draft, { recursive: true, force: true });
}

/** Gives the role another password; for a folder whose password has been lost. */
export async function setPassword({ folder, programs, user, password }: Cluster): Promise<void> {
  await runAlone(folder, programs, user, [`alter role sluice password '${password}'`]);
}

/** Statements on the files of a server that does not run, a line each. */
async function runAlone(folder: string, programs: PostgresPrograms, user: User | null, statements: string[]) {
  const args = ['--single', '-D', folder, '-c', 'exit_on_error=on', 'postgres'];
  await run(programs.postgres, args, folder, user, `${statements.join(';\n')};\n`);
}

/** Rejects with what the program said when it does not end well. */
function run(command: string, args: string[], cwd: string, user: User | null, input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { LC_ALL: 'C' }, ...user });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (words += String(chunk)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`PostgreSQL's files could not be made in ${cwd}: ${words.trim().slice(-2_000)}`));
    });
  });
}
