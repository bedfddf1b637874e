import { z } from 'zod';

/** Jobs are spread over this many buckets; the bucket is the hash tag of all that one job's scripts touch. */
export const BUCKETS = 16;

/** A UUID; its last hexadecimal digit, which is random, names the bucket. */
export const JobId = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'is not a job id');
export type JobId = z.infer<typeof JobId>;

/** The bucket of a job, `b00` … `b15`. */
export function bucketOf(jobId: JobId): string {
  return bucketName(Number.parseInt(jobId.slice(-1), 16));
}

export function bucketName(bucket: number): string {
  return `b${String(bucket).padStart(2, '0')}`;
}

export const ALL_BUCKETS: readonly string[] = Array.from({ length: BUCKETS }, (_, bucket) => bucketName(bucket));

/** Names a stored document or mail: tenant and content hash. */
export const BlobRef = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\/[0-9a-f]{64}$/, 'is not a blob reference');
export type BlobRef = z.infer<typeof BlobRef>;

export const TenantId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a tenant id');
export type TenantId = z.infer<typeof TenantId>;

/** Names a task within its job, for example `parsing.mail` or `sandbox_analysis.visit.3f2a`. */
export const TaskId = z.string().regex(/^[a-z0-9_][a-z0-9_.-]{0,119}$/, 'is not a task id');
export type TaskId = z.infer<typeof TaskId>;
