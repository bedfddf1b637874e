// The npm packages of the workspace: installed when what describes them changed, by the pnpm that package.json pins.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './children.mjs';
import { withLock } from './lock.mjs';
import { lastLines, Refusal, say } from './words.mjs';

/** Installs the workspace's packages unless those that are there are the right ones. */
export async function ensurePackages(root) {
  if (!isDue(root)) return;
  await withLock(join(root, '.cache', 'bootstrap.lock'), async () => {
    if (isDue(root)) await install(root);
  });
}

function isDue(root) {
  return readStamp(root) !== wantedStamp(root);
}

async function install(root) {
  const why = readStamp(root) === null ? 'none are there yet' : 'their list has changed';
  say(`installing the npm packages (${why}); this takes a minute where nothing is cached`);
  const startedMs = performance.now();
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const args = ['--yes', packageManager, 'install', '--frozen-lockfile', '--prefer-offline'];
  const stamp = wantedStamp(root);
  const { status, output } = await runQuietly('npx', args, { cwd: root, env: { ...process.env, CI: 'true' } });
  if (status !== 0) {
    throw new Refusal(
      `the npm packages could not be installed (npx ${args.join(' ')}, status ${status}):\n${lastLines(output)}`,
    );
  }
  writeFileSync(stampFile(root), stamp);
  say(`npm packages installed in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

function stampFile(root) {
  return join(root, 'node_modules', '.sluice-stamp');
}

function readStamp(root) {
  return existsSync(stampFile(root)) ? readFileSync(stampFile(root), 'utf8') : null;
}

/** A digest of everything that decides which packages belong into node_modules. */
function wantedStamp(root) {
  const hash = createHash('sha256');
  hash.update(`${process.platform} ${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests(root)]) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function manifests(root) {
  const members = ['packages', 'services'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`),
  );
  return [
    'package.json',
    ...members.filter((file) => existsSync(join(root, file))).toSorted((a, b) => (a < b ? -1 : 1)),
  ];
}
