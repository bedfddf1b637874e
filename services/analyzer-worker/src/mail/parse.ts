import type { Attachment, LimitHit, MailDocument, ParsedMail } from '@sluice/contracts';
import type { Attachment as PostalAttachment } from 'postal-mime';
import { createBudget, processSpentMs } from '../documents/budget.ts';
import type { DocumentLimits } from '../documents/limits.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../documents/limits.ts';
import { filesInBody } from '../documents/body.ts';
import { openFile } from '../documents/open.ts';
import { passwordsIn } from '../documents/passwords.ts';
import type { FileReading, Means } from '../documents/reading.ts';
import type { Detected } from './detect.ts';
import { detectType } from './detect.ts';
import { digestsOf } from './digest.ts';
import { frameMail } from './frame.ts';
import { readHeaderFields } from './header-fields.ts';
import { mailHeaderCount } from './likeness.ts';
import type { MailLimits, Notes } from './limits.ts';
import { DEFAULT_MAIL_LIMITS, noteLimit } from './limits.ts';
import { headersOnly, takeApart } from './take-apart.ts';

/** One call of `parseMail`: what it has found so far, and what is left of the bounds that all its mails share. */
type Reading = {
  limits: MailLimits;
  notes: Notes;
  mails: ParsedMail[];
  keptChars: number;
  attachments: number;
  /** Null: attachments are named and hashed, and stay closed. */
  means: Means | null;
};

type Origin = { parent: number | null; depth: number };

/**
 * Takes a mail apart, and the mails inside it, to the bounds of `limits`.
 *
 * Never rejects: what breaks a bound or is no mail at all still gives a document, whose `limits` and `defects` say so.
 *
 * @param opening bounds for opening attachments and what lies in them; null leaves them closed
 */
export async function parseMail(
  bytes: Uint8Array,
  limits: MailLimits = DEFAULT_MAIL_LIMITS,
  opening: DocumentLimits | null = DEFAULT_DOCUMENT_LIMITS,
): Promise<MailDocument> {
  const reading = startReading(limits, opening);
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

function startReading(limits: MailLimits, opening: DocumentLimits | null = null): Reading {
  const notes: Notes = { limits: [], defects: [] };
  const mails: ParsedMail[] = [];
  const means: Means | null =
    opening === null
      ? null
      : { budget: createBudget(opening, notes, processSpentMs), passwords: () => passwordsIn(mails) };
  return { limits, notes, mails, keptChars: 0, attachments: 0, means };
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
  const within = { mail, index, depth: 0 };
  for (const part of parts.attachments) {
    if (!(await readFile(asFile(part), within, reading))) return index;
  }
  if (reading.means === null || mail.html === null) return index;
  for (const found of await filesInBody(mail.html)) {
    if (!(await readFile({ ...UNNAMED, ...found }, within, reading))) break;
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

/** A part of a mail, or a file that was found inside another. */
type MailFile = Pick<Attachment, 'fileName' | 'declaredType' | 'disposition' | 'contentId' | 'via'> & {
  bytes: Uint8Array;
};
/** Where it lies: in which mail, in which of its files, how deep. */
type Within = { mail: ParsedMail; index: number; parent?: number; depth: number };

const UNNAMED = {
  fileName: null,
  declaredType: 'application/octet-stream',
  disposition: 'none',
  contentId: null,
} as const;

function asFile(part: PostalAttachment): MailFile {
  return {
    fileName: part.filename === null ? null : nameOf(part.filename),
    declaredType: part.mimeType.slice(0, 200),
    disposition: part.disposition === null ? 'none' : part.disposition === 'inline' ? 'inline' : 'attachment',
    contentId: part.contentId?.replace(/^\s*<|>\s*$/g, '').slice(0, 500) ?? null,
    bytes: bytesOf(part),
  };
}

/** Adds the file, and after it those that lie in it. False where there is no room for more. */
async function readFile(file: MailFile, within: Within, reading: Reading): Promise<boolean> {
  if (reading.attachments >= reading.limits.maxParts) {
    const message = 'There are more attachments than the bound; the first ones were read.';
    noteLimit(reading.notes.limits, { limit: 'parts', allowed: reading.limits.maxParts, message });
    return false;
  }
  reading.attachments += 1;
  const { mail, index, parent } = within;
  const { bytes, ...named } = file;
  const detected = await detectType(bytes);
  const attachment: Attachment = {
    ...named,
    detectedType: detected.type,
    detectedExtension: detected.extension,
    sizeBytes: bytes.length,
    ...digestsOf(bytes),
    mail: null,
    ...(parent === undefined ? {} : { parent }),
  };
  const at = mail.attachments.push(attachment) - 1;
  if (isMail(file)) {
    attachment.mail = await readInnerMail(bytes, { parent: index, depth: mail.depth + 1 }, reading);
  } else await openInto(file, detected, { ...within, parent: at }, reading);
  return true;
}

/** Opens the file that `within.parent` names, and reads what lies in it. */
async function openInto(file: MailFile, detected: Detected, within: Within, reading: Reading): Promise<void> {
  const { mail, parent: at = 0, depth } = within;
  if (reading.means === null) return;
  const { fileName, declaredType, bytes } = file;
  const found = await openFile({ name: fileName ?? '', declaredType, detected, bytes }, reading.means);
  if (found === null) return;
  tellInto(mail, at, found);
  const { budget } = reading.means;
  if (found.files.length > 0 && depth >= budget.limits.maxDepth) {
    const message = 'Files are packed inside files deeper than the bound; the innermost were not opened.';
    return budget.note({ limit: 'attachment-depth', allowed: budget.limits.maxDepth, found: depth + 1, message });
  }
  for (const { name, ...inner } of found.files) {
    const one = { ...UNNAMED, ...inner, fileName: nameOf(name) };
    if (!(await readFile(one, { ...within, depth: depth + 1 }, reading))) return;
  }
}

/** Notes on the attachment what the reading found; what can be read goes into the mail's contents. */
function tellInto(mail: ParsedMail, at: number, found: FileReading): void {
  const attachment = mail.attachments[at];
  if (attachment === undefined) return;
  const { features, unread, pages, text, links, codes } = found;
  if (features.length > 0) attachment.features = features;
  if (unread.length > 0) attachment.unread = unread;
  if (pages !== undefined) attachment.pages = pages;
  if (text.trim() === '' && links.length === 0 && codes.length === 0) return;
  mail.contents ??= [];
  mail.contents.push({
    attachment: at,
    ...(text.trim() === '' ? {} : { text }),
    ...(links.length === 0 ? {} : { links }),
    ...(codes.length === 0 ? {} : { codes }),
  });
}

function nameOf(name: string): string {
  return name.replaceAll('\u0000', '').slice(0, 500);
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

function isMail({ fileName, declaredType, bytes }: MailFile): boolean {
  if (declaredType === 'message/rfc822' || declaredType === 'message/global') return true;
  const headerCount = mailHeaderCount(bytes);
  if (/\.eml$/i.test(fileName ?? '')) return headerCount > 0;
  return headerCount >= 4 && /^(?:text\/plain|application\/octet-stream|message\/)/.test(declaredType);
}

function bytesOf(part: PostalAttachment): Uint8Array {
  if (typeof part.content === 'string') return Buffer.from(part.content);
  return part.content instanceof Uint8Array ? part.content : new Uint8Array(part.content);
}
