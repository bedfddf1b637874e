import type { TenantId, TenantPolicy } from '@sluice/contracts';
import type { Records } from '@sluice/records';
import { noTenant } from '../../tenants/book.ts';

/** The tenant's policy. Throws `tenant-not-found` (404). */
export async function requireTenant({ tenants }: Pick<Records, 'tenants'>, tenant: TenantId): Promise<TenantPolicy> {
  const policy = await tenants.find(tenant);
  if (policy === null) throw noTenant();
  return policy;
}
