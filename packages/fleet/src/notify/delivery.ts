import { createHash } from 'node:crypto';
import type { JobId, JobMeta, NotifyInput, TenantId } from '@sluice/contracts';
import type { Happening } from './happenings.ts';

/** From the first try: the fast retries, and time to spare. */
const TIMEOUT_MS = 300_000;

/** The job that delivers a message. It gives way to everything that people wait for. */
export function deliveryJob(tenant: TenantId, jobId: JobId, input: NotifyInput): JobMeta {
  return { v: 1, jobId, tenant, pipeline: 'notify', priority: 'low', input, timeoutMs: TIMEOUT_MS };
}

/** A UUID (RFC 9562, version 8) made of the SHA-256 of what makes a delivery the same one, so that told twice it is delivered once. */
export function deliveryId(tenant: TenantId, webhook: string, { event, subject, edition }: Happening): JobId {
  const text = JSON.stringify(['webhook', tenant, webhook, event, subject, edition]);
  const bytes = createHash('sha256').update(text).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
