import { mkdtemp, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { clockLibraries, type RedisProcess, startRedisProcess } from './redis-server.ts';

/** A server on its own, or one of a Cluster. */
export interface TestRedisServer extends Omit<RedisProcess, 'end'> {
  /** Bytes that its data may take; 0 lifts the limit. It is forgotten with a restart. */
  limitMemory(bytes: number): Promise<void>;
  /** What its data takes now. */
  usedBytes(): Promise<number>;
  /** Bytes of its append-only file so far. */
  appendedBytes(): Promise<number>;
  /** What a power cut does: it dies, and of its append-only file only so much had reached the disk. */
  cutPower(keptBytes: number): Promise<void>;
  /** Sets its clock apart from the machine's, at once; needs `hasClock`. */
  setClock(aheadMs: number): Promise<void>;
}

export interface TestRedis extends TestRedisServer {
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  policy?: 'noeviction' | 'allkeys-lru';
  /** What survives a crash: nothing, or what its append-only file holds. */
  appendOnly?: boolean;
  /** When the append-only file is forced to the disk; `everysec` where nothing is said. */
  sync?: 'always' | 'everysec';
  /** Its clock can be moved: by Debian's libfaketime. */
  hasClock?: boolean;
}

/** A real Redis on a free loopback port in a folder of its own. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
  const { end, ...server } = await startServer(dir, await freePort(), options);
  return {
    ...server,
    async stop() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A real Redis in this folder; `words` are further settings. */
export async function startServer(
  dir: string,
  port: number,
  options: TestRedisOptions,
  words: readonly string[] = [],
): Promise<TestRedisServer & Pick<RedisProcess, 'end'>> {
  const appended = join(dir, 'appendonlydir', 'appendonly.aof.1.incr.aof');
  const clockFile = join(dir, 'clock');
  const clockEnv = { FAKETIME_TIMESTAMP_FILE: clockFile, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };

  /** Whole at every moment: the server reads the file whenever it looks at the clock. */
  async function setClock(aheadMs: number): Promise<void> {
    await writeFile(`${clockFile}.new`, `${aheadMs < 0 ? '' : '+'}${aheadMs / 1_000}`);
    await rename(`${clockFile}.new`, clockFile);
  }

  if (options.hasClock === true) await setClock(0);
  const env = options.hasClock === true ? { LD_PRELOAD: clockLibraries(), ...clockEnv } : undefined;
  const server = await startRedisProcess(port, [...settingsOf(dir, options), ...words], env);
  return {
    ...server,
    setClock,
    limitMemory: async (bytes) => void (await server.command('config', 'set', 'maxmemory', bytes)),
    usedBytes: async () => Number(/used_memory:(\d+)/.exec(String(await server.command('info', 'memory')))?.[1]),
    appendedBytes: async () => (await stat(appended)).size,
    cutPower: async (keptBytes) => {
      await server.crash();
      await truncate(appended, keptBytes);
    },
  };
}

function settingsOf(dir: string, options: TestRedisOptions): string[] {
  const { policy = 'noeviction', appendOnly = false, sync = 'everysec' } = options;
  const persistence = ['--save', '', '--appendonly', appendOnly ? 'yes' : 'no', '--appendfsync', sync];
  // Never rewritten, so that its file keeps its name.
  return ['--dir', dir, ...persistence, '--auto-aof-rewrite-percentage', '0', '--maxmemory-policy', policy];
}
