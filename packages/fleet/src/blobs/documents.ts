import type { BlobRef, TenantId } from '@sluice/contracts';
import type { z } from 'zod';
import type { BlobStore } from './port.ts';

/** Stores a document of a schema as JSON. It can be made again from its mail, so it need not survive a power cut. */
export async function putDocument<Schema extends z.ZodType>(
  blobs: BlobStore,
  tenant: TenantId,
  schema: Schema,
  document: z.input<Schema>,
): Promise<BlobRef> {
  const text = JSON.stringify(schema.parse(document));
  return blobs.put(tenant, new TextEncoder().encode(text), { durable: false });
}

/** Reads a document and checks it against its schema. */
export async function getDocument<Schema extends z.ZodType>(
  blobs: BlobStore,
  schema: Schema,
  ref: BlobRef,
): Promise<z.output<Schema>> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await blobs.get(ref))));
}
