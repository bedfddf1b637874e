// Programs of the system that npm does not bring. One entry a program; on Debian and its kin a missing one is installed.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './children.mjs';
import { withLock } from './lock.mjs';
import { lastLines, Refusal, say } from './words.mjs';

/** For programs that are taken out of packages. */
const UNPACKED = fileURLToPath(new URL('../.cache/debian', import.meta.url));

/**
 * `find` says where the program is, or null; `debianPackages` bring it (`unpacks`: these programs alone are taken out of them, because
 * Debian's prometheus would start a server); `byHand` tells what to do elsewhere.
 * Debian's package redis-server would start a system service on port 6379; redis-tools brings the same program alone, as
 * redis-check-rdb, which is a server when it is called redis-server.
 */
export const REDIS = {
  name: 'a Redis server',
  why: 'queues, job state and caches live in Redis',
  find: () => onPath('redis-server') ?? onPath('valkey-server') ?? debianRedis(),
  debianPackages: ['redis-tools'],
  byHand: 'Install redis-server or valkey-server, or set REDIS_URL and CACHE_REDIS_URL to servers of your own.',
};

/**
 * The sandbox's browser. Ubuntu's chromium is a snap, which cannot run as another user: there the sandbox works without a browser.
 * chromium-sandbox is for machines that refuse user namespaces to ordinary users; the fonts are for screenshots.
 */
export const CHROMIUM = {
  name: 'Chromium',
  why: 'the sandbox opens suspicious links in it',
  find: () => ['chromium', 'chromium-browser', 'google-chrome-stable'].map(onPath).find(isNoSnap) ?? null,
  debianPackages: ['chromium', 'chromium-sandbox', 'fonts-liberation'],
  byHand: 'Install Chromium, or set SANDBOX_BROWSER=off: then links are followed without a browser.',
};

/** For tests only. */
export const FAKETIME = {
  name: 'libfaketime',
  why: 'tests move the clock of a Redis server with it',
  find: findFaketime,
  debianPackages: ['libfaketime'],
  byHand: 'Install libfaketime.',
};

/** For tests only: what an operator has at hand, and a mail server's script calls. */
export const CURL = {
  name: 'curl',
  why: 'tests hand a mail in as the script for mail servers does',
  find: () => onPath('curl'),
  debianPackages: ['curl'],
  byHand: 'Install curl.',
};

/** For tests only. */
export const OPENSSL = {
  name: 'openssl',
  why: 'tests make certificates with it',
  find: () => onPath('openssl'),
  debianPackages: ['openssl'],
  byHand: 'Install openssl.',
};

/** For tests only. */
export const PROMTOOL = {
  name: 'promtool',
  why: "tests try Prometheus' rules with it",
  find: () => onPath('promtool') ?? unpackedProgram('promtool'),
  debianPackages: ['prometheus'],
  unpacks: ['promtool', 'prometheus'],
  byHand: 'Install Prometheus; without it the rules of its alerts are not tried.',
};

/** For tests only. */
export const KUBECTL = {
  name: 'kubectl',
  why: 'tests render the manifests of Kubernetes with it',
  find: () => onPath('kubectl'),
  debianPackages: ['kubernetes-client'],
  byHand: 'Install kubectl; without it the manifests of Kubernetes are not tried.',
};

/** Like {@link ensureProgram}, for what the fleet can do without: where it cannot be had, that is said and nothing more. */
export async function wishProgram(root, program) {
  try {
    await ensureProgram(root, program);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
  }
}

/** Makes sure that the program is there. Throws a {@link Refusal} that says what to install by hand where it cannot. */
export async function ensureProgram(root, program) {
  if (program.find() !== null) return;
  await withLock(join(root, '.cache', 'bootstrap.lock'), async () => {
    if (program.find() !== null) return;
    await installFromDebian(program);
    if (program.find() === null) throw new Refusal(`${program.name} is still missing. ${program.byHand}`);
  });
}

async function installFromDebian(program) {
  const asRoot = rootCommand();
  if (!isDebianLike() || onPath('apt-get') === null || asRoot === null) {
    throw new Refusal(
      `${program.name} is missing (${program.why}), and it cannot be installed from here. ${program.byHand}`,
    );
  }
  const names = program.debianPackages.join(' ');
  say(`installing ${names} from the system's package source: ${program.name} is missing (${program.why})`);
  await aptGet(asRoot, ['update'], program);
  if (program.unpacks !== undefined) await unpack(program);
  else await aptGet(asRoot, ['install', '-y', '--no-install-recommends', ...program.debianPackages], program);
}

/** Whole or not at all: the program gets its name last. */
async function unpack(program) {
  mkdirSync(UNPACKED, { recursive: true });
  const folder = mkdtempSync(join(UNPACKED, 'download-'));
  try {
    await aptGet([], ['download', ...program.debianPackages], program, folder);
    for (const file of readdirSync(folder)) {
      const { status, output } = await runQuietly('dpkg', ['-x', join(folder, file), join(folder, 'files')]);
      if (status !== 0) throw new Refusal(`${file} cannot be unpacked:\n${lastLines(output)}\n${program.byHand}`);
    }
    for (const name of program.unpacks) renameSync(join(folder, 'files/usr/bin', name), join(UNPACKED, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function aptGet(asRoot, args, program, cwd = undefined) {
  const line = [
    ...asRoot,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=300',
    ...args,
  ];
  const { status, output } = await runQuietly(line[0], line.slice(1), { cwd });
  if (status !== 0) {
    throw new Refusal(`apt-get ${args.join(' ')} failed (status ${status}):\n${lastLines(output)}\n${program.byHand}`);
  }
}

/** What to put before a command to run it as root: nothing, sudo where it asks for no password, or null. */
function rootCommand() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}

function isDebianLike() {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function debianRedis() {
  const file = '/usr/bin/redis-check-rdb';
  if (!existsSync(file)) return null;
  const { stdout } = spawnSync(file, ['--version'], { argv0: 'redis-server', encoding: 'utf8', timeout: 10_000 });
  return stdout?.startsWith('Redis server') ? file : null;
}

function isNoSnap(file) {
  return file !== null && !realpathSync(file).includes('/snap') && !isSnapStub(file);
}

/** Ubuntu's package chromium-browser is a script that starts the snap. */
function isSnapStub(file) {
  const beginning = Buffer.alloc(4_096);
  const handle = openSync(file, 'r');
  const bytes = readSync(handle, beginning);
  closeSync(handle);
  return beginning.toString('latin1', 0, bytes).includes('/snap/');
}

/** Node 20 has no glob. */
function findFaketime() {
  const folders = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'faketime/libfaketimeMT.so.1'));
  return folders.find((file) => existsSync(file)) ?? null;
}

function unpackedProgram(name) {
  const file = join(UNPACKED, name);
  return existsSync(file) ? file : null;
}

function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {}
  }
  return null;
}
