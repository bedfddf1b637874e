import { z } from 'zod';
import { TenantId } from '../ids.ts';

/** `defer`: later; `unsure`: nobody can say at the moment. */
export const PolicyVerdict = z.enum(['accept', 'reject', 'defer', 'unsure']);
export type PolicyVerdict = z.infer<typeof PolicyVerdict>;

export const PolicyReason = z.enum([
  'known-recipient',
  'no-address',
  'unknown-recipient',
  'inactive-recipient',
  'tenant-blocked',
  'too-many-jobs',
  'too-many-jobs-today',
  /** The operator has switched the scanning of mail off for now. */
  'intake-off',
  /** What is needed to decide does not answer. */
  'away',
]);
export type PolicyReason = z.infer<typeof PolicyReason>;

/** `GET /api/policy`: what the policy service says of a recipient. */
export const PolicyAnswer = z.object({
  v: z.literal(1),
  /** In its normal form; as it was written where it is no address. */
  recipient: z.string(),
  verdict: PolicyVerdict,
  reason: PolicyReason,
  /** What Postfix is told: an action of access(5). */
  action: z.string(),
  /** Whose address it is; null where it is nobody's that the key may see, or nobody can say. */
  tenant: TenantId.nullable(),
  /** Where the address is known from; `stale`: the record did not answer. Null: nothing was looked up. */
  source: z.enum(['memory', 'cache', 'stale', 'record']).nullable(),
});
export type PolicyAnswer = z.infer<typeof PolicyAnswer>;
