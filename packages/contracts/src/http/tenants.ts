import { z } from 'zod';
import { TenantId } from '../ids.ts';
import { Provider } from '../providers.ts';
import { TenantPolicy } from '../tenants.ts';
import { GivenName, pageOf } from './lists.ts';

/** A provider key as its owner writes it. */
const PlainKey = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'is not plain text without blanks')
  .min(8)
  .max(512);

/** A tenant as people see it: of its own provider keys is said only that they are there; webhooks have routes of their own. */
export const TenantView = TenantPolicy.omit({ keys: true, webhooks: true }).extend({
  providerKeys: z.array(Provider),
});
export type TenantView = z.infer<typeof TenantView>;

export const TenantPage = pageOf(TenantView);
export type TenantPage = z.infer<typeof TenantPage>;

/** `PUT /api/admin/tenants/{tenant}`: the whole of it; what is left out has its default again, but for provider keys and webhooks, which stay. */
export const TenantUpdate = z.strictObject({
  ...TenantPolicy.omit({ v: true, tenant: true, keys: true, webhooks: true }).shape,
  name: GivenName,
  /** A key is stored encrypted; null removes it. */
  providerKeys: z.partialRecord(Provider, PlainKey.nullable()).default({}),
});
export type TenantUpdate = z.infer<typeof TenantUpdate>;

/** `POST /api/admin/tenants`. */
export const NewTenant = z.strictObject({ ...TenantUpdate.shape, tenant: TenantId });
export type NewTenant = z.infer<typeof NewTenant>;

/** `POST /api/admin/tenants/{tenant}/erase`: what a tenant's mails have left. The tenant has to be blocked first. */
export const Erasure = z.strictObject({
  /** The id once more, so that nobody erases by mistake. */
  confirm: TenantId,
});
export type Erasure = z.infer<typeof Erasure>;

export const Erased = z.object({
  v: z.literal(1),
  tenant: TenantId,
  jobs: z.int().nonnegative(),
  blobs: z.int().nonnegative(),
  /** There is more: ask again. */
  isComplete: z.boolean(),
});
export type Erased = z.infer<typeof Erased>;
