import { z } from 'zod';
import { BlobRef } from './ids.ts';

export const ObservableKind = z.enum(['url', 'domain', 'ip', 'hash']);
export type ObservableKind = z.infer<typeof ObservableKind>;

/** Names a resource within a job: the first 16 digits of the SHA-256 of its kind and value, so that task ids and queues say nothing of it. */
export const ResourceId = z.string().regex(/^[0-9a-f]{16}$/, 'is not a resource id');
export type ResourceId = z.infer<typeof ResourceId>;

/** Something that may be visited or asked about; the value is normalised as in `ObservableScanInput`. */
export const Resource = z.object({ id: ResourceId, kind: ObservableKind, value: z.string().min(1).max(8192) });
export type Resource = z.infer<typeof Resource>;

/** A document: resources of one job, the most telling first, each once. */
export const ResourceSet = z.object({ v: z.literal(1), resources: z.array(Resource) });
export type ResourceSet = z.infer<typeof ResourceSet>;

/** What a plan knows of a resource. */
export const ResourceEntry = z.object({ id: ResourceId, kind: ObservableKind });
export type ResourceEntry = z.infer<typeof ResourceEntry>;

/** Where a resource stands: its set, and which of it. */
export const ResourceRef = z.object({ resources: BlobRef, id: ResourceId });
export type ResourceRef = z.infer<typeof ResourceRef>;
