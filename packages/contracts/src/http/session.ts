import { z } from 'zod';
import { TenantId } from '../ids.ts';
import { Role } from '../tenants.ts';

/** `POST /api/session`: a key for a cookie. */
export const SessionRequest = z.strictObject({ key: z.string().min(1).max(200) });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** `GET /api/session`: who asks. */
export const SessionView = z.object({
  v: z.literal(1),
  tenant: TenantId,
  role: Role,
  keyId: z.string(),
  /** Name of the key, for people. */
  name: z.string(),
  by: z.enum(['key', 'session']),
  /** May name other tenants: an admin of the tenant `default`. */
  isOperator: z.boolean(),
  /** Of the key or the session, whichever ends first; null: it does not end. */
  expiresMs: z.number().nullable(),
});
export type SessionView = z.infer<typeof SessionView>;
