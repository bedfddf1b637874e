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
  settings: Pick<
    Settings,
    'putTenant' | 'removeTenant' | 'isPublished' | 'publishTenants' | 'publishQuotas' | 'publishSwitches'
  >;
  directory: Pick<KeyDirectory, 'forgetTenant'>;
  now?: () => number;
}

/** What else is published with the policies. */
export type PublishedRecords = Pick<Records, 'quotaSettings' | 'switches'>;

/** Of one answer of the record. */
const PAGE_ROWS = 500;

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

  async function allPolicies(): Promise<TenantPolicy[]> {
    const policies: TenantPolicy[] = [];
    let cursor: string | undefined;
    do {
      const page = await tenants.list({ limit: PAGE_ROWS, cursor });
      policies.push(...page.tenants);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return policies;
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

    /** Makes the tenant of the operators where there is none. */
    async makeHome(): Promise<void> {
      if ((await tenants.find(HOME_TENANT)) !== null) return;
      const home = { v: 1, tenant: HOME_TENANT, name: HOME_TENANT, plan: HOME_PLAN, release: DEFAULT_RELEASE };
      await tenants.put(TenantPolicy.parse(home), now());
    },

    /** Whether all services can read what was published; false where Redis has lost it. */
    isPublished: (): Promise<boolean> => settings.isPublished(),

    /** Tells all services what the record holds, where they do not have it: policies, the quotas that were set, and what is switched off. */
    async publish({ quotaSettings, switches }: PublishedRecords): Promise<void> {
      await settings.publishTenants(allPolicies);
      await settings.publishQuotas(
        async () => new Map((await quotaSettings.list()).map(({ action, text }) => [action, text])),
      );
      await settings.publishSwitches(switches.list);
    },

    /** Called whenever the connection to Redis is there again: what it holds may be older than what was written. Gives what ends it. */
    onReconnect(listener: () => void): () => void {
      redis.on('ready', listener);
      return () => void redis.off('ready', listener);
    },
  };
}

export function noTenant(): SluiceError {
  return new SluiceError('tenant-not-found', 'There is no such tenant.', { httpStatus: 404 });
}
