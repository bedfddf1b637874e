import { type BlobRef, Report, SluiceError } from '@sluice/contracts';
import { type BlobStore, getDocument } from '@sluice/fleet/blobs';
import type { Response } from 'express';
import { toHtml } from '../report/html.ts';
import { toMarkdown } from '../report/markdown.ts';

/** Whatever slipped through could still load, run, send and frame nothing. */
const CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A report in the form that `Accept` asks for, with an `ETag` of its own for each form. Throws `not-acceptable` (406). */
export async function sendReport(response: Response, blobs: BlobStore, ref: BlobRef): Promise<void> {
  const report = await getDocument(blobs, Report, ref);
  const tag = (form: string) => response.set('etag', `"${ref.split('/')[1]}-${form}"`);
  response.vary('Accept').set('cache-control', 'private, no-cache');
  response.format({
    'application/json': () => tag('json').json(report),
    'text/markdown': () => tag('markdown').send(toMarkdown(report)),
    'text/html': () => tag('html').set('content-security-policy', CSP).send(toHtml(report)),
    default: () => {
      throw new SluiceError('not-acceptable', 'A report is JSON, Markdown or HTML.', { httpStatus: 406 });
    },
  });
}
