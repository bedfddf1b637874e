import { mkdtemp, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { clockLibraries, type RedisProcess, startRedisProcess } from './redis-server.ts';

export interface TestRedis extends Omit<RedisProcess, 'end'> {
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
  const server = await startRedisProcess(await freePort(), settingsOf(dir, options), env);
  const { end, ...rest } = server;
  return {
    ...rest,
    setClock,
    limitMemory: async (bytes) => void (await server.command('config', 'set', 'maxmemory', bytes)),
    usedBytes: async () => Number(/used_memory:(\d+)/.exec(String(await server.command('info', 'memory')))?.[1]),
    appendedBytes: async () => (await stat(appended)).size,
    cutPower: async (keptBytes) => {
      await server.crash();
      await truncate(appended, keptBytes);
    },
    stop: async () => {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function settingsOf(dir: string, options: TestRedisOptions): string[] {
  const { policy = 'noeviction', appendOnly = false, sync = 'everysec' } = options;
  const persistence = ['--save', '', '--appendonly', appendOnly ? 'yes' : 'no', '--appendfsync', sync];
  return ['--dir', dir, ...persistence, '--maxmemory-policy', policy];
}
