import { Priority, SluiceError, SubmitRequest } from '@sluice/contracts';
import busboy from 'busboy';
import express, { type Request, type RequestHandler } from 'express';
import { normaliseObservable } from '../observable.ts';
import type { Submission } from '../submit.ts';

export const MAIL_CAP_BYTES = 25 * 1024 * 1024;
const BASE64_CAP_BYTES = Math.ceil((MAIL_CAP_BYTES * 4) / 3) + 4096;

/** Raw mails and JSON are read whole; multipart is read by {@link readSubmission}. */
export const bodyParsers: RequestHandler[] = [
  express.raw({ type: 'message/rfc822', limit: MAIL_CAP_BYTES }),
  express.json({ limit: BASE64_CAP_BYTES }),
];

/** What was submitted, from any of the three forms of body. */
export async function readSubmission(request: Request): Promise<Submission> {
  if (request.is('message/rfc822') !== false) return mailSubmission(toBytes(request.body), request.query.priority);
  if (request.is('multipart/form-data') !== false) return readMultipart(request);
  if (request.is('application/json') !== false) return readJson(request.body);
  throw new SluiceError(
    'unsupported-body',
    'A submission is message/rfc822, multipart/form-data with a file, or application/json.',
    { httpStatus: 415 },
  );
}

function toBytes(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

function mailSubmission(mail: Uint8Array, priority: unknown): Submission {
  if (mail.byteLength === 0)
    throw new SluiceError('empty-mail', 'There is no mail in the request.', { httpStatus: 400 });
  if (mail.byteLength > MAIL_CAP_BYTES) {
    throw new SluiceError('too-large', 'A mail may have 25 MB at most.', { httpStatus: 413 });
  }
  return { pipeline: 'email-scan', mail, priority: readPriority(priority) };
}

function readPriority(priority: unknown): Priority {
  const parsed = Priority.safeParse(priority ?? 'normal');
  if (parsed.success) return parsed.data;
  throw new SluiceError('bad-priority', 'The priority is urgent, high, normal or low.', { httpStatus: 400 });
}

function readJson(body: unknown): Submission {
  const { pipeline, mail, priority, ...observables } = SubmitRequest.parse(body);
  const wanted = mail === undefined ? 'observable-scan' : 'email-scan';
  if (pipeline !== undefined && pipeline !== wanted) {
    throw new SluiceError('wrong-pipeline', `This content goes through ${wanted}, not ${pipeline}.`, {
      httpStatus: 422,
    });
  }
  if (mail !== undefined) return mailSubmission(Buffer.from(mail, 'base64'), priority);
  for (const type of ['url', 'domain', 'ip', 'hash'] as const) {
    const value = observables[type];
    if (value === undefined) continue;
    return {
      pipeline: 'observable-scan',
      observable: normaliseObservable(type, value),
      priority: readPriority(priority),
    };
  }
  throw new TypeError('SubmitRequest lets nothing else through');
}

/** One `file`, and `priority` as a field or in the query. */
function readMultipart(request: Request): Promise<Submission> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let files = 0;
    let priority: unknown = request.query.priority;
    const refuse = (code: string, message: string, httpStatus: number) => {
      request.unpipe(form);
      request.resume();
      reject(new SluiceError(code, message, { httpStatus }));
    };
    const form = busboy({
      headers: request.headers,
      limits: { fileSize: MAIL_CAP_BYTES, fields: 20, fieldSize: 1_024 },
    });
    form.on('file', (name, stream) => {
      files += 1;
      if (name !== 'file' || files > 1) {
        stream.resume();
        refuse('bad-request', 'A submission has one file, in the field `file`.', 400);
        return;
      }
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => refuse('too-large', 'A mail may have 25 MB at most.', 413));
    });
    form.on('field', (name, value) => {
      if (name === 'priority') priority = value;
    });
    form.on('error', () => refuse('bad-request', 'The multipart body could not be read.', 400));
    form.on('close', () => {
      try {
        resolve(mailSubmission(Buffer.concat(chunks), priority));
      } catch (error) {
        reject(error as Error);
      }
    });
    request.pipe(form);
  });
}
