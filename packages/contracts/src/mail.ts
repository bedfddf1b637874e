import { z } from 'zod';
import { knownOf, knownOr, knownOrNone } from './growing.ts';

const LimitName = z.enum([
  'mail-bytes',
  'parts',
  'depth',
  'headers',
  'text-bytes',
  'html-bytes',
  'parse-time',
  'parse-memory',
  'urls',
  'indicators',
  /** Files inside files: how deep, how many, how large, how far unpacked, and what opening them all may cost. */
  'attachment-depth',
  'attachment-files',
  'attachment-bytes',
  'attachment-ratio',
  'attachment-pages',
  'attachment-time',
  'attachment-memory',
  'image-pixels',
]);

/** A bound that hostile input ran into; the document says so instead of failing. */
export const LimitHit = z.object({
  limit: knownOr(LimitName, 'other'),
  allowed: z.number(),
  /** How much there was, where it was counted. */
  found: z.number().optional(),
  message: z.string(),
});
export type LimitHit = z.infer<typeof LimitHit>;

export const MailAddress = z.object({ address: z.string(), name: z.string() });
export type MailAddress = z.infer<typeof MailAddress>;

/** What a file is able to do or hides, as far as reading it without running anything can tell. */
export const AttachmentFeature = z.enum([
  /** Its content, or a part of it, needs a password. */
  'encrypted',
  /** It opened with a password that stands in the mail. */
  'password-in-mail',
  /** A program inside a document; `auto-open`: one that begins by itself. */
  'macro',
  'auto-open',
  /** The document loads its template, a frame or an object from elsewhere when it is opened. */
  'external-template',
  'external-object',
  'embedded-object',
  /** A field that starts a program or fetches data (Office: DDE). */
  'dde',
  'javascript',
  /** Something happens when the file is opened; `launch-action`: a program or file is started. */
  'open-action',
  'launch-action',
  'embedded-file',
  'form',
  /** What is typed into the form goes to an address. */
  'form-submit',
  'password-field',
  /** A script builds a file or a page out of coded data. */
  'smuggling',
  'script',
  /** The page leads elsewhere by itself. */
  'redirect',
  /** Names inside the file are written so that searching misses them. */
  'obfuscated',
  /** It unpacks to more than the bounds allow. */
  'bomb',
  /** An entry's name leads out of the folder that it is unpacked to. */
  'path-traversal',
  /** Broken, or of a kind that is not read. */
  'unreadable',
]);
export type AttachmentFeature = z.infer<typeof AttachmentFeature>;

export const Attachment = z.object({
  fileName: z.string().nullable(),
  declaredType: z.string(),
  /** By magic numbers; null where the bytes have no known signature. */
  detectedType: z.string().nullable(),
  detectedExtension: z.string().nullable(),
  disposition: z.enum(['attachment', 'inline', 'none']),
  contentId: z.string().nullable(),
  sizeBytes: z.int().nonnegative(),
  md5: z.string(),
  sha1: z.string(),
  sha256: z.string(),
  /** Index in `mails` of the mail that this attachment is; null for other files and where the depth bound stopped. */
  mail: z.int().nullable(),
  /** Index in the same mail's `attachments` of the file that this one lies in; missing for what the mail itself carries. */
  parent: z.int().nonnegative().optional(),
  /** How it was reached, where it is no part of the mail: `body` is a picture or file in the mail's own HTML. */
  via: knownOrNone(z.enum(['archive', 'document', 'page', 'body'])),
  features: knownOf(AttachmentFeature).optional(),
  /** Names of the files in it that were not read: encrypted ones, and those beyond the bounds; the first ones. */
  unread: z.array(z.string()).optional(),
  /** Of a document. */
  pages: z.int().nonnegative().optional(),
});
export type Attachment = z.infer<typeof Attachment>;

const PlaceName = z.enum([
  'text',
  'html-link',
  'html-image',
  'html-image-link',
  'html-area',
  'html-form',
  'html-frame',
  'html-refresh',
  'html-style',
  'html-other',
  'html-text',
  'header',
  'data-uri',
  'attachment',
  'input',
  /** The files of a mail, by what they are; `attachment` is every other kind. */
  'attachment-pdf',
  'attachment-document',
  'attachment-html',
  'attachment-text',
  'calendar',
  /** A QR code or another matrix code, in a picture, in a document, or drawn in the mail's text. */
  'qr',
]);
/** Where in a mail something was found. */
const PlaceKind = knownOr(PlaceName, 'text');

/** What was read in one attachment. */
export const AttachmentContent = z.object({
  /** Index in the mail's `attachments`; null: a code that the mail's own text draws. */
  attachment: z.int().nonnegative().nullable(),
  /** What a person would read in it, cut at a bound. */
  text: z.string().optional(),
  /** As they are written, with the words that they show. */
  links: z.array(z.object({ value: z.string(), where: PlaceKind, label: z.string().optional() })).optional(),
  /** What its QR codes and other matrix codes say. */
  codes: z.array(z.string()).optional(),
});
export type AttachmentContent = z.infer<typeof AttachmentContent>;

export const ParsedMail = z.object({
  /** Index of the mail that this one is attached to; null for the submitted mail. */
  parent: z.int().nullable(),
  depth: z.int().nonnegative(),
  /** In the order of the mail, names in lower case, values unfolded and decoded. */
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  messageId: z.string().nullable(),
  subject: z.string().nullable(),
  /** ISO 8601, or null where the header is missing or says nothing. */
  date: z.string().nullable(),
  from: z.array(MailAddress),
  sender: MailAddress.nullable(),
  replyTo: z.array(MailAddress),
  returnPath: z.string().nullable(),
  to: z.array(MailAddress),
  cc: z.array(MailAddress),
  text: z.string().nullable(),
  html: z.string().nullable(),
  /** Each file before those that lie in it. */
  attachments: z.array(Attachment),
  /** Of the attachments that say anything. */
  contents: z.array(AttachmentContent).optional(),
});
export type ParsedMail = z.infer<typeof ParsedMail>;

/** What `mail.parse` stores: the submitted mail first, the mails inside it after it. */
export const MailDocument = z.object({
  v: z.literal(1),
  sizeBytes: z.int().nonnegative(),
  md5: z.string(),
  sha1: z.string(),
  sha256: z.string(),
  mails: z.array(ParsedMail),
  limits: z.array(LimitHit),
  /** What was wrong with the mail's form, in plain words. */
  defects: z.array(z.string()),
});
export type MailDocument = z.infer<typeof MailDocument>;

export const Place = z.object({
  mail: z.int().nonnegative(),
  where: PlaceKind,
  /** The words that the link shows, or the header's name; cut at 200 characters. */
  label: z.string().optional(),
  /** Index in the mail's `attachments`, where it was found in one. */
  attachment: z.int().nonnegative().optional(),
});
export type Place = z.infer<typeof Place>;

export const UrlIndicator = z.object({
  /** As a browser would request it: WHATWG-normalised, fragment kept, host in punycode. */
  url: z.string(),
  scheme: z.string(),
  /** ASCII; IPv6 without brackets; empty for schemes without a host. */
  host: z.string(),
  hostKind: z.enum(['domain', 'ipv4', 'ipv6', 'none']),
  /** By the public-suffix list; null for addresses and unknown suffixes. */
  registrableDomain: z.string().nullable(),
  places: z.array(Place),
  occurrences: z.int().positive(),
});
export type UrlIndicator = z.infer<typeof UrlIndicator>;

export const DomainIndicator = z.object({
  /** ASCII (punycode), lower case. */
  domain: z.string(),
  unicode: z.string(),
  registrableDomain: z.string().nullable(),
  sources: z.array(z.enum(['url', 'address', 'text', 'received', 'message-id', 'input'])),
});
export type DomainIndicator = z.infer<typeof DomainIndicator>;

export const IpIndicator = z.object({
  ip: z.string(),
  version: z.union([z.literal(4), z.literal(6)]),
  scope: z.enum(['public', 'private', 'loopback', 'link-local', 'reserved']),
  sources: z.array(z.enum(['url', 'text', 'received', 'header', 'input'])),
});
export type IpIndicator = z.infer<typeof IpIndicator>;

export const AddressIndicator = z.object({
  address: z.string(),
  names: z.array(z.string()),
  roles: z.array(z.enum(['from', 'sender', 'reply-to', 'return-path', 'to', 'cc', 'body', 'link'])),
});
export type AddressIndicator = z.infer<typeof AddressIndicator>;

export const HashIndicator = z.object({
  md5: z.string().nullable(),
  sha1: z.string().nullable(),
  sha256: z.string().nullable(),
  fileName: z.string().nullable(),
});
export type HashIndicator = z.infer<typeof HashIndicator>;

export const ReceivedHop = z.object({
  /** In the order of travel: the first hop is the oldest. */
  from: z.string().nullable(),
  fromIp: z.string().nullable(),
  by: z.string().nullable(),
  with: z.string().nullable(),
  at: z.string().nullable(),
  /** Since the hop before; negative where a clock is wrong; null where a time is missing. */
  delaySeconds: z.number().nullable(),
});
export type ReceivedHop = z.infer<typeof ReceivedHop>;

/** What `mail.extract` and `observable.extract` store. */
export const Indicators = z.object({
  v: z.literal(1),
  urls: z.array(UrlIndicator),
  domains: z.array(DomainIndicator),
  ips: z.array(IpIndicator),
  addresses: z.array(AddressIndicator),
  hashes: z.array(HashIndicator),
  received: z.array(ReceivedHop),
  limits: z.array(LimitHit),
});
export type Indicators = z.infer<typeof Indicators>;
