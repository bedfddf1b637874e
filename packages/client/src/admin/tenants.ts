import { Erased, type NewTenant, TenantPage, type TenantUpdate, TenantView } from '@sluice/contracts';
import type { Asker, Sent } from '../ask.ts';
import { type List, listOf } from '../pages.ts';
import { path } from '../path.ts';

const TENANTS = 'api/admin/tenants';

/** Tenants, for an operator; an admin finds the own one. */
export interface TenantMethods extends List<TenantView, object> {
  find(tenant: string, signal?: AbortSignal): Promise<TenantView>;
  /** Throws `tenant-exists` (409). */
  create(tenant: Sent<typeof NewTenant>, signal?: AbortSignal): Promise<TenantView>;
  /** Replaces the whole of it: what is left out has its default again, but for provider keys, which stay. */
  replace(tenant: string, update: Sent<typeof TenantUpdate>, signal?: AbortSignal): Promise<TenantView>;
  /** With its keys, addresses and webhooks. Throws `tenant-active` (409) where it is not blocked. */
  remove(tenant: string, signal?: AbortSignal): Promise<void>;
  /** Erases a part of what a blocked tenant's mails have left; `isComplete` says whether there is more. */
  erase(tenant: string, signal?: AbortSignal): Promise<Erased>;
}

export function tenantMethods({ ask, tell }: Asker): TenantMethods {
  return {
    ...listOf((query, signal) => ask(TenantPage, { method: 'GET', path: TENANTS, query: { ...query }, signal })),
    find: async (tenant, signal) => ask(TenantView, { method: 'GET', path: path`api/admin/tenants/${tenant}`, signal }),
    create: (tenant, signal) =>
      ask(TenantView, { method: 'POST', path: TENANTS, json: tenant, signal, isRepeatable: false }),
    replace: async (tenant, update, signal) =>
      ask(TenantView, { method: 'PUT', path: path`api/admin/tenants/${tenant}`, json: update, signal }),
    remove: async (tenant, signal) => tell({ method: 'DELETE', path: path`api/admin/tenants/${tenant}`, signal }),
    erase: async (tenant, signal) =>
      ask(Erased, {
        method: 'POST',
        path: path`api/admin/tenants/${tenant}/erase`,
        json: { confirm: tenant },
        signal,
      }),
  };
}
