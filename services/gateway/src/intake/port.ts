import type { JobId, TenantId } from '@sluice/contracts';

/** The gateway's way of a submission, as mail intake uses it: it resolves when mail and job are durable, and repeated with the key gives the same job. */
export type Submit = (
  submission: { pipeline: 'email-scan'; priority: 'normal'; mail: Uint8Array },
  tenant: TenantId,
  idempotencyKey: string,
) => Promise<JobId>;

export interface Recipient {
  tenant: TenantId;
  isActive: boolean;
}

/** Whose mail is taken in. Throws `record-away` where nobody can say. */
export interface Recipients {
  /** Null: no address of ours. */
  find(address: string): Promise<Recipient | null>;
}
