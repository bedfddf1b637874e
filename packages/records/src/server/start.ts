import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresServer, type PrepareOptions, preparePostgres } from './prepare.ts';
import { isPostgresReady } from './ready.ts';

/** Processes of a server that was killed keep the next one from starting for about a second. */
const START_MS = 5_000;
const READY_MS = 60_000;
const PAUSE_MS = 50;

export interface StartOptions extends PrepareOptions {
  /** A free one where nothing is said. */
  port?: number;
  /** What the server says, in pieces. */
  out?: (text: string) => void;
}

export interface RunningPostgres {
  /** With the password in it. */
  url: string;
  pid: number;
  folder: string;
  /** Makes another database, empty; its address. */
  createDatabase(): Promise<string>;
  /** Ends sessions and writes everything down; resolves when the server is gone. Idempotent. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does. */
  crash(): Promise<void>;
}

/** Runs a server of its own on loopback, on the files of `folder`, which are made the first time. Resolves when it answers; rejects with its last words. */
export async function startPostgres(options: StartOptions): Promise<RunningPostgres> {
  const server = await preparePostgres(options);
  const port = options.port ?? (await freePort());
  const endMs = performance.now() + START_MS;
  for (;;) {
    try {
      return await startOnce(server, port, options.out ?? (() => undefined));
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await wait(PAUSE_MS);
    }
  }
}

async function startOnce(server: PostgresServer, port: number, out: (text: string) => void): Promise<RunningPostgres> {
  const { command, folder, user } = server;
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  const child = spawn(command, server.args(port), { cwd: folder, env: { LC_ALL: 'C' }, stdio, ...user });
  let lastWords = '';
  child.stderr.on('data', (chunk) => {
    out(String(chunk));
    lastWords = (lastWords + String(chunk)).slice(-2_000);
  });
  child.once('error', () => undefined);
  const endMs = performance.now() + READY_MS;
  while (!(await isPostgresReady(server.url(port)))) {
    if (!isAlive(child)) throw new Error(`PostgreSQL ended: ${lastWords.trim()}`);
    if (performance.now() > endMs) {
      await end(child, 'SIGQUIT');
      throw new Error(`PostgreSQL did not answer: ${lastWords.trim()}`);
    }
    await wait(PAUSE_MS);
  }
  return {
    url: server.url(port),
    pid: child.pid ?? -1,
    folder,
    createDatabase: () => createDatabase(server.url(port)),
    // A fast shutdown: it waits for no client.
    stop: () => end(child, 'SIGINT'),
    crash: () => end(child, 'SIGKILL'),
  };
}

async function createDatabase(url: string): Promise<string> {
  const name = `d${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isAlive(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address === null || typeof address === 'string' ? reject(new Error('no port')) : resolve(address.port),
      );
    });
  });
}
