import { SluiceError, type TenantId, type TenantPolicy } from '@sluice/contracts';
import type { Records } from '@sluice/records';

/** The tenant's policy. Throws `tenant-not-found` (404). */
export async function requireTenant({ tenants }: Pick<Records, 'tenants'>, tenant: TenantId): Promise<TenantPolicy> {
  const policy = await tenants.find(tenant);
  if (policy === null) throw noTenant();
  return policy;
}

export function noTenant(): SluiceError {
  return new SluiceError('tenant-not-found', 'There is no such tenant.', { httpStatus: 404 });
}
