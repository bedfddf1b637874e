import type { BlobRef, TenantId } from '@sluice/contracts';

/** Raw mails and documents, named by tenant and content hash: the same bytes are stored once. */
export interface BlobStore {
  /**
   * Resolves when the bytes will survive a power cut (`durable`), or a crash of this process. At most 64 MB
   * (`blob-too-large`). What is stored already but damaged is stored anew. Throws `blob-unwritable` (time may heal it).
   */
  put(tenant: TenantId, bytes: Uint8Array, options: { durable: boolean }): Promise<BlobRef>;
  /**
   * Throws `blob-missing` where there is none, `blob-damaged` where the bytes are not those that were stored,
   * `blob-locked` where they are encrypted and DATA_KEY is missing or another, `blob-unreadable` where the store cannot be
   * read just now (the last two may heal).
   */
  get(ref: BlobRef): Promise<Uint8Array>;
  /**
   * Removes a blob; none there is no error. With `unlessPutSinceMs` (milliseconds since the epoch) what was put again since
   * is left, so that a sweep does not take the mail of a job that it does not know yet.
   */
  remove(ref: BlobRef, options?: { unlessPutSinceMs?: number }): Promise<void>;
  /** What is stored, of one tenant or of all, in no promised order. What comes or goes meanwhile may be in it or not. */
  list(tenant?: TenantId): AsyncIterable<BlobEntry>;
}

export interface BlobEntry {
  ref: BlobRef;
  /** As it is stored: encrypted, it is 40 bytes longer than what was put. */
  storedBytes: number;
  /** When it was last put, by the clock of the store. */
  modifiedMs: number;
}

/**
 * Whole objects under keys like `a/b/c`: what a folder and an S3-compatible store have in common. What goes wrong is thrown
 * as it comes, without secrets; callers give it a code.
 */
export interface Objects {
  /**
   * The object appears whole or not at all, in the place of an older one. Where `isSame` says of the older one that it will
   * do, a store may leave it (as newly modified).
   */
  put(key: string, bytes: Uint8Array, options: PutOptions): Promise<void>;
  /** Makes an object without content that outlives this process; false where there is one already. Of several who do it at once one does. */
  create(key: string): Promise<boolean>;
  /** Null where there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /** When it was last put, by the clock of the store (epoch ms, perhaps to the second); null where there is none. */
  putMs(key: string): Promise<number | null>;
  /** None there is no error. */
  remove(key: string): Promise<void>;
  /** Keys that begin with a folder (`a/b/`, or empty for all), those after the key `after` where it is given. */
  list(options: { folder: string; after?: string }): AsyncIterable<StoredObject>;
}

export interface PutOptions {
  /** Survives a power cut; else a crash of this process. */
  durable: boolean;
  isSame?: (stored: Uint8Array) => boolean;
}

export interface StoredObject {
  key: string;
  bytes: number;
  modifiedMs: number;
}
