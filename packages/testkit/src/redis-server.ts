import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { Redis } from 'ioredis';
import { eventually } from './eventually.ts';

/** A Redis server's process on a port of its own, which can die and live again. */
export interface RedisProcess {
  url: string;
  port: number;
  pid(): number;
  /** Ends it as `kill -9` does. */
  crash(): Promise<void>;
  /** Starts it again with the same settings. */
  restart(): Promise<void>;
  /** It answers nobody (SIGSTOP) until it is resumed; its connections stay open. */
  pause(): void;
  resume(): void;
  /** Sends one command on a connection of its own. */
  command(...words: [string, ...(string | number)[]]): Promise<unknown>;
  /** Ends it politely. */
  end(): Promise<void>;
}

interface Program {
  command: string;
  argv0: string;
}

/** Of a server with other surroundings, which inherits nothing. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/bin';

/** Debian ships the server inside redis-tools under another name; the first argument decides what it is. */
function redisProgram(): Program {
  for (const name of ['redis-server', 'valkey-server']) {
    if (spawnSync('sh', ['-c', `command -v ${name}`]).status === 0) return { command: name, argv0: name };
  }
  return { command: '/usr/bin/redis-check-rdb', argv0: 'redis-server' };
}

/**
 * Starts a server on a loopback port, and resolves when it answers. `words` are its arguments; `env` replaces the surroundings, where given.
 */
export async function startRedisProcess(
  port: number,
  words: readonly string[],
  env?: Record<string, string>,
): Promise<RedisProcess> {
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess;

  async function start(): Promise<void> {
    const { command, argv0 } = redisProgram();
    const surroundings = env === undefined ? {} : { env: { PATH, ...env } };
    child = spawn(command, [...words, '--port', String(port), '--bind', '127.0.0.1'], {
      argv0,
      stdio: 'ignore',
      ...surroundings,
    });
    await eventually(async () => (await send(url, ['ping'])) === 'PONG');
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    // A process that is paused takes its signal when it is resumed.
    child.kill('SIGCONT');
    await gone;
  }

  await start();
  return {
    url,
    port,
    pid: () => child.pid ?? -1,
    crash: () => end('SIGKILL'),
    restart: start,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    command: (...command) => send(url, command),
    end: () => end('SIGTERM'),
  };
}

async function send(url: string, [name, ...rest]: readonly [string, ...(string | number)[]]): Promise<unknown> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name, ...rest);
  } finally {
    client.disconnect();
  }
}

/**
 * What is loaded before a server whose clock can be moved: libfaketime, and the C library, so that memory comes from there. The server's own jemalloc asks for
 * the time while libfaketime is still being loaded, and neither gets on.
 */
export function clockLibraries(): string {
  const [fakeTime] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  const [system] = globSync('/lib/*/libc.so.6');
  if (fakeTime !== undefined && system !== undefined) return `${fakeTime}:${system}`;
  throw new Error('libfaketime is not installed (Debian: libfaketime)');
}
