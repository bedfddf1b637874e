// The web page: built by Vite when what it is made of changed. The gateway serves what lies in packages/dashboard/dist.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './children.mjs';
import { withLock } from './lock.mjs';
import { lastLines, Refusal, say } from './words.mjs';

const PAGE = 'packages/dashboard';
/** The page's own sources, and those that are bundled into it. */
const SOURCES = [`${PAGE}/src`, 'packages/client/src', 'packages/contracts/src'];
const FILES = [`${PAGE}/index.html`, `${PAGE}/vite.config.mjs`, 'pnpm-lock.yaml'];

/** Builds the page unless the one that is there is of these sources. `env` is that of our own Node. */
export async function ensurePage(root, node, env) {
  if (!isDue(root)) return;
  await withLock(join(root, '.cache', 'page.lock'), async () => {
    if (isDue(root)) await build(root, node, env);
  });
}

function isDue(root) {
  return !existsSync(stampFile(root)) || readFileSync(stampFile(root), 'utf8') !== wantedStamp(root);
}

async function build(root, node, env) {
  say('building the page');
  const stamp = wantedStamp(root);
  const vite = join(root, PAGE, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status, output } = await runQuietly(node, [vite, 'build'], { cwd: join(root, PAGE), env });
  if (status !== 0) throw new Refusal(`the page could not be built (status ${status}):\n${lastLines(output)}`);
  writeFileSync(stampFile(root), stamp);
}

function stampFile(root) {
  return join(root, PAGE, 'dist', '.stamp');
}

function wantedStamp(root) {
  const hash = createHash('sha256');
  for (const file of [...FILES, ...SOURCES.flatMap((folder) => filesBelow(root, folder))]) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function filesBelow(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted((a, b) => (a < b ? -1 : 1));
}
