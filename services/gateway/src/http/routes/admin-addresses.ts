import {
  MailAddressPage,
  MailAddressUpdate,
  MailAddressView,
  NewMailAddress,
  PageQuery,
  SluiceError,
  TenantId,
} from '@sluice/contracts';
import type { MailRecipient, Records } from '@sluice/records';
import { z } from 'zod';
import type { Audit } from '../../audit.ts';
import { type Caller, isOperator, tenantOf, tenantsOf } from '../../keys/caller.ts';
import { formsOf, normalEntry } from '../../policy/address.ts';
import type { AddressDirectory } from '../../policy/directory.ts';
import { answer, type Route, route } from '../route.ts';
import { requireTenant } from './known-tenant.ts';

export interface AddressRoutesConfig {
  records: Pick<Records, 'addresses' | 'tenants'>;
  policy: { directory: Pick<AddressDirectory, 'forget'> };
  audit: Audit;
  now?: () => number;
}

const ofAddress = {
  chapter: 'Administration: addresses',
  access: 'admin',
  params: z.object({ address: z.string().min(1).max(320) }),
  absent: noAddress,
} as const;
const AddressesQuery = z.strictObject({ ...PageQuery.shape, tenant: TenantId.optional() });
const view = { name: 'MailAddressView', schema: MailAddressView };

/** `/api/admin/addresses`: whose mail is taken in. An admin has those of the own tenant, an operator those of all. */
export function addressRoutes(config: AddressRoutesConfig): Route[] {
  return [...readRoutes(config), createRoute(config), replaceRoute(config), removeRoute(config)];
}

function readRoutes({ records }: AddressRoutesConfig): Route[] {
  return [
    route({
      ...ofAddress,
      method: 'get',
      path: '/api/admin/addresses',
      name: 'admin-addresses',
      summary: 'Addresses whose mail is taken in, by address.',
      params: z.object({}),
      query: AddressesQuery,
      answers: { 200: { says: 'A page of addresses.', name: 'MailAddressPage', schema: MailAddressPage } },
      problems: ['foreign-tenant', 'bad-cursor'],
      async handle({ caller, query }) {
        const { addresses, next } = await records.addresses.list(tenantsOf(caller, query.tenant), query);
        return answer({ v: 1, items: addresses.map(viewOf), next });
      },
    }),
    route({
      ...ofAddress,
      method: 'get',
      path: '/api/admin/addresses/{address}',
      name: 'admin-address',
      summary: 'One address.',
      answers: { 200: { says: 'The address.', ...view } },
      problems: ['address-not-found'],
      async handle({ caller, params }) {
        return answer(viewOf(await findAddress(records, caller, params.address)));
      },
    }),
  ];
}

function createRoute({ records, policy, audit, now = Date.now }: AddressRoutesConfig): Route {
  return route({
    ...ofAddress,
    method: 'post',
    path: '/api/admin/addresses',
    name: 'admin-address-create',
    summary: 'Takes mail in for an address; an operator also for all of a domain, `@example.org`.',
    params: z.object({}),
    body: { name: 'NewMailAddress', schema: NewMailAddress },
    answers: { 201: { says: 'The address.', ...view } },
    problems: [
      'foreign-tenant',
      'tenant-not-found',
      'bad-address',
      'forbidden',
      'foreign-domain',
      'address-exists',
      'cache-unreachable',
    ],
    async handle({ caller, body, requestId }) {
      const tenant = tenantOf(caller, body.tenant);
      await requireTenant(records, tenant);
      const address = normalEntry(body.address);
      if (address === null) throw noneAtAll();
      await requireDomain(records, caller, address, tenant);
      const { isActive, note } = body;
      const nowMs = now();
      const entry: MailRecipient = { address, tenant, isActive, note, createdMs: nowMs, updatedMs: nowMs };
      if (!(await records.addresses.create(entry))) {
        // This may be the repetition after the cache was away.
        await policy.directory.forget(address);
        throw new SluiceError('address-exists', 'This address is entered already.', { httpStatus: 409 });
      }
      await audit.note(caller, requestId, { action: 'address.create', target: address, tenant, detail: { isActive } });
      await policy.directory.forget(address);
      return answer(viewOf(entry), 201);
    },
  });
}

function replaceRoute({ records, policy, audit, now = Date.now }: AddressRoutesConfig): Route {
  return route({
    ...ofAddress,
    method: 'put',
    path: '/api/admin/addresses/{address}',
    name: 'admin-address-replace',
    summary: 'Opens or shuts an address, and notes something about it.',
    body: { name: 'MailAddressUpdate', schema: MailAddressUpdate },
    answers: { 200: { says: 'The address.', ...view } },
    problems: ['address-not-found', 'forbidden', 'cache-unreachable'],
    async handle({ caller, params, body, requestId }) {
      const held = await findAddress(records, caller, params.address);
      requireOperatorForDomain(caller, held.address);
      const entry: MailRecipient = { ...held, ...body, updatedMs: now() };
      // Somebody may have removed it since, and somebody else entered it.
      if (!(await records.addresses.replace(entry))) throw noAddress();
      const { address, tenant, isActive } = entry;
      await audit.note(caller, requestId, { action: 'address.replace', target: address, tenant, detail: { isActive } });
      await policy.directory.forget(address);
      return answer(viewOf(entry));
    },
  });
}

function removeRoute({ records, policy, audit }: AddressRoutesConfig): Route {
  return route({
    ...ofAddress,
    method: 'delete',
    path: '/api/admin/addresses/{address}',
    name: 'admin-address-remove',
    summary: 'Takes no more mail in for an address: within a second it is unknown.',
    answers: { 204: { says: 'It is removed.' } },
    problems: ['address-not-found', 'forbidden', 'cache-unreachable'],
    async handle({ caller, params, requestId }) {
      const { address, tenant } = await findAddress(records, caller, params.address).catch(async (error: unknown) => {
        // This may be the repetition after the cache was away.
        const gone = normalEntry(params.address);
        if (gone !== null) await policy.directory.forget(gone);
        throw error;
      });
      requireOperatorForDomain(caller, address);
      await records.addresses.remove(address);
      await audit.note(caller, requestId, { action: 'address.remove', target: address, tenant });
      await policy.directory.forget(address);
      return { status: 204 };
    },
  });
}

/** An entry that the caller may see. Throws `address-not-found` (404). */
async function findAddress(
  { addresses }: Pick<Records, 'addresses'>,
  caller: Caller,
  written: string,
): Promise<MailRecipient> {
  const address = normalEntry(written);
  const held = address === null ? null : await addresses.find(address);
  if (held === null || (held.tenant !== caller.tenant && !isOperator(caller))) throw noAddress();
  return held;
}

/** Nobody takes the mail of another tenant's domain. Throws `forbidden`, `foreign-domain` (403). */
async function requireDomain(
  { addresses }: Pick<Records, 'addresses'>,
  caller: Caller,
  address: string,
  tenant: TenantId,
): Promise<void> {
  requireOperatorForDomain(caller, address);
  const domain = formsOf(address, null)?.domain ?? null;
  if (domain === null || isOperator(caller)) return;
  const owner = await addresses.find(domain);
  if (owner === null || owner.tenant === tenant) return;
  throw new SluiceError('foreign-domain', 'The domain belongs to another tenant.', { httpStatus: 403 });
}

/** An entry of a whole domain takes what nobody has entered: only who runs the fleet knows whose it is. Throws `forbidden` (403). */
function requireOperatorForDomain(caller: Caller, address: string): void {
  if (!address.startsWith('@') || isOperator(caller)) return;
  throw new SluiceError('forbidden', 'A whole domain is entered and changed by an admin of the tenant default.', {
    httpStatus: 403,
  });
}

function viewOf(entry: MailRecipient): MailAddressView {
  return MailAddressView.parse(entry);
}

function noAddress(): SluiceError {
  return new SluiceError('address-not-found', 'There is no such address.', { httpStatus: 404 });
}

function noneAtAll(): SluiceError {
  return new SluiceError('bad-address', 'This is no address, and no domain as @example.org.', { httpStatus: 422 });
}
