import {
  MAIL_CAP_BYTES,
  type ObservableKind,
  ObservableScanInput,
  PRIORITIES,
  Priority,
  SluiceError,
  SubmitRequest,
  TLPS,
  Tlp,
} from '@sluice/contracts';
import { normalise } from '@sluice/fleet/resources';
import express, { type Request } from 'express';
import { z } from 'zod';
import { faultOfMail } from '../not-a-mail.ts';
import type { Submission } from '../submit.ts';
import { jsonBody } from './json.ts';
import { readForm, tooLarge } from './multipart.ts';
import { invalidRequest } from './problem.ts';
import type { OtherBody } from './route.ts';

const BASE64_CAP_BYTES = Math.ceil((MAIL_CAP_BYTES * 4) / 3) + 4096;

const SubmitForm = z.object({
  file: z.string().meta({ format: 'binary', description: 'The mail as it is (RFC 5322).' }),
  priority: Priority.optional(),
  tlp: Tlp.optional(),
});

/** Raw mails and JSON are read whole; multipart is read by {@link readSubmission}. */
export const submissionBody: OtherBody = {
  says: 'A mail as it is, as a file of a form or in base64, 25 MB at most; or one observable.',
  parsers: [express.raw({ type: 'message/rfc822', limit: MAIL_CAP_BYTES }), jsonBody(BASE64_CAP_BYTES)],
  content: {
    'message/rfc822': {},
    'multipart/form-data': { schema: SubmitForm },
    'application/json': { name: 'SubmitRequest', schema: SubmitRequest },
  },
};

/** What was submitted, from any of the three forms of body. */
export async function readSubmission(request: Request): Promise<Submission> {
  const said = { priority: request.query.priority as unknown, tlp: request.get('x-tlp') };
  switch (request.is(['message/rfc822', 'multipart/form-data', 'application/json'])) {
    case 'message/rfc822':
      return mailSubmission(toBytes(request.body), said);
    case 'multipart/form-data': {
      const { file, priority, tlp } = await readForm(request, MAIL_CAP_BYTES);
      return mailSubmission(file, { priority: priority ?? said.priority, tlp: tlp ?? said.tlp });
    }
    case 'application/json':
      return readJson(request.body);
    case null:
      return mailSubmission(new Uint8Array(), {});
    default:
      throw new SluiceError(
        'unsupported-body',
        'A submission is message/rfc822, multipart/form-data with a file, or application/json.',
        { httpStatus: 415 },
      );
  }
}

function toBytes(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

function mailSubmission(mail: Uint8Array, { priority, tlp }: { priority?: unknown; tlp?: unknown }): Submission {
  if (mail.byteLength === 0)
    throw new SluiceError('empty-mail', 'There is no mail in the request.', { httpStatus: 400 });
  if (mail.byteLength > MAIL_CAP_BYTES) throw tooLarge();
  const fault = faultOfMail(mail);
  if (fault !== null) throw fault;
  return { pipeline: 'email-scan', mail, priority: readPriority(priority), ...readTlp(tlp) };
}

export function readPriority(priority: unknown): Priority {
  const parsed = Priority.safeParse(priority ?? 'normal');
  if (parsed.success) return parsed.data;
  throw new SluiceError('bad-priority', `The priority is one of ${PRIORITIES.join(', ')}.`, { httpStatus: 400 });
}

export function readTlp(tlp: unknown): { tlp?: Tlp } {
  if (tlp === undefined) return {};
  // As people write it: TLP:AMBER+STRICT.
  const parsed = Tlp.safeParse(typeof tlp === 'string' ? tlp.trim().toLowerCase().replace(/^tlp:/, '') : tlp);
  if (parsed.success) return { tlp: parsed.data };
  throw new SluiceError('bad-tlp', `The TLP is one of ${TLPS.join(', ')}.`, { httpStatus: 400 });
}

function readJson(body: unknown): Submission {
  const parsed = SubmitRequest.safeParse(body);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { pipeline, mail, priority = 'normal', tlp, ...observables } = parsed.data;
  const wanted = mail === undefined ? 'observable-scan' : 'email-scan';
  if (pipeline !== undefined && pipeline !== wanted) {
    throw new SluiceError('wrong-pipeline', `This content goes through ${wanted}, not ${pipeline}.`, {
      httpStatus: 422,
    });
  }
  if (mail !== undefined) return mailSubmission(Buffer.from(mail, 'base64'), { priority, tlp });
  for (const type of ['url', 'domain', 'ip', 'hash'] as const) {
    const value = observables[type];
    if (value === undefined) continue;
    return { pipeline: 'observable-scan', observable: observableOf(type, value), priority, ...readTlp(tlp) };
  }
  throw new TypeError('SubmitRequest lets nothing else through');
}

/** An observable in the one form that the fleet knows it by. Throws `bad-observable` (422). */
export function observableOf(type: ObservableKind, value: string): ObservableScanInput {
  const parsed = ObservableScanInput.safeParse({ type, value: normalise(type, value) });
  if (parsed.success) return parsed.data;
  const message = `The ${type} is too long: in its normal form it may have 4096 characters.`;
  throw new SluiceError('bad-observable', message, { httpStatus: 422 });
}
