import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { isRedisReady } from './probes.ts';
import type { Program } from './program.ts';

export interface RedisCommand {
  command: string;
  argv0: string;
}

const NAMES = ['redis-server', 'valkey-server'];
/** Debian's redis-tools brings the server under this name; it serves when it is called redis-server. */
const DEBIAN_FILE = '/usr/bin/redis-check-rdb';

/** Where this machine's Redis server program is; null where there is none. */
export function findRedisCommand(pathVariable: string): RedisCommand | null {
  for (const argv0 of NAMES) {
    for (const folder of pathVariable.split(delimiter)) {
      const command = join(folder, argv0);
      if (isExecutable(command)) return { command, argv0 };
    }
  }
  const { stdout } = spawnSync(DEBIAN_FILE, ['--version'], { argv0: 'redis-server', encoding: 'utf8' });
  return stdout?.startsWith('Redis server') ? { command: DEBIAN_FILE, argv0: 'redis-server' } : null;
}

export interface RedisServer {
  role: 'queue' | 'cache';
  port: number;
  password: string;
  /** The data folder; the server's own folder lies below it. */
  dataDir: string;
  logFile: string;
  command: RedisCommand;
}

/** A quarter of the machine's memory: when it is used up, submissions are refused while the rest of the machine still works. */
const QUEUE_MB = Math.max(256, Math.floor(totalmem() / 2 ** 20 / 4));

/** Queues and job state must survive and never be evicted; what is cached may go at any moment. */
const ROLE_SETTINGS = {
  queue: ['appendonly yes', 'appendfsync everysec', `maxmemory ${QUEUE_MB}mb`, 'maxmemory-policy noeviction'],
  cache: ['appendonly no', 'maxmemory 256mb', 'maxmemory-policy allkeys-lru'],
};

/** A Redis server on loopback. Its settings go in through standard input: the password stands in no command line. */
export function redisProgram(server: RedisServer): Program {
  const folder = join(server.dataDir, `redis-${server.role}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const common = [
    'bind 127.0.0.1',
    `port ${server.port}`,
    `requirepass ${server.password}`,
    `dir ${quoted(folder)}`,
    'save ""',
  ];
  return {
    name: `redis-${server.role}`,
    command: server.command.command,
    args: ['-'],
    argv0: server.command.argv0,
    cwd: folder,
    env: {},
    input: `${[...common, ...ROLE_SETTINGS[server.role]].join('\n')}\n`,
    tied: false,
    metricsPort: null,
    logFile: server.logFile,
    isReady: () => isRedisReady(server.port, server.password),
  };
}

export function redisUrl(port: number, password: string): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
