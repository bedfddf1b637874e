import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';
import { freePort } from './ports.ts';

export interface TestRedis {
  url: string;
  pid(): number;
  /** Ends the server as `kill -9` does; its append-only file stays. */
  crash(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Sets its clock apart from the machine's, at once; needs `hasClock`. */
  setClock(aheadMs: number): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  policy?: 'noeviction' | 'allkeys-lru';
  appendOnly?: boolean;
  /** Its clock can be moved: by Debian's libfaketime. */
  hasClock?: boolean;
}

/** Of a server with a clock, which inherits nothing. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/bin';

/**
 * What is loaded before the server: libfaketime, and the C library, so that memory comes from there. The server's own jemalloc asks for the time while
 * libfaketime is still being loaded, and neither gets on.
 */
function clockLibraries(): string {
  const [fakeTime] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  const [system] = globSync('/lib/*/libc.so.6');
  if (fakeTime !== undefined && system !== undefined) return `${fakeTime}:${system}`;
  throw new Error('libfaketime is not installed (Debian: libfaketime)');
}

/** Debian ships the server inside redis-tools under another name; the first argument decides what it is. */
function serverProgram(): { command: string; argv0: string } {
  for (const name of ['redis-server', 'valkey-server']) {
    if (spawnSync('sh', ['-c', `command -v ${name}`]).status === 0) return { command: name, argv0: name };
  }
  return { command: '/usr/bin/redis-check-rdb', argv0: 'redis-server' };
}

/** A real Redis on a free loopback port in a folder of its own. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;
  const clockFile = join(dir, 'clock');
  const clockEnv = { FAKETIME_TIMESTAMP_FILE: clockFile, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };

  /** Whole at every moment: the server reads the file whenever it looks at the clock. */
  async function setClock(aheadMs: number): Promise<void> {
    await writeFile(`${clockFile}.new`, `${aheadMs < 0 ? '' : '+'}${aheadMs / 1_000}`);
    await rename(`${clockFile}.new`, clockFile);
  }

  async function start(): Promise<void> {
    const { command, argv0 } = serverProgram();
    const policy = options.policy ?? 'noeviction';
    const appendOnly = options.appendOnly === true ? 'yes' : 'no';
    const settings = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      appendOnly,
    ];
    const env = options.hasClock === true ? { env: { PATH, LD_PRELOAD: clockLibraries(), ...clockEnv } } : {};
    child = spawn(command, [...settings, '--maxmemory-policy', policy], { argv0, stdio: 'ignore', ...env });
    await eventually(() => ping(url));
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  if (options.hasClock === true) await setClock(0);
  await start();
  return {
    url,
    pid: () => child.pid ?? -1,
    crash: () => end('SIGKILL'),
    restart: start,
    setClock,
    stop: async () => {
      await end('SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function ping(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.disconnect();
  }
}
