import { DEFAULT_RELEASE, SluiceError, type TenantId, TenantPlan, TenantPolicy } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';
import type { Settings } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import { HOME_TENANT } from '../keys/caller.ts';
import type { KeyDirectory } from '../keys/directory.ts';
import { createTenantLock } from './lock.ts';

interface TenantBookConfig {
  redis: Redis;
  tenants: Records['tenants'];
  settings: Pick<Settings, 'putTenant' | 'removeTenant'>;
  directory: Pick<KeyDirectory, 'forgetTenant'>;
  now?: () => number;
}

export type TenantBook = ReturnType<typeof createTenantBook>;

/** Whoever runs the fleet does not stand in the own way. */
const HOME_PLAN = TenantPlan.parse({ requestsPerSecond: 10_000, jobsInFlight: 1_000_000, jobsPerDay: 100_000_000 });

/** Tenants: written to the record first, then told to all services. */
export function createTenantBook({ redis, tenants, settings, directory, now = Date.now }: TenantBookConfig) {
  const alone = createTenantLock(redis);

  async function put(policy: TenantPolicy): Promise<void> {
    await tenants.put(policy, now());
    await settings.putTenant(policy);
    await directory.forgetTenant(policy.tenant);
  }

  return {
    put,

    /** Makes of what holds what is to hold; nobody else changes the tenant meanwhile. Throws `tenant-not-found` (404), and what `edit` throws. */
    change: (tenant: TenantId, edit: (held: TenantPolicy) => TenantPolicy): Promise<TenantPolicy> =>
      alone(tenant, async () => {
        const held = await tenants.find(tenant);
        if (held === null) throw noTenant();
        const policy = edit(held);
        await put(policy);
        return policy;
      }),

    async remove(tenant: TenantId): Promise<void> {
      await tenants.remove(tenant);
      await settings.removeTenant(tenant);
      await directory.forgetTenant(tenant);
    },

    /** Tells all services what the record holds; makes the tenant of the operators where there is none. Says how many there are. */
    async publish(): Promise<number> {
      if ((await tenants.find(HOME_TENANT)) === null) {
        const home = { v: 1, tenant: HOME_TENANT, name: HOME_TENANT, plan: HOME_PLAN, release: DEFAULT_RELEASE };
        await tenants.put(TenantPolicy.parse(home), now());
      }
      let count = 0;
      let cursor: string | undefined;
      do {
        const page = await tenants.list({ limit: 500, cursor });
        for (const policy of page.tenants) await settings.putTenant(policy);
        count += page.tenants.length;
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return count;
    },
  };
}

export function noTenant(): SluiceError {
  return new SluiceError('tenant-not-found', 'There is no such tenant.', { httpStatus: 404 });
}
