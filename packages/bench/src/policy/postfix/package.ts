import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the parts of Debian's package lie below the folder that it is unpacked into. */
export interface PostfixPackage {
  commands: string;
  daemons: string;
  libraries: string;
  meta: string;
  version: string;
}

/**
 * Debian's package of Postfix, downloaded and unpacked into a folder. Nothing is installed and none of its scripts runs. Throws where the machine has no
 * apt-get, or lacks a library that Postfix needs.
 */
export async function unpackPostfix(folder: string): Promise<PostfixPackage> {
  await run('apt-get', ['download', '--quiet', 'postfix'], { cwd: folder });
  const file = (await readdir(folder)).find((name) => /^postfix_.*\.deb$/.test(name));
  if (file === undefined) throw new Error('apt-get has downloaded no package of Postfix');
  await run('dpkg', ['--extract', join(folder, file), folder]);
  const unpacked: PostfixPackage = {
    commands: join(folder, 'usr/sbin'),
    daemons: join(folder, 'usr/lib/postfix/sbin'),
    libraries: join(folder, 'usr/lib/postfix'),
    meta: join(folder, 'usr/share/postfix'),
    version: /^postfix_([^_]+)_/.exec(file)?.[1] ?? file,
  };
  await requireLibraries(unpacked);
  return unpacked;
}

async function requireLibraries({ daemons, libraries }: PostfixPackage): Promise<void> {
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  const { stdout } = await run('ldd', [join(daemons, 'smtpd')], { env });
  const missing = [...stdout.matchAll(/(\S+) => not found/g)].map(([, name]) => name);
  if (missing.length > 0) throw new Error(`Postfix needs libraries that this machine lacks: ${missing.join(', ')}`);
}
