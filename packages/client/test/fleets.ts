import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAdminKey } from '../src/command/local-fleet.ts';
import { type OwnFleet, startOwnFleet } from '../src/command/own-fleet.ts';
import { type Client, createClient } from '../src/index.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface TestFleet {
  dataDir: string;
  url: string;
  client: Client;
  /** Sends a signal to a process of the fleet, by its name in `fleet.json`. */
  signal(name: string, signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'sluice-client-'));

/** The environment of a command, without what the one who runs the tests has set for fleets. */
function cleanEnv(more: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...more };
}

/** A real fleet on a folder of its own. */
export async function startTestFleet(): Promise<TestFleet> {
  const dataDir = await makeFolder();
  const fleet: OwnFleet = await startOwnFleet(dataDir, cleanEnv({}), new AbortController().signal);
  return {
    dataDir,
    url: fleet.url,
    client: createClient({ url: fleet.url, apiKey: await readAdminKey(dataDir) }),
    signal: (name, signal) => void process.kill(pidOf(dataDir, name), signal),
    stop: async () => {
      await fleet.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function pidOf(dataDir: string, name: string): number {
  const { processes } = JSON.parse(readFileSync(join(dataDir, 'fleet.json'), 'utf8')) as {
    processes: { name: string; pid: number }[];
  };
  const found = processes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} is not running`);
  return found.pid;
}

export interface Ran {
  status: number | null;
  out: string;
  err: string;
}

export interface Running {
  child: ChildProcess;
  end: Promise<Ran>;
}

/** The command as a process. */
export function startCommand(words: string[], env: Record<string, string>, input = ''): Running {
  const child = spawn(process.execPath, [MAIN, ...words], { env: cleanEnv(env), cwd: tmpdir(), stdio: 'pipe' });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const end = new Promise<Ran>((resolve) => {
    child.once('close', (status) => resolve({ status, out, err }));
  });
  return { child, end };
}

export const runCommand = (...args: Parameters<typeof startCommand>): Promise<Ran> => startCommand(...args).end;

export function mail(subject: string, body = 'Nothing of note.'): string {
  const head = ['From: Ann <ann@sender.example>', 'To: bob@receiver.example', `Subject: ${subject}`];
  const rest = [
    'Date: Thu, 01 Jan 2026 10:00:00 +0000',
    `Message-ID: <${subject.length}@sender.example>`,
    '',
    body,
    '',
  ];
  return [...head, ...rest].join('\r\n');
}
