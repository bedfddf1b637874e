import type { Attachment as PostalAttachment } from 'postal-mime';
import PostalMime from 'postal-mime';
import { bodyStart, frameMail } from './frame.ts';
import type { RawHeader } from './header-fields.ts';
import { isBareHtml, isBinary, mailHeaderCount } from './likeness.ts';
import type { MailLimits, Notes } from './limits.ts';
import { noteDefect, noteLimit } from './limits.ts';
import { decodeSevenBit, sevenBitIn } from './seven-bit.ts';

export type MailParts = {
  headers: RawHeader[];
  text: string | null;
  html: string | null;
  attachments: PostalAttachment[];
};

const NOTHING: MailParts = { headers: [], text: null, html: null, attachments: [] };
/** Of all MIME parts of a mail together; the mail's own headers have the tighter bound of the frame. */
const MAX_ALL_HEADER_BYTES = 2 * 1024 * 1024;

/** One mail's headers, bodies and attachments. Never rejects: what cannot be taken apart is kept as headers and raw text. */
export async function takeApart(bytes: Uint8Array, limits: MailLimits, notes: Notes): Promise<MailParts> {
  if (bytes.length === 0) {
    noteDefect(notes, 'The mail is empty.');
    return NOTHING;
  }
  const framed = frameMail(bytes, limits, notes);
  const noMail = notAMail(framed, limits, notes);
  if (noMail !== null) return noMail;
  try {
    return inPlainLetters(completed(await postalParse(framed, limits), framed, limits, notes), framed);
  } catch (error) {
    noteParserError(error, limits, notes);
    return { ...(await headersOnly(framed, limits)), text: rawBody(framed, limits) };
  }
}

function inPlainLetters(parts: MailParts, framed: Uint8Array): MailParts {
  const encodings = sevenBitIn(framed);
  if (encodings.length === 0) return parts;
  const decoded = (text: string | null) => (text === null ? null : decodeSevenBit(text, encodings));
  return { ...parts, text: decoded(parts.text), html: decoded(parts.html) };
}

/** The headers alone, by a parser that sees nothing else. Never rejects. */
export async function headersOnly(framed: Uint8Array, limits: MailLimits): Promise<MailParts> {
  try {
    const block = framed.subarray(0, bodyStart(framed)).subarray(0, limits.maxHeaderBytes);
    return { ...NOTHING, headers: (await postalParse(block, limits)).headers };
  } catch {
    return NOTHING;
  }
}

async function postalParse(bytes: Uint8Array, limits: MailLimits): Promise<MailParts> {
  const email = await PostalMime.parse(bytes, {
    forceRfc822Attachments: true,
    maxNestingDepth: limits.maxMimeDepth,
    maxHeadersSize: MAX_ALL_HEADER_BYTES,
  });
  return {
    headers: email.headers,
    text: email.text ?? null,
    html: email.html ?? null,
    attachments: email.attachments,
  };
}

function notAMail(framed: Uint8Array, limits: MailLimits, notes: Notes): MailParts | null {
  if (mailHeaderCount(framed) > 0) return null;
  if (isBareHtml(framed)) {
    noteDefect(notes, 'This is an HTML page without mail headers.');
    return { ...NOTHING, html: decodeRaw(framed, limits.maxHtmlChars) };
  }
  if (isBinary(framed)) {
    noteDefect(notes, 'This is binary data, not a mail.');
    return NOTHING;
  }
  noteDefect(notes, 'There is none of the headers that a mail has.');
  return null;
}

/** A multipart whose boundary never comes has no parts for the parser, but some mail programs show its text. */
function completed(parts: MailParts, framed: Uint8Array, limits: MailLimits, notes: Notes): MailParts {
  const hasContent = parts.text !== null || parts.html !== null || parts.attachments.length > 0;
  if (hasContent) return parts;
  const body = rawBody(framed, limits);
  if (body === null) {
    noteDefect(notes, 'The mail has no body.');
    return parts;
  }
  noteDefect(notes, 'The body could not be divided into its parts and is read as plain text.');
  return { ...parts, text: body };
}

function rawBody(framed: Uint8Array, limits: MailLimits): string | null {
  const body = decodeRaw(framed.subarray(bodyStart(framed)), limits.maxTextChars);
  return body.trim() === '' ? null : body;
}

function decodeRaw(bytes: Uint8Array, maxChars: number): string {
  return Buffer.from(bytes.subarray(0, maxChars)).toString('utf8');
}

function noteParserError(error: unknown, limits: MailLimits, notes: Notes): void {
  const reason = error instanceof Error ? error.message : String(error);
  if (/nesting depth/i.test(reason)) {
    const message = 'The parts of the mail are nested deeper than the bound; it was read as headers and raw text.';
    noteLimit(notes.limits, { limit: 'depth', allowed: limits.maxMimeDepth, message });
  } else if (/header size/i.test(reason)) {
    const message = 'The parts of the mail have more headers than the bound; it was read as headers and raw text.';
    noteLimit(notes.limits, { limit: 'headers', allowed: MAX_ALL_HEADER_BYTES, message });
  } else {
    noteDefect(notes, `The mail could not be taken apart (${reason.slice(0, 200)}).`);
  }
}
