import { z } from 'zod';
import { certificateSchema } from '../guard/certificate.ts';
import { decisionSchema } from '../guard/log.ts';

/** How a page sends its visitor on. */
const redirectKindSchema = z.enum(['http', 'refresh-header', 'meta-refresh', 'script']);
export type RedirectKind = z.infer<typeof redirectKindSchema>;

/** Why something was not followed or not read to its end. */
const cutReasonSchema = z.enum([
  'private-address',
  'hop-limit',
  'loop',
  'time',
  'bytes',
  'bad-url',
  'dns',
  'connection',
  'tls',
  'encoding',
]);
export type CutReason = z.infer<typeof cutReasonSchema>;

const cutSchema = z.object({ reason: cutReasonSchema, url: z.string(), message: z.string() });
export type Cut = z.infer<typeof cutSchema>;

/**
 * One request. `kind` is how this page sent the visitor on, null on the last hop. `status` is null when nothing was answered.
 * `bytes` are those of the body as they came over the wire.
 */
const hopSchema = z.object({
  url: z.string(),
  kind: redirectKindSchema.nullable(),
  status: z.int().nullable(),
  address: z.string(),
  port: z.int(),
  certificate: certificateSchema.optional(),
  tookMs: z.number(),
  bytes: z.int(),
});
export type Hop = z.infer<typeof hopSchema>;

/** A form, and where it posts: an absolute URL, or the text of the attribute where it is none. */
const formSchema = z.object({
  method: z.enum(['get', 'post', 'dialog']),
  action: z.string(),
  fields: z.int(),
  passwordFields: z.int(),
});
export type FormFacts = z.infer<typeof formSchema>;

/**
 * What the last page that was seen shows; its `url` says which, where the chain went on to something that is no page or was refused.
 * `text` is what a person would read, at most 20,480 characters.
 */
const landingSchema = z.object({
  url: z.string(),
  contentType: z.string(),
  title: z.string().nullable(),
  siteName: z.string().nullable(),
  forms: z.array(formSchema),
  passwordFields: z.int(),
  links: z.int(),
  text: z.string(),
});
export type LandingFacts = z.infer<typeof landingSchema>;

/** A file that the visit was given. It is not kept. `sha256` is null when the file was not read to its end. */
const downloadSchema = z.object({
  url: z.string(),
  fileName: z.string().nullable(),
  contentType: z.string(),
  bytes: z.int(),
  sha256: z.string().nullable(),
});
export type DownloadFacts = z.infer<typeof downloadSchema>;

/** Everything that one visit learned. `finalUrl` is the last URL that the chain led to, reached or refused. */
export const visitSchema = z.object({
  version: z.literal(1),
  by: z.literal('http'),
  url: z.string(),
  finalUrl: z.string(),
  chain: z.array(hopSchema),
  landing: landingSchema.nullable(),
  download: downloadSchema.nullable(),
  cuts: z.array(cutSchema),
  guard: z.array(decisionSchema),
  tookMs: z.number(),
});
export type VisitFacts = z.infer<typeof visitSchema>;
