import { loadScript, type Redis } from '@sluice/fleet/redis';
import { LEASE_MS, leaseKey } from './keys.ts';

const LUA = new URL('./lua/', import.meta.url);
const holdLease = loadScript(LUA, 'hold', 1);
const yieldLease = loadScript(LUA, 'yield', 1);

/**
 * A duty that one process does at a time, as a rule: a holder that is silent for 10 s loses it. It saves double work; nothing that is done under it may
 * go wrong when two hold it for a moment.
 */
export function createLease(redis: Redis, name: string, worker: string) {
  const key = leaseKey(name);
  return {
    name,
    /** Takes it where it is free, renews it where it is ours; says whether it is ours now. */
    hold: async (): Promise<boolean> => (await holdLease(redis, [key], [worker, LEASE_MS])) === 1,
    /** Gives it back, so that another takes it at once. */
    release: async (): Promise<void> => void (await yieldLease(redis, [key], [worker])),
  };
}
