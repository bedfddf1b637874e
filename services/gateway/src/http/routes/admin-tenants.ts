import {
  Erased,
  Erasure,
  NewTenant,
  PageQuery,
  type Provider,
  SluiceError,
  TenantId,
  TenantPage,
  TenantPolicy,
  TenantUpdate,
  TenantView,
} from '@sluice/contracts';
import { type DataKey, seal } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { HOME_TENANT, tenantOf } from '../../keys/caller.ts';
import type { Erase } from '../../tenants/erase.ts';
import { noTenant, type TenantBook } from '../../tenants/book.ts';
import { answer, type Route, route } from '../route.ts';
import { requireTenant } from './known-tenant.ts';

export interface TenantRoutesConfig {
  records: Pick<Records, 'tenants'>;
  book: TenantBook;
  erase: Erase;
  /** Seals tenants' own provider keys; undefined: they cannot be stored. */
  dataKey: DataKey | undefined;
  audit: Audit;
}

const CHAPTER = 'Administration: tenants';
const ofTenant = {
  chapter: CHAPTER,
  params: z.object({ tenant: TenantId }),
  absent: noTenant,
} as const;
const tenantView = { name: 'TenantView', schema: TenantView };

/** `/api/admin/tenants`: an operator runs them all; an admin sees the own one. */
export function tenantRoutes(config: TenantRoutesConfig): Route[] {
  return [...readRoutes(config), createRoute(config), replaceRoute(config), removeRoute(config), eraseRoute(config)];
}

function readRoutes({ records }: TenantRoutesConfig): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/admin/tenants',
      name: 'admin-tenants',
      chapter: CHAPTER,
      summary: 'All tenants, by id.',
      access: 'operator',
      query: PageQuery,
      answers: { 200: { says: 'A page of tenants.', name: 'TenantPage', schema: TenantPage } },
      problems: ['bad-cursor'],
      async handle({ query }) {
        const { tenants, next } = await records.tenants.list(query);
        return answer({ v: 1, items: tenants.map(viewOf), next });
      },
    }),
    route({
      ...ofTenant,
      method: 'get',
      path: '/api/admin/tenants/{tenant}',
      name: 'admin-tenant',
      summary: 'A tenant: its plan, what may leave, and whose keys it has.',
      access: 'admin',
      answers: { 200: { says: 'The tenant.', ...tenantView } },
      problems: ['tenant-not-found', 'foreign-tenant'],
      async handle({ caller, params }) {
        return answer(viewOf(await requireTenant(records, tenantOf(caller, params.tenant))));
      },
    }),
  ];
}

function createRoute({ records, book, dataKey, audit }: TenantRoutesConfig): Route {
  return route({
    method: 'post',
    path: '/api/admin/tenants',
    name: 'admin-tenant-create',
    chapter: CHAPTER,
    summary: 'Makes a tenant.',
    access: 'operator',
    body: { name: 'NewTenant', schema: NewTenant },
    answers: { 201: { says: 'The tenant.', ...tenantView } },
    problems: ['tenant-exists', 'no-data-key'],
    async handle({ caller, body, requestId }) {
      const { tenant, ...update } = body;
      if ((await records.tenants.find(tenant)) !== null) {
        throw new SluiceError('tenant-exists', 'There is a tenant of this id already.', { httpStatus: 409 });
      }
      const policy = policyOf(tenant, update, { keys: {}, webhooks: [] }, dataKey);
      await book.put(policy);
      await audit.note(caller, requestId, {
        action: 'tenant.create',
        target: tenant,
        tenant,
        detail: detailOf(update),
      });
      return answer(viewOf(policy), 201, { location: `/api/admin/tenants/${tenant}` });
    },
  });
}

function replaceRoute({ book, dataKey, audit }: TenantRoutesConfig): Route {
  return route({
    ...ofTenant,
    method: 'put',
    path: '/api/admin/tenants/{tenant}',
    name: 'admin-tenant-replace',
    summary:
      'Replaces what holds for a tenant; all services know it within a second. Webhooks, and provider keys that are not named, stay.',
    access: 'operator',
    body: { name: 'TenantUpdate', schema: TenantUpdate },
    answers: { 200: { says: 'The tenant.', ...tenantView } },
    problems: ['tenant-not-found', 'tenant-needed', 'no-data-key', 'cache-unreachable', 'record-busy'],
    async handle({ caller, params, body, requestId }) {
      const { tenant } = params;
      if (tenant === HOME_TENANT && body.isBlocked) throw needed();
      const policy = await book.change(tenant, (held) => policyOf(tenant, body, held, dataKey));
      await audit.note(caller, requestId, { action: 'tenant.replace', target: tenant, tenant, detail: detailOf(body) });
      return answer(viewOf(policy));
    },
  });
}

function removeRoute({ records, book, audit }: TenantRoutesConfig): Route {
  return route({
    ...ofTenant,
    method: 'delete',
    path: '/api/admin/tenants/{tenant}',
    name: 'admin-tenant-remove',
    summary:
      'Removes a tenant with its keys, addresses and webhooks. What its mails have left stays until it is erased or its retention ends.',
    access: 'operator',
    answers: { 204: { says: 'It is removed.' } },
    problems: ['tenant-not-found', 'tenant-needed', 'tenant-active', 'cache-unreachable'],
    async handle({ caller, params, requestId }) {
      const { tenant } = params;
      if (tenant === HOME_TENANT) throw needed();
      requireBlocked(await requireTenant(records, tenant));
      await book.remove(tenant);
      await audit.note(caller, requestId, { action: 'tenant.remove', target: tenant, tenant });
      return { status: 204 };
    },
  });
}

function eraseRoute({ records, erase }: TenantRoutesConfig): Route {
  return route({
    ...ofTenant,
    method: 'post',
    path: '/api/admin/tenants/{tenant}/erase',
    name: 'admin-tenant-erase',
    summary:
      'Has all erased that the mails of a blocked tenant have left: jobs, reports, dead letters, stored mails and documents. Waits for 20 s at most.',
    access: 'operator',
    body: { name: 'Erasure', schema: Erasure },
    answers: {
      200: { says: 'What was erased, or that it is not over yet: ask again.', name: 'Erased', schema: Erased },
    },
    problems: ['tenant-not-found', 'tenant-active'],
    async handle({ caller, params, body, requestId }) {
      const { tenant } = params;
      if (body.confirm !== tenant) {
        throw new SluiceError('bad-request', 'The id to confirm is that of another tenant.', { httpStatus: 400 });
      }
      requireBlocked(await requireTenant(records, tenant));
      return answer(await erase(caller, requestId, tenant));
    },
  });
}

/** Throws `no-data-key` (409) where a key is to be stored and cannot be sealed. */
function policyOf(
  tenant: TenantId,
  { providerKeys, ...update }: z.output<typeof TenantUpdate>,
  held: Pick<TenantPolicy, 'keys' | 'webhooks'>,
  dataKey: DataKey | undefined,
): TenantPolicy {
  const keys = { ...held.keys };
  for (const [provider, plain] of Object.entries(providerKeys) as [Provider, string | null][]) {
    if (plain === null) delete keys[provider];
    else keys[provider] = seal(requireDataKey(dataKey), plain);
  }
  return TenantPolicy.parse({ v: 1, tenant, ...update, keys, webhooks: held.webhooks });
}

function requireDataKey(dataKey: DataKey | undefined): DataKey {
  if (dataKey !== undefined) return dataKey;
  throw new SluiceError('no-data-key', 'A key is stored encrypted only, and DATA_KEY is not set.', { httpStatus: 409 });
}

/** Of provider keys only whose they are. */
function detailOf({ providerKeys, ...update }: z.output<typeof TenantUpdate>): Record<string, unknown> {
  return { ...update, providerKeys: Object.keys(providerKeys) };
}

/** Keys and webhooks are left out by the schema. */
function viewOf(policy: TenantPolicy): TenantView {
  return TenantView.parse({ ...policy, providerKeys: Object.keys(policy.keys) });
}

function requireBlocked({ isBlocked }: TenantPolicy): void {
  if (isBlocked) return;
  throw new SluiceError('tenant-active', 'Block the tenant first, so that nothing new comes in.', { httpStatus: 409 });
}

function needed(): SluiceError {
  return new SluiceError('tenant-needed', 'The fleet is run by this tenant: it can be neither blocked nor removed.', {
    httpStatus: 409,
  });
}
