import type { BlobRef, TenantId } from '@sluice/contracts';

/** Raw mails and documents, named by tenant and content hash: the same bytes are stored once. */
export interface BlobStore {
  /** Resolves when the bytes will survive a power cut (`durable`), or a crash of this process. At most 64 MB. */
  put(tenant: TenantId, bytes: Uint8Array, options: { durable: boolean }): Promise<BlobRef>;
  /** Throws `blob-missing` where there is none, `blob-damaged` where the bytes are not those that were stored. */
  get(ref: BlobRef): Promise<Uint8Array>;
}
