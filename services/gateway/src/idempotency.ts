import { createHash } from 'node:crypto';
import { SluiceError } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';

const LIFE_SECONDS = 24 * 60 * 60;

/**
 * The job id of an `Idempotency-Key`: the proposed one for a new key, the first one for a repeated key. Throws
 * `idempotency-key-reused` (422) when the key came with other content. Keys are `idempotency:<tenant>:<hash>`, for 24 h.
 */
export async function claimJobId(
  redis: Redis,
  request: { tenant: string; key: string; fingerprint: string; proposedId: string },
): Promise<string> {
  const hash = createHash('sha256').update(request.key).digest('hex');
  const name = `idempotency:${request.tenant}:${hash}`;
  const entry = `${request.proposedId} ${request.fingerprint}`;
  const held = await redis.set(name, entry, 'EX', LIFE_SECONDS, 'NX', 'GET');
  if (held === null) return request.proposedId;
  const [jobId = '', fingerprint] = held.split(' ');
  if (fingerprint === request.fingerprint) return jobId;
  throw new SluiceError('idempotency-key-reused', 'This Idempotency-Key came with other content before.', {
    httpStatus: 422,
  });
}
