import { Accepted, MAIL_CAP_BYTES, SluiceError, type TenantId } from '@sluice/contracts';
import express, { type Request } from 'express';
import { z } from 'zod';
import { answer, type Route, route } from '../http/route.ts';
import { urlsOf } from '../http/routes/submit.ts';
import { type Caller, isOperator } from '../keys/caller.ts';
import { resultOf, submitMail } from './deliver.ts';
import { intakeMails } from './metrics.ts';
import type { Recipients, Submit } from './port.ts';

export interface IngestConfig {
  submit: Submit;
  recipients: Recipients;
}

const IngestQuery = z.object({
  recipient: z.string().min(1).max(320).optional().meta({ description: 'Whom the mail is for.' }),
});

/** The pipe of a mail server: `POST /ingest` takes whatever comes as one raw mail. */
export function ingestRoutes({ submit, recipients }: IngestConfig): Route[] {
  return [
    route({
      method: 'post',
      path: '/ingest',
      name: 'ingest',
      chapter: 'Mail intake',
      summary: 'Takes in a raw mail from the pipe of a mail server. The same bytes are one job for 24 h.',
      access: 'submitter',
      query: IngestQuery,
      headers: { 'X-Original-To': 'Whom the mail is for, where `recipient` says nothing.' },
      otherBody: {
        says: 'The mail as it is (RFC 5322), 25 MB at most. Its Content-Type does not matter.',
        parsers: [express.raw({ type: () => true, limit: MAIL_CAP_BYTES })],
        content: { 'message/rfc822': {} },
      },
      answers: { 202: { says: 'Accepted. `Location` is the status.', name: 'Accepted', schema: Accepted } },
      problems: [
        'unknown-recipient',
        'empty-mail',
        'too-many-jobs',
        'too-many-jobs-today',
        'memory-full',
        'record-behind',
        'queue-behind',
        'pipeline-off',
        'record-away',
        'blob-unwritable',
      ],
      async handle({ caller, query, request }) {
        const mail = readMail(request);
        const address = query.recipient ?? request.get('x-original-to');
        const jobId = await counted(async () => {
          const tenant = address === undefined ? caller.tenant : await tenantFor(address, caller);
          return submitMail(submit, mail, tenant);
        });
        const urls = urlsOf(jobId);
        return answer({ jobId, ...urls }, 202, { location: urls.statusUrl });
      },
    }),
  ];

  /** An operator's key takes mail in for every tenant; any other key for its own, and then the addresses of others are unknown. */
  async function tenantFor(written: string, caller: Caller): Promise<TenantId> {
    const found = await recipients.find(bare(written));
    if (found?.isActive === true && (found.tenant === caller.tenant || isOperator(caller))) return found.tenant;
    throw new SluiceError('unknown-recipient', 'There is no such address here, or it takes no mail.', {
      httpStatus: 404,
    });
  }
}

/** As people write it, `<ann@example.org>`. */
function bare(written: string): string {
  return /^\s*<?([^<>]*)>?\s*$/.exec(written)?.[1]?.trim() ?? written;
}

function readMail({ body }: Request): Uint8Array {
  if (body instanceof Uint8Array && body.byteLength > 0) return body;
  throw new SluiceError('empty-mail', 'There is no mail in the request.', { httpStatus: 400 });
}

async function counted<T>(work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    intakeMails.inc({ door: 'ingest', result: 'accepted' });
    return value;
  } catch (error) {
    intakeMails.inc({ door: 'ingest', result: resultOf(error) });
    throw error;
  }
}
