// `npm start`, `npm test`, `npm run scan|sluice|bench|chaos|verify`: brings what is missing, then runs the command on our own Node.
// Plain JavaScript without dependencies, because it runs on the Node that the machine happens to have (20 or newer).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forwardSignals, run, runQuietly, stopStatus } from './children.mjs';
import { ensurePackages } from './packages.mjs';
import { ensurePage } from './page.mjs';
import {
  CHROMIUM,
  CURL,
  ensureProgram,
  FAKETIME,
  KUBECTL,
  OPENSSL,
  PROMTOOL,
  REDIS,
  wishProgram,
} from './programs.mjs';
import { withSecondLook } from './second-look.mjs';
import { Refusal, say } from './words.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BIN = join(ROOT, 'node_modules', '.bin');
/** Where the user stood when calling npm: paths among the arguments count from there. */
const STOOD = process.env.INIT_CWD && existsSync(process.env.INIT_CWD) ? process.env.INIT_CWD : process.cwd();
const RESULT_FILE = join(ROOT, '.cache', 'jest.json');

/** What each command cannot do without (`programs`), what it is better with (`wishes`), and whether it shows the page (`hasPage`). */
const COMMANDS = {
  start: {
    programs: () => (hasOwnServers() ? [] : [REDIS]),
    wishes: browser,
    hasPage: true,
    run: (args) => runNode([join(ROOT, 'packages/supervisor/src/main.ts'), ...args], ROOT),
  },
  scan: {
    programs: () => (process.env.SLUICE_URL || hasOwnServers() ? [] : [REDIS]),
    wishes: () => (process.env.SLUICE_URL ? [] : browser()),
    run: (args) => runNode([join(ROOT, 'packages/client/src/main.ts'), 'scan', ...args], STOOD),
  },
  sluice: {
    programs: () => [],
    run: (args) => runNode([join(ROOT, 'packages/client/src/main.ts'), ...args], STOOD),
  },
  bench: {
    programs: () => [REDIS],
    wishes: browser,
    run: (args) => runNode([join(ROOT, 'packages/bench/src/main.ts'), ...args], STOOD),
  },
  chaos: {
    programs: () => [REDIS, FAKETIME],
    run: (args) => runNode([join(ROOT, 'packages/bench/src/main.ts'), 'chaos', ...args], STOOD),
  },
  test: {
    programs: () => [REDIS, CHROMIUM, FAKETIME, CURL, OPENSSL],
    wishes: () => [PROMTOOL, KUBECTL],
    hasPage: true,
    run: test,
  },
  verify: { programs: () => [], run: verify },
};

async function main([name, ...args]) {
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : null;
  if (command === null) {
    say(`usage: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`);
    return 2;
  }
  await ensurePackages(ROOT);
  for (const program of command.programs()) await ensureProgram(ROOT, program);
  for (const program of command.wishes?.() ?? []) await wishProgram(ROOT, program);
  if (command.hasPage === true) await ensurePage(ROOT, ownNode(), environment());
  return command.run(args);
}

/** A path in the setting is the operator's own browser. */
function browser() {
  return process.env.SANDBOX_BROWSER ? [] : [CHROMIUM];
}

/** Types, lint and format first: they take seconds and say more than a failing test. */
async function test(args) {
  mkdirSync(dirname(RESULT_FILE), { recursive: true });
  rmSync(RESULT_FILE, { force: true });
  const failed = (await Promise.all(['check:types', 'check:lint', 'check:format'].map(check))).filter(
    (name) => name !== null,
  );
  if (stopStatus() !== null) return stopStatus();
  if (failed.length > 0) {
    say(`no test was run, because ${failed.join(' and ')} failed (above)`);
    return 1;
  }
  return withSecondLook({ runJest: (extra) => runScript('jest', extra), file: RESULT_FILE, root: ROOT, args });
}

async function check(name) {
  const { command, args } = script(name);
  const { status, output } = await runQuietly(command, args, { cwd: ROOT, env: environment() });
  if (status === 0) return null;
  process.stderr.write(`${output}\n`);
  return name;
}

async function verify(args) {
  const checks = ['check:format', 'check:lint', 'check:types', 'check:dead-code'];
  const status = await run(join(BIN, 'turbo'), ['run', ...checks], { cwd: ROOT, env: environment() });
  return status === 0 ? runScript('jest', ['--testPathPatterns=/src/', ...args]) : status;
}

function runScript(name, extra) {
  const { command, args } = script(name);
  return run(command, [...args, ...extra], { cwd: ROOT, env: environment() });
}

/** A script of package.json as a command of ours; what `jest` or `check:types` means stands there only. */
function script(name) {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [command, ...args] = scripts[name].split(' ');
  return { command: command === 'node' ? ownNode() : join(BIN, command), args };
}

function runNode(args, cwd) {
  return run(ownNode(), args, { cwd, env: environment() });
}

/** Node 24 from npm where its package exists for this machine, else the Node we run on if it is new enough. */
function ownNode() {
  const fromNpm = join(BIN, 'node');
  if (spawnSync(fromNpm, ['--version'], { stdio: 'ignore' }).status === 0) return fromNpm;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Refusal(
    `Sluice runs on Node 24, npm brings none for ${process.platform} ${process.arch}, and this is ${process.version}. Install Node 24.`,
  );
}

function environment() {
  const settings = {
    ...process.env,
    PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: join(ROOT, '.cache', 'node-compile'),
    TURBO_TELEMETRY_DISABLED: '1',
  };
  // Absolute, so that every command and service means the same folder wherever it stands.
  settings.SLUICE_DATA_DIR = settings.SLUICE_DATA_DIR ? resolve(STOOD, settings.SLUICE_DATA_DIR) : join(ROOT, '.data');
  return settings;
}

function hasOwnServers() {
  return Boolean((process.env.REDIS_URL || process.env.REDIS_HOST) && process.env.CACHE_REDIS_URL);
}

forwardSignals();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  if (stopStatus() === null) say(error.message);
  process.exitCode = stopStatus() ?? 1;
}
