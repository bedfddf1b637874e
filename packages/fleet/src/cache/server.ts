import { createHash } from 'node:crypto';
import { readScript, type Redis } from '../redis/index.ts';
import { cacheErrors } from './metrics.ts';

const LUA = new URL('./lua/', import.meta.url);
/** After a failure the server is left alone for so long, or until it is connected again. */
const REST_MS = 1_000;

type Argument = string | number | Buffer;
type BinaryScript = (client: Redis, keys: string[], args: Argument[]) => Promise<unknown>;

/** Like `loadScript`, but texts come back as buffers: payloads are binary. */
function loadBinaryScript(name: string): BinaryScript {
  const lua = readScript(LUA, name);
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (client, keys, args) => {
    try {
      return await client.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.callBuffer('EVAL', lua, keys.length, ...keys, ...args);
    }
  };
}

const scripts = {
  read: loadBinaryScript('read'),
  begin: loadBinaryScript('begin'),
  write: loadBinaryScript('write'),
  forget: loadBinaryScript('forget'),
  'forget-tag': loadBinaryScript('forget-tag'),
  'forget-all': loadBinaryScript('forget-all'),
};

/** As `sluice_cache_errors_total` names it. */
type Operation = 'get' | 'set' | 'delete' | 'info' | 'verify';

export interface ServerConfig {
  redis: Redis;
  timeoutMs: number;
}

/** The cache's Redis with bounded waits. */
export function createCacheServer({ redis, timeoutMs }: ServerConfig) {
  let restUntilMs = 0;
  let isUp = false;
  const wake = () => {
    restUntilMs = 0;
  };
  redis.on('ready', wake);

  async function watch<T>(operation: Operation, work: Promise<T>): Promise<T> {
    try {
      const value = await within(timeoutMs, work);
      isUp = true;
      return value;
    } catch (error) {
      isUp = false;
      restUntilMs = performance.now() + REST_MS;
      cacheErrors.inc({ operation });
      throw error;
    }
  }

  const run = async (operation: Operation, script: keyof typeof scripts, keys: string[], args: Argument[]) =>
    (await watch(operation, scripts[script](redis, keys, args))) as unknown[];

  return {
    /** Rejects when the server is away. */
    run,

    /** Nothing when the server is away, and at once while it is left alone after a failure. */
    async tryToRun(...call: Parameters<typeof run>): Promise<unknown[] | undefined> {
      if (performance.now() < restUntilMs) return undefined;
      return run(...call).catch(() => undefined);
    },

    /** Epoch and n of clocks; null where there is none. Rejects when the server is away. */
    clocks: (keys: string[]): Promise<(string | null)[][]> =>
      watch('verify', Promise.all(keys.map((key) => redis.hmget(key, 'epoch', 'n')))),

    /** The sections `memory` and `stats` of INFO; nothing when the server is away. */
    async info(): Promise<string | undefined> {
      if (performance.now() < restUntilMs) return undefined;
      const both = Promise.all([redis.info('memory'), redis.info('stats')]);
      return watch('info', both).then(
        (texts) => texts.join('\n'),
        () => undefined,
      );
    },

    isUp: (): boolean => isUp,
    stop: (): void => void redis.off('ready', wake),
  };
}

/** Rejects when the work takes longer; what it yields later is dropped. */
export function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error("the cache's Redis did not answer in time")), timeoutMs);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
