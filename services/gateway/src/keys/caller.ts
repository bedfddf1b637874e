import { ROLES, type Role, SluiceError, type TenantId } from '@sluice/contracts';

/** Who asks, as the key says. */
export interface Caller {
  /** Names the key in the log, and says nothing of it. */
  keyId: string;
  /** Name of the key, for people. */
  name: string;
  tenant: TenantId;
  role: Role;
  by: 'key' | 'session';
  /** Epoch ms; null: it does not end. */
  expiresMs: number | null;
}

/** The tenant whose admins run the fleet. */
export const HOME_TENANT: TenantId = 'default';
/** Id of the key in `admin.key`. */
export const FILE_KEY_ID = 'admin';

export function isOperator({ tenant, role }: Pick<Caller, 'tenant' | 'role'>): boolean {
  return role === 'admin' && tenant === HOME_TENANT;
}

export function hasRole({ role }: Pick<Caller, 'role'>, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The tenant that is meant: the caller's own, or the one that an operator names. Throws `foreign-tenant` (403). */
export function tenantOf(caller: Caller, named: TenantId | undefined): TenantId {
  if (named === undefined || named === caller.tenant || isOperator(caller)) return named ?? caller.tenant;
  throw new SluiceError('foreign-tenant', 'This key belongs to another tenant.', { httpStatus: 403 });
}

/** As {@link tenantOf}; null: an operator who names none means all of them. */
export function tenantsOf(caller: Caller, named: TenantId | undefined): TenantId | null {
  return named === undefined && isOperator(caller) ? null : tenantOf(caller, named);
}
