import { z } from 'zod';
import { TenantId } from '../ids.ts';
import { Role } from '../tenants.ts';
import { GivenName, pageOf } from './lists.ts';

/** Names an API key and says nothing of its secret. `admin` is the key of the file `admin.key`. */
export const KeyId = z.string().regex(/^(admin|[a-z0-9]{12})$/, 'is not the id of a key');
export type KeyId = z.infer<typeof KeyId>;

const LONGEST_LIFE_SECONDS = 10 * 366 * 86_400;

/** An API key as people see it. Its secret was shown once and is not kept. */
export const ApiKeyView = z.object({
  id: KeyId,
  tenant: TenantId,
  name: z.string(),
  role: Role,
  /** The beginning of the key, by which its owner finds it again. */
  prefix: z.string(),
  createdMs: z.number(),
  expiresMs: z.number().nullable(),
  /** Exact to a minute. */
  lastUsedMs: z.number().nullable(),
  revokedMs: z.number().nullable(),
  /** The key that this one takes the place of. */
  rotatedFrom: KeyId.nullable(),
});
export type ApiKeyView = z.infer<typeof ApiKeyView>;

export const ApiKeyPage = pageOf(ApiKeyView);
export type ApiKeyPage = z.infer<typeof ApiKeyPage>;

/** `POST /api/admin/keys`. */
export const NewApiKey = z.strictObject({
  name: GivenName,
  role: Role,
  /** Where nothing is said, that of the key that asks. */
  tenant: TenantId.optional(),
  /** From now; where nothing is said, the key does not end. */
  lifeSeconds: z.int().positive().max(LONGEST_LIFE_SECONDS).optional(),
});
export type NewApiKey = z.infer<typeof NewApiKey>;

/** The one answer that holds a key: it is not shown again. */
export const CreatedApiKey = z.object({ v: z.literal(1), key: z.string(), view: ApiKeyView });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

/** `POST /api/admin/keys/{id}/rotate`: a new key of the same tenant, role and name. */
export const RotateApiKey = z.strictObject({
  /** So long the old key still opens the door. */
  graceSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400),
});
export type RotateApiKey = z.infer<typeof RotateApiKey>;
