import { type BlobRef, type Report, SluiceError } from '@sluice/contracts';
import type { BlobStore } from '@sluice/fleet/blobs';
import type { Response } from 'express';

/** It shows a hostile page: whoever opens it by itself gets a picture, and nothing that could run. */
const CSP = "default-src 'none'; sandbox; frame-ancestors 'none'";
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The picture of the report's n-th visit, counted from 1. Throws `no-screenshot` (404) where there is none, or none any more. */
export async function sendScreenshot(
  response: Response,
  blobs: BlobStore,
  { visits }: Report,
  number: string,
): Promise<void> {
  const at = /^[1-9]\d{0,3}$/.test(number) ? Number(number) - 1 : -1;
  const ref = visits[at]?.facts?.screenshot ?? null;
  if (ref === null) throw noScreenshot();
  const bytes = Buffer.from(await readBlob(blobs, ref));
  if (!bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) throw noScreenshot();
  response
    .set({
      etag: `"${ref.split('/')[1]}"`,
      'cache-control': 'private, no-cache',
      'content-type': 'image/png',
      'content-disposition': 'inline',
      'content-security-policy': CSP,
      'x-content-type-options': 'nosniff',
    })
    .send(bytes);
}

async function readBlob(blobs: BlobStore, ref: BlobRef): Promise<Uint8Array> {
  try {
    return await blobs.get(ref);
  } catch (error) {
    throw error instanceof SluiceError && error.code === 'blob-missing' ? noScreenshot() : error;
  }
}

function noScreenshot(): SluiceError {
  return new SluiceError('no-screenshot', 'There is no such screenshot.', { httpStatus: 404 });
}
