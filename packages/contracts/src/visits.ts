import { z } from 'zod';
import { BlobRef } from './ids.ts';

const TEXT_CHARS = 255;

/** What a server's certificate says. Times are ISO 8601, null when unreadable; `problem` says why it is not authorized. */
export const CertificateFacts = z.object({
  subject: z.string(),
  issuer: z.string(),
  validFrom: z.string().nullable(),
  validTo: z.string().nullable(),
  fingerprint256: z.string(),
  authorized: z.boolean(),
  problem: z.string().nullable(),
});
export type CertificateFacts = z.infer<typeof CertificateFacts>;

/** Why an address was allowed (`public`, `allow-listed`) or refused (its class, `dns`: the name has no address). */
const DecisionWhy = z.enum([
  'public',
  'allow-listed',
  'private',
  'loopback',
  'link-local',
  'metadata',
  'multicast',
  'reserved',
  'dns',
]);

/** One decision of the guard. `address` is null when the name had none. `host` is cut at 255 characters. */
export const GuardDecision = z.object({
  host: z.string().max(TEXT_CHARS),
  address: z.string().nullable(),
  port: z.int(),
  allowed: z.boolean(),
  why: DecisionWhy,
});
export type GuardDecision = z.infer<typeof GuardDecision>;

/** How a page sends its visitor on. */
export const RedirectKind = z.enum(['http', 'refresh-header', 'meta-refresh', 'script']);
export type RedirectKind = z.infer<typeof RedirectKind>;

/** Why something was not followed or not read to its end. */
export const CutReason = z.enum([
  'private-address',
  'hop-limit',
  'loop',
  'time',
  'bytes',
  'requests',
  'bad-url',
  'dns',
  'connection',
  'tls',
  'encoding',
]);
export type CutReason = z.infer<typeof CutReason>;

export const Cut = z.object({ reason: CutReason, url: z.string(), message: z.string() });
export type Cut = z.infer<typeof Cut>;

/**
 * One request. `kind` is how this page sent the visitor on, null on the last hop. `status` is null when nothing was answered.
 * `bytes` are those of the body as they came over the wire.
 */
export const Hop = z.object({
  url: z.string(),
  kind: RedirectKind.nullable(),
  status: z.int().nullable(),
  address: z.string(),
  port: z.int(),
  certificate: CertificateFacts.optional(),
  tookMs: z.number(),
  bytes: z.int(),
});
export type Hop = z.infer<typeof Hop>;

/** A form, and where it posts: an absolute URL, or the text of the attribute where it is none. */
export const FormFacts = z.object({
  method: z.enum(['get', 'post', 'dialog']),
  action: z.string(),
  fields: z.int(),
  passwordFields: z.int(),
});
export type FormFacts = z.infer<typeof FormFacts>;

/**
 * What the last page that was seen shows; its `url` says which, where the chain went on to something that is no page or was refused.
 * `text` is what a person would read, at most 20,480 characters.
 */
export const LandingFacts = z.object({
  url: z.string(),
  contentType: z.string(),
  title: z.string().nullable(),
  siteName: z.string().nullable(),
  forms: z.array(FormFacts),
  passwordFields: z.int(),
  links: z.int(),
  text: z.string(),
});
export type LandingFacts = z.infer<typeof LandingFacts>;

/** A file that the visit was given. It is not kept. `sha256` is null when the file was not read to its end. */
export const DownloadFacts = z.object({
  url: z.string(),
  fileName: z.string().nullable(),
  contentType: z.string(),
  bytes: z.int(),
  sha256: z.string().nullable(),
});
export type DownloadFacts = z.infer<typeof DownloadFacts>;

/** A document: everything that one visit learned. `finalUrl` is the last URL that the chain led to, reached or refused. */
export const VisitFacts = z.object({
  v: z.literal(1),
  /** `http`: without a browser, so what scripts do was only read, not run. */
  by: z.enum(['browser', 'http']),
  url: z.string(),
  finalUrl: z.string(),
  chain: z.array(Hop),
  landing: LandingFacts.nullable(),
  download: DownloadFacts.nullable(),
  cuts: z.array(Cut),
  guard: z.array(GuardDecision),
  /** A PNG of the landing page; only a browser makes one. */
  screenshot: BlobRef.nullable().default(null),
  tookMs: z.number(),
});
export type VisitFacts = z.infer<typeof VisitFacts>;
