import type { Attachment, LimitHit, MailDocument, ParsedMail } from '@sluice/contracts';
import type { Attachment as PostalAttachment } from 'postal-mime';
import { detectType } from './detect.ts';
import { digestsOf } from './digest.ts';
import { frameMail } from './frame.ts';
import { readHeaderFields } from './header-fields.ts';
import { mailHeaderCount } from './likeness.ts';
import type { MailLimits, Notes } from './limits.ts';
import { DEFAULT_MAIL_LIMITS, noteLimit } from './limits.ts';
import { headersOnly, takeApart } from './take-apart.ts';

/** One call of `parseMail`: what it has found so far, and what is left of the bounds that all its mails share. */
type Reading = { limits: MailLimits; notes: Notes; mails: ParsedMail[]; keptChars: number; attachments: number };

type Origin = { parent: number | null; depth: number };

/**
 * Takes a mail apart, and the mails inside it, to the bounds of `limits`.
 *
 * Never rejects: what breaks a bound or is no mail at all still gives a document, whose `limits` and `defects` say so.
 */
export async function parseMail(bytes: Uint8Array, limits: MailLimits = DEFAULT_MAIL_LIMITS): Promise<MailDocument> {
  const reading = startReading(limits);
  await readMail(bytes, { parent: null, depth: 0 }, reading);
  return documentOf(bytes, reading);
}

/** The document of a mail that must not be taken apart again: hashes, headers and the reason. Never rejects. */
export async function outlineMail(
  bytes: Uint8Array,
  reason: LimitHit,
  limits: MailLimits = DEFAULT_MAIL_LIMITS,
): Promise<MailDocument> {
  const reading = startReading(limits);
  reading.notes.limits.push(reason);
  const { headers } = await headersOnly(frameMail(bytes, limits, reading.notes), limits);
  reading.mails.push(emptyMail({ parent: null, depth: 0 }, readHeaderFields(headers, reading.notes)));
  return documentOf(bytes, reading);
}

/** The document of a mail that nothing at all was read of: hashes and the reason. */
export function bareDocument(bytes: Uint8Array, reason: LimitHit): MailDocument {
  const reading = startReading(DEFAULT_MAIL_LIMITS);
  reading.notes.limits.push(reason);
  reading.mails.push(emptyMail({ parent: null, depth: 0 }, readHeaderFields([], reading.notes)));
  return documentOf(bytes, reading);
}

function startReading(limits: MailLimits): Reading {
  return { limits, notes: { limits: [], defects: [] }, mails: [], keptChars: 0, attachments: 0 };
}

function documentOf(bytes: Uint8Array, reading: Reading): MailDocument {
  const { limits, defects } = reading.notes;
  return { v: 1, sizeBytes: bytes.length, ...digestsOf(bytes), mails: reading.mails, limits, defects };
}

function emptyMail(origin: Origin, fields: ReturnType<typeof readHeaderFields>): ParsedMail {
  return { ...origin, ...fields, text: null, html: null, attachments: [] };
}

/** Adds the mail and the mails inside it; the index of the mail. */
async function readMail(bytes: Uint8Array, origin: Origin, reading: Reading): Promise<number> {
  const parts = await takeApart(bytes, reading.limits, reading.notes);
  const mail = emptyMail(origin, readHeaderFields(parts.headers, reading.notes));
  mail.text = keepText(parts.text, 'text-bytes', reading.limits.maxTextChars, reading);
  mail.html = keepText(parts.html, 'html-bytes', reading.limits.maxHtmlChars, reading);
  const index = reading.mails.push(mail) - 1;
  for (const part of parts.attachments) {
    if (reading.attachments >= reading.limits.maxParts) {
      const message = 'There are more attachments than the bound; the first ones were read.';
      noteLimit(reading.notes.limits, { limit: 'parts', allowed: reading.limits.maxParts, message });
      break;
    }
    reading.attachments += 1;
    mail.attachments.push(await readAttachment(part, { parent: index, depth: origin.depth + 1 }, reading));
  }
  return index;
}

function keepText(
  text: string | null,
  limit: 'text-bytes' | 'html-bytes',
  allowed: number,
  reading: Reading,
): string | null {
  if (text === null) return null;
  const kept = text.slice(0, Math.max(0, Math.min(allowed, reading.limits.maxKeptChars - reading.keptChars)));
  reading.keptChars += kept.length;
  if (kept.length < text.length) {
    const message = 'The text of the mail is longer than the bound; its beginning was read.';
    noteLimit(reading.notes.limits, { limit, allowed, found: text.length, message });
  }
  return kept.replaceAll('\u0000', '\ufffd');
}

async function readAttachment(part: PostalAttachment, origin: Origin, reading: Reading): Promise<Attachment> {
  const content = bytesOf(part);
  const detected = await detectType(content);
  return {
    fileName: part.filename === null ? null : part.filename.replaceAll('\u0000', '').slice(0, 500),
    declaredType: part.mimeType.slice(0, 200),
    detectedType: detected.type,
    detectedExtension: detected.extension,
    disposition: part.disposition === null ? 'none' : part.disposition === 'inline' ? 'inline' : 'attachment',
    contentId: part.contentId?.replace(/^\s*<|>\s*$/g, '').slice(0, 500) ?? null,
    sizeBytes: content.length,
    ...digestsOf(content),
    mail: isMail(part, content) ? await readInnerMail(content, origin, reading) : null,
  };
}

async function readInnerMail(content: Uint8Array, origin: Origin, reading: Reading): Promise<number | null> {
  const { maxDepth, maxMails } = reading.limits;
  if (origin.depth > maxDepth) {
    const message = 'Mails are nested deeper than the bound; the innermost were not read.';
    noteLimit(reading.notes.limits, { limit: 'depth', allowed: maxDepth, found: origin.depth, message });
    return null;
  }
  if (reading.mails.length >= maxMails) {
    const message = 'There are more mails inside the mail than the bound; the first ones were read.';
    noteLimit(reading.notes.limits, { limit: 'parts', allowed: maxMails, message });
    return null;
  }
  return await readMail(content, origin, reading);
}

function isMail(part: PostalAttachment, content: Uint8Array): boolean {
  if (part.mimeType === 'message/rfc822' || part.mimeType === 'message/global') return true;
  const headerCount = mailHeaderCount(content);
  if (/\.eml$/i.test(part.filename ?? '')) return headerCount > 0;
  return headerCount >= 4 && /^(?:text\/plain|application\/octet-stream|message\/)/.test(part.mimeType);
}

function bytesOf(part: PostalAttachment): Uint8Array {
  if (typeof part.content === 'string') return Buffer.from(part.content);
  return part.content instanceof Uint8Array ? part.content : new Uint8Array(part.content);
}
