import { createHash } from 'node:crypto';
import { type JobId, SluiceError, type TenantId } from '@sluice/contracts';
import { isOutage } from '../http/outage.ts';
import { innerKey } from '../idempotency.ts';
import type { IntakeResult } from './metrics.ts';
import type { Submit } from './port.ts';

/** The same bytes for the same tenant are one job for 24 h, by whichever door they come: a repeated delivery changes nothing. */
export function submitMail(submit: Submit, mail: Uint8Array, tenant: TenantId): Promise<JobId> {
  const digest = createHash('sha256').update(mail).digest('hex');
  return submit({ pipeline: 'email-scan', priority: 'normal', mail }, tenant, innerKey('mail', digest));
}

/** What became of a mail that `submit` threw for. What is not ours is a fault inside, which time may heal. */
export function resultOf(error: unknown): Exclude<IntakeResult, 'accepted'> {
  if (isOutage(error)) return 'busy';
  if (!(error instanceof SluiceError)) return 'failed';
  if (error.httpStatus === 429 || error.httpStatus === 503) return 'busy';
  return error.httpStatus >= 400 && error.httpStatus < 500 ? 'refused' : 'failed';
}
