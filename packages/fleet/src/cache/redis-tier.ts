import { AsyncLocalStorage } from 'node:async_hooks';
import type { CreateDriverResult, RedisConfig } from 'bentocache/types';
import { RedisDriver } from 'bentocache/drivers/redis';
import type { Redis } from '../redis/index.ts';
import { cacheErrors } from './metrics.ts';

/** What happened to one operation at the second tier: bentocache tells neither which tier answered nor that Redis failed. */
export interface TierNote {
  redis: 'not-asked' | 'asked' | 'done';
}

export const tierNotes = new AsyncLocalStorage<TierNote>();

/** bentocache's Redis driver with bounded waits, which counts failures and notes that it was asked. */
class RedisTier extends RedisDriver {
  #timeoutMs: number;

  constructor(config: RedisConfig, timeoutMs: number) {
    super(config);
    this.#timeoutMs = timeoutMs;
  }

  override get(key: string): Promise<string | undefined> {
    return this.#watch('get', super.get(key));
  }

  override set(key: string, value: string, ttl?: number): Promise<boolean> {
    return this.#watch('set', super.set(key, value, ttl));
  }

  override delete(key: string): Promise<boolean> {
    return this.#watch('delete', super.delete(key));
  }

  /** The connection belongs to the caller. */
  override async disconnect(): Promise<void> {}

  async #watch<T>(operation: string, work: Promise<T>): Promise<T> {
    const note = tierNotes.getStore() ?? { redis: 'not-asked' };
    note.redis = 'asked';
    try {
      const value = await within(this.#timeoutMs, work);
      note.redis = 'done';
      return value;
    } catch (error) {
      cacheErrors.inc({ operation });
      throw error;
    }
  }
}

export function redisTier(redis: Redis, timeoutMs: number): CreateDriverResult<RedisTier> {
  return {
    options: { connection: redis },
    factory: (config: RedisConfig) => new RedisTier(config, timeoutMs),
  };
}

/** Rejects when the work takes longer; what it yields later is dropped. */
export function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error("the cache's Redis did not answer in time")), timeoutMs);
  work.then(resolve, reject).finally(() => clearTimeout(timer));
  return promise;
}
