import { JobId, Role, TenantId } from '@sluice/contracts';
import { z } from 'zod';

/** A key as it is stored: nothing of it opens a door. */
export const ApiKey = z.object({
  id: z.string().min(1).max(64),
  tenant: TenantId,
  role: Role,
  name: z.string().min(1).max(120),
  /** SHA-256 of the whole key, 64 hexadecimal digits. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The first characters, by which people tell keys apart. */
  prefix: z.string().max(16),
  createdMs: z.number(),
  expiresMs: z.number().nullable(),
  lastUsedMs: z.number().nullable(),
  revokedMs: z.number().nullable(),
  /** The key that this one follows. */
  rotatedFrom: z.string().nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** An address, or `@domain` for all of a domain. Stored in lower case. */
export const MailRecipient = z.object({
  address: z.string().min(1).max(320),
  tenant: TenantId,
  isActive: z.boolean(),
  note: z.string().max(500).nullable(),
  createdMs: z.number(),
  updatedMs: z.number(),
});
export type MailRecipient = z.infer<typeof MailRecipient>;

export const AuditEntry = z.object({
  id: z.uuid(),
  atMs: z.number(),
  /** Key id of who did it. */
  actor: z.string(),
  /** Whose data it was about; null: the fleet's. */
  tenant: TenantId.nullable(),
  /** As `key.revoke`. */
  action: z.string().max(120),
  target: z.string().max(200),
  /** JSON. No secret, no mail content. */
  detail: z.record(z.string(), z.unknown()),
  requestId: z.string().max(200).nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Entries of the audit by which a tenant's data is erased: the order survives whatever Redis loses, and says who gave it. */
export const ERASURE = { ordered: 'tenant.erase', done: 'tenant.erased' } as const;

/** All that is named must hold. */
export interface AuditFilter {
  tenant?: TenantId | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  target?: string | undefined;
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
}

export const IntakeMessage = z.object({
  messageId: z.int(),
  tenant: TenantId,
  jobId: JobId,
  isProcessed: z.boolean(),
  receivedMs: z.number(),
  processedMs: z.number().nullable(),
});
export type IntakeMessage = z.infer<typeof IntakeMessage>;

/** What was submitted together. Its jobs are named when it is accepted, before the record has them. */
export const BatchRequest = z.object({
  id: z.uuid(),
  tenant: TenantId,
  name: z.string().max(200).nullable(),
  createdMs: z.number(),
  jobIds: z.array(JobId),
});
export type BatchRequest = z.infer<typeof BatchRequest>;
