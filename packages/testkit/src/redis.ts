import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
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
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  policy?: 'noeviction' | 'allkeys-lru';
  appendOnly?: boolean;
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
    child = spawn(command, [...settings, '--maxmemory-policy', policy], { argv0, stdio: 'ignore' });
    await eventually(() => ping(url));
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  await start();
  return {
    url,
    pid: () => child.pid ?? -1,
    crash: () => end('SIGKILL'),
    restart: start,
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
