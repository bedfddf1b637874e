import { type BlobRef, type JobId, SluiceError } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { Response } from 'express';

/** Sends a mail for download; nothing of it is shown or run. Throws `no-mail` (404) where it is not kept any more. */
export async function sendRawMail(
  response: Response,
  blobs: BlobStore,
  { jobId, ref }: { jobId: JobId; ref: BlobRef },
): Promise<void> {
  const bytes = Buffer.from(await readMail(blobs, ref));
  response
    .set({
      'content-type': 'message/rfc822',
      'content-disposition': `attachment; filename="${jobId}.eml"`,
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
      'cache-control': 'private, no-store',
    })
    .send(bytes);
}

async function readMail(blobs: BlobStore, ref: BlobRef): Promise<Uint8Array> {
  try {
    return await blobs.get(ref);
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'blob-missing')) throw error;
    throw new SluiceError('no-mail', 'The mail is not kept any more.', { httpStatus: 404 });
  }
}
