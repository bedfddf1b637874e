import { cached, type Forgetful, type Namespace } from '@sluice/fleet/cache';
import type { ApiKey, Records } from '@sluice/records';
import { forgotten } from '../cache/forgotten.ts';

export interface KeyDirectory {
  /** The key of this id, as it was recorded up to a second ago; null where there is none. Throws `record-away` where nobody knows. */
  find(id: string): Promise<ApiKey | null>;
  /** Every process sees the key anew. Throws `cache-unreachable` (503): ask again, or a change may be seen late. */
  forget(id: string): Promise<void>;
  forgetTenant(tenant: string): Promise<void>;
}

export type KeyNamespace = Namespace<ApiKey> & Forgetful;

/** All keys of a tenant go by this tag. */
export const tagOfTenant = (tenant: string): string => `tenant:${tenant}`;

/** The record's keys behind the fleet's cache: while PostgreSQL is away, keys that were used lately still open the door. */
export function createKeyDirectory(namespace: KeyNamespace, keys: Records['keys']): KeyDirectory {
  const find = cached(namespace, (id) => keys.find(id));
  return {
    find: async (id) => (await find(id)).value,
    forget: (id) => forgotten(namespace.invalidate(id)),
    forgetTenant: (tenant) => forgotten(namespace.invalidateTag(tagOfTenant(tenant))),
  };
}
