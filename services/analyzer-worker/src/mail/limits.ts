import type { LimitHit } from '@sluice/contracts';
import { MAIL_CAP_BYTES } from '@sluice/contracts';

/** The bounds that hostile input meets. Sizes of text are counted in UTF-16 units, which is what they cost. */
export type MailLimits = {
  maxBytes: number;
  /** Lines of a mail; a line costs the parser far more than its bytes. 25 MiB of base64 have 350,000. */
  maxLines: number;
  /** MIME parts of one mail, and attachments of all mails together. */
  maxParts: number;
  /** Mails inside mails; the submitted mail is at depth 0. */
  maxDepth: number;
  /** Multiparts inside multiparts of one mail. */
  maxMimeDepth: number;
  /** Mails in one document, the submitted one included. */
  maxMails: number;
  maxHeaderBytes: number;
  maxHeaders: number;
  maxTextChars: number;
  maxHtmlChars: number;
  /** Text and HTML of all mails of a document together. */
  maxKeptChars: number;
  /** Tags of one HTML text that are built into a tree; what follows is searched as plain text. */
  maxHtmlTags: number;
  maxUrls: number;
  maxUrlChars: number;
  maxPlacesPerUrl: number;
  /** Domains, addresses, IP addresses and hashes: each kind. */
  maxIndicators: number;
  maxHops: number;
  /** HTML inside `data:` links inside HTML. */
  maxDataUriDepth: number;
};

export const DEFAULT_MAIL_LIMITS: MailLimits = {
  maxBytes: MAIL_CAP_BYTES,
  maxLines: 400_000,
  maxParts: 1000,
  maxDepth: 8,
  maxMimeDepth: 100,
  maxMails: 100,
  maxHeaderBytes: 256 * 1024,
  maxHeaders: 1000,
  maxTextChars: 1024 * 1024,
  maxHtmlChars: 1024 * 1024,
  maxKeptChars: 8 * 1024 * 1024,
  maxHtmlTags: 30_000,
  maxUrls: 2000,
  maxUrlChars: 16 * 1024,
  maxPlacesPerUrl: 10,
  maxIndicators: 2000,
  maxHops: 100,
  maxDataUriDepth: 2,
};

/** What a reading of hostile bytes has to say besides its result. */
export type Notes = { limits: LimitHit[]; defects: string[] };

const MAX_DEFECTS = 50;

export function noteLimit(limits: LimitHit[], hit: LimitHit): void {
  if (!limits.some((known) => known.limit === hit.limit && known.message === hit.message)) limits.push(hit);
}

export function noteDefect(notes: Notes, defect: string): void {
  if (notes.defects.length < MAX_DEFECTS && !notes.defects.includes(defect)) notes.defects.push(defect);
}
