import { createHash } from 'node:crypto';
import { type JobId, SluiceError } from '@sluice/contracts';
import type { Redis } from '@sluice/fleet/redis';

const LIFE_SECONDS = 24 * 60 * 60;

/**
 * The job id that content gets under an `Idempotency-Key`, today and after a loss of Redis: a UUID of version 8 (RFC 9562) from their hash. Other content gets
 * another one, so that it never takes the place of an accepted mail.
 */
export function keyedJobId(request: { tenant: string; key: string; fingerprint: string }): JobId {
  const { tenant, key, fingerprint } = request;
  const bytes = createHash('sha256')
    .update(JSON.stringify([tenant, key, fingerprint]))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A key of our own making. No header holds its first character: it is never one that somebody gave. */
export function innerKey(...words: string[]): string {
  return ['', ...words].join('\0');
}

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
