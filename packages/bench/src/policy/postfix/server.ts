import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@sluice/testkit';
import { type Dialog, openDialog } from './dialog.ts';
import { type PostfixPackage, unpackPostfix } from './package.ts';
import { mainConfig, masterConfig } from './settings.ts';

/** Users of every Debian that have no files and no login; Postfix wants one that is not `nobody`. */
const OWNERS = ['uucp', 'news', 'list'];
const GROUPS = ['games', 'voice', 'operator'];
/** Folders of the queue that belong to the owner alone. */
const QUEUES = [
  'active',
  'bounce',
  'corrupt',
  'defer',
  'deferred',
  'flush',
  'hold',
  'incoming',
  'private',
  'saved',
  'trace',
];
const PATIENCE_MS = 30_000;

export interface Postfix {
  port: number;
  version: string;
  dial(): Promise<Dialog>;
  /** Mails that it has taken and not handed on yet. */
  queued(): Promise<number>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** A Postfix of our own in a folder of its own, on loopback. It needs root: it gives its processes to other users itself. */
export async function startPostfix(ports: { policyPort: number; lmtpPort: number }): Promise<Postfix> {
  if (process.getuid?.() !== 0) throw new Error('Postfix starts as root only: try this in a container');
  const folder = await mkdtemp(join(tmpdir(), 'sluice-postfix-'));
  await chmod(folder, 0o755);
  try {
    const unpacked = await unpackPostfix(folder);
    const [owner, group] = [await known('/etc/passwd', OWNERS), await known('/etc/group', GROUPS)];
    const port = await freePort();
    await prepare(folder, owner.id, group.id);
    const settings = { folder, unpacked, owner: owner.name, group: group.name, port, ...ports };
    await writeFile(join(folder, 'conf/main.cf'), mainConfig(settings));
    await writeFile(join(folder, 'conf/master.cf'), masterConfig(settings));
    return await launch(folder, unpacked, port);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function known(file: string, names: readonly string[]): Promise<{ name: string; id: number }> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([name = '']) => names.includes(name));
  if (found === undefined) throw new Error(`${file} has none of ${names.join(', ')}`);
  return { name: found[0] ?? '', id: Number(found[2]) };
}

/** Owners and modes as `postfix set-permissions` makes them. */
async function prepare(folder: string, owner: number, group: number): Promise<void> {
  const make = async (path: string, mode: number, uid: number, gid: number) => {
    await mkdir(join(folder, path), { recursive: true });
    await chown(join(folder, path), uid, gid);
    await chmod(join(folder, path), mode);
  };
  for (const path of ['conf', 'spool', 'spool/pid', 'log']) await make(path, 0o755, 0, 0);
  await make('data', 0o700, owner, 0);
  for (const queue of QUEUES) await make(`spool/${queue}`, 0o700, owner, 0);
  await make('spool/public', 0o710, owner, group);
  await make('spool/maildrop', 0o730, owner, group);
}

async function launch(folder: string, unpacked: PostfixPackage, port: number): Promise<Postfix> {
  const env = { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: unpacked.libraries };
  // A group of its own: its end takes its processes along.
  const args = ['-c', join(folder, 'conf'), '-d'];
  const master = spawn(join(unpacked.daemons, 'master'), args, { env, stdio: 'ignore', detached: true });
  const log = () => readFile(join(folder, 'log/mail.log'), 'utf8').catch(() => '');
  const stop = async () => {
    await end(master);
    await rm(folder, { recursive: true, force: true });
  };
  const dial = () => openDialog(port);
  try {
    await eventually(async () => {
      if (master.exitCode !== null) throw new Error(await log());
      return dial().then(
        (dialog) => dialog.end().then(() => true),
        () => false,
      );
    }, PATIENCE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, version: unpacked.version, dial, log, stop, queued: () => countQueued(folder) };
}

async function countQueued(folder: string): Promise<number> {
  const queues = ['incoming', 'active', 'deferred'].map((name) => join(folder, 'spool', name));
  const files = await Promise.all(queues.map((path) => readdir(path, { recursive: true, withFileTypes: true })));
  return files.flat().filter((entry) => entry.isFile()).length;
}

async function end(master: ChildProcess): Promise<void> {
  if (master.exitCode !== null || master.signalCode !== null) return;
  const exited = once(master, 'exit');
  master.kill('SIGTERM');
  await exited;
}
