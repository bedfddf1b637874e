import { SluiceError } from '@sluice/contracts';
import { cached, type Forgetful, type Namespace } from '@sluice/fleet/cache';
import type { ApiKey, Records } from '@sluice/records';

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
    forget: (id) => reachable(namespace.invalidate(id)),
    forgetTenant: (tenant) => reachable(namespace.invalidateTag(tagOfTenant(tenant))),
  };
}

async function reachable(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'cache-unreachable')) throw error;
    const message = 'The change is recorded, but other processes may not know of it yet: ask again.';
    throw new SluiceError(error.code, message, { httpStatus: 503, disposition: 'retry', cause: error });
  }
}
