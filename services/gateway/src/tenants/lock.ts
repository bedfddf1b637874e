import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { SluiceError, type TenantId } from '@sluice/contracts';
import { loadScript, type Redis } from '@sluice/fleet/redis';

const unlock = loadScript(new URL('./lua/', import.meta.url), 'unlock', 1);

/** Far longer than a change takes; a gateway that dies in the middle holds up others for so long. */
const LEASE_MS = 10_000;
const PATIENCE_MS = 3_000;
const LOOK_MS = 50;

/**
 * One change of a tenant at a time, in all gateways together, so that none is made of what another one is just replacing. Key `tenant-change:{tenant}`: who changes
 * it; it lives 10 s at most. Throws `record-busy` (503) where others take too long.
 */
export function createTenantLock(redis: Redis) {
  return async <T>(tenant: TenantId, change: () => Promise<T>): Promise<T> => {
    const key = `tenant-change:{${tenant}}`;
    const token = randomUUID();
    const untilMs = performance.now() + PATIENCE_MS;
    while ((await redis.set(key, token, 'PX', LEASE_MS, 'NX')) === null) {
      if (performance.now() > untilMs) throw busy();
      await wait(LOOK_MS);
    }
    try {
      return await change();
    } finally {
      await unlock(redis, [key], [token]).catch(() => undefined);
    }
  };
}

function busy(): SluiceError {
  const message = 'The tenant is being changed by somebody else; ask again.';
  return new SluiceError('record-busy', message, { disposition: 'retry', httpStatus: 503 });
}
