import {
  BatchSubmission,
  GivenName,
  type ObservableKind,
  type Priority,
  SluiceError,
  type Tlp,
} from '@sluice/contracts';
import type { Request } from 'express';
import { z } from 'zod';
import { observableOf, readPriority, readTlp } from '../http/body.ts';
import { jsonBody } from '../http/json.ts';
import { invalidRequest } from '../http/problem.ts';
import type { OtherBody } from '../http/route.ts';
import type { Submission } from '../submit.ts';
import { faultOfMail } from '../not-a-mail.ts';
import { faults } from './faults.ts';
import { readForm } from './form.ts';
import { type IncomingFile, type Item, mailsOf, shown } from './items.ts';

/** JSON is held in memory as a whole. */
const JSON_CAP_BYTES = 25 * 1_024 * 1_024;

const BatchForm = z.object({
  name: GivenName.optional(),
  priority: z.string().optional(),
  tlp: z.string().optional(),
  file: z
    .array(z.string().meta({ format: 'binary' }))
    .meta({ description: 'Mails as they are (RFC 5322), mboxes or zips; the other fields come before them.' }),
});

export const batchBody: OtherBody = {
  says: 'Files of a form, an mbox, a zip of mails and mboxes, or mails in base64 and observables. A mail may have 25 MB, JSON 25 MB in all.',
  parsers: [jsonBody(JSON_CAP_BYTES)],
  content: {
    'multipart/form-data': { schema: BatchForm },
    'application/mbox': {},
    'application/zip': {},
    'application/json': { name: 'BatchSubmission', schema: BatchSubmission },
  },
};

/** One part of a batch: what is to be submitted, or why it cannot be. */
export type BatchItem = { name: string } & ({ submission: Submission } | { error: SluiceError });

/** What is said of all mails of a batch. */
interface Said {
  name: string | null;
  priority: Priority;
  tlp: { tlp?: Tlp };
}

export interface Batch {
  /** Known when the first item is. */
  said: Said;
  items: AsyncGenerator<BatchItem, void>;
}

export interface BatchLimits {
  maxMails: number;
  maxBytes: number;
}

/** The parts of a batch, one after the other, while its bytes come. Throws what is wrong with its head; the items throw where the body cannot be read on. */
export function readBatch(request: Request, limits: BatchLimits): Batch {
  const type = request.is([...Object.keys(batchBody.content), 'application/x-zip-compressed']);
  if (type === null || request.get('content-length') === '0') throw faults.empty();
  if (type === false) throw faults.unsupported();
  const said = readHead(request);
  if (type === 'application/json') return ofJson(request.body, said);
  const files = filesOf(request, type, { limits, said });
  return { said, items: submissionsOf(files, said) };
}

/** From the query and the header; a form or JSON may say it, too. */
function readHead(request: Request): Said {
  const { name, priority } = request.query as Record<string, unknown>;
  return { name: readName(name), priority: readPriority(priority), tlp: readTlp(request.get('x-tlp')) };
}

function readName(name: unknown): string | null {
  if (name === undefined) return null;
  const parsed = GivenName.safeParse(name);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error);
}

function filesOf(
  request: Request,
  type: string,
  { limits, said }: { limits: BatchLimits; said: Said },
): AsyncIterable<IncomingFile> {
  if (Number(request.get('content-length') ?? 0) > limits.maxBytes) throw faults.bodyTooLarge(limits.maxBytes);
  const chunks = bytesOf(request, limits.maxBytes);
  if (type === 'multipart/form-data') {
    const onField = (name: string, value: string) => {
      if (name === 'name') said.name = readName(value);
      if (name === 'priority') said.priority = readPriority(value);
      if (name === 'tlp') said.tlp = readTlp(value);
    };
    return readForm({ chunks, headers: request.headers, maxFiles: limits.maxMails, onField });
  }
  const kind = type === 'application/mbox' ? 'mbox' : 'zip';
  return one({ name: kind, chunks, kind });
}

async function* one(file: IncomingFile): AsyncGenerator<IncomingFile, void> {
  yield file;
}

/** The body as it comes; the connection stays for the answer, whatever happens. */
async function* bytesOf(request: Request, maxBytes: number): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).byteLength;
      if (bytes > maxBytes) throw faults.bodyTooLarge(maxBytes);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw error instanceof SluiceError ? error : faults.brokenOff();
  }
}

async function* submissionsOf(files: AsyncIterable<IncomingFile>, said: Said): AsyncGenerator<BatchItem, void> {
  for await (const file of files) for await (const item of mailsOf(file)) yield submissionOf(item, said);
}

function submissionOf(item: Item, { priority, tlp }: Said): BatchItem {
  if ('error' in item) return item;
  return { name: item.name, submission: { pipeline: 'email-scan', mail: item.mail, priority, ...tlp } };
}

function ofJson(body: unknown, head: Said): Batch {
  const parsed = BatchSubmission.safeParse(body ?? {});
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { name = head.name, priority = head.priority, tlp, mails, observables } = parsed.data;
  const said = { name, priority, tlp: tlp === undefined ? head.tlp : { tlp } };
  async function* items(): AsyncGenerator<BatchItem, void> {
    for (const [at, { name: mailName, mail }] of mails.entries()) {
      yield submissionOf({ name: shown(mailName ?? `mail ${at + 1}`), ...decode(mail) }, said);
    }
    for (const { type, value } of observables) yield observableItem(type, value, said);
  }
  return { said, items: items() };
}

function decode(mail: string): { mail: Buffer } | { error: SluiceError } {
  if (!z.base64().safeParse(mail).success) return { error: faults.notBase64() };
  const bytes = Buffer.from(mail, 'base64');
  const error = bytes.byteLength === 0 ? faults.empty() : faultOfMail(bytes);
  return error === null ? { mail: bytes } : { error };
}

function observableItem(type: ObservableKind, value: string, { priority, tlp }: Said): BatchItem {
  const name = shown(value);
  try {
    const observable = observableOf(type, value);
    return { name, submission: { pipeline: 'observable-scan', observable, priority, ...tlp } };
  } catch (error) {
    if (error instanceof SluiceError) return { name, error };
    throw error;
  }
}
