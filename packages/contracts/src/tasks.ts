import { z } from 'zod';
import { BlobRef } from './ids.ts';
import { NotifyInput, NotifySent } from './notify.ts';
import { ObservableScanInput } from './pipelines.ts';
import { AnswerSource, Provider } from './providers.ts';
import { Withheld } from './release.ts';
import { ReadCategory, ReportPart, Verdict } from './report.ts';
import { ResourceEntry, ResourceId, ResourceRef } from './resources.ts';

/** Pools are scaled by themselves; each has one queue of its name. */
export const POOLS = ['sandbox', 'analysis', 'aggregation'] as const;
export type Pool = (typeof POOLS)[number];

export interface TaskDefinition<Payload extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  pool: Pool;
  payload: Payload;
  /** Small: what is large is stored as a blob and named here. At most 16 KB as JSON. */
  result: Result;
  /** The first try and the fast retries. */
  attempts: number;
  /** Of one attempt; then its abort signal fires and the attempt counts as failed. */
  timeLimitMs: number;
}

export type TaskCatalogue = Record<string, TaskDefinition>;

/** Keeps the exact types of a catalogue and checks their bounds. */
export function defineTasks<const Catalogue extends TaskCatalogue>(catalogue: Catalogue): Catalogue {
  return catalogue;
}

const StoredMail = z.object({ blob: BlobRef });
const Parsed = z.object({ document: BlobRef });

/** A provider that is not asked about a mail. */
export const NotAsked = z.object({
  provider: Provider,
  why: z.string(),
  /** It would be asked, had the operator not switched it off: something is missing. */
  isSwitchedOff: z.literal(true).optional(),
});
export type NotAsked = z.infer<typeof NotAsked>;

/** What is worth visiting and asking about, ranked and capped by the worker that found it, and whom it may ask. */
const Targets = z.object({
  resources: BlobRef,
  visits: z.array(ResourceId).max(20),
  lookups: z.array(ResourceEntry).max(60),
  /** Providers that this fleet has a key for and may ask. */
  providers: z.array(Provider),
  /** The others, and why they are not asked: no key, or no permission. */
  notAsked: z.array(NotAsked),
  /** Providers that unknown URLs may be handed to. */
  submits: z.array(Provider),
  withheld: z.array(Withheld).optional(),
});
export type Targets = z.infer<typeof Targets>;

const Extracted = z.object({
  indicators: BlobRef,
  targets: Targets.nullable().default(null),
  urls: z.int(),
  domains: z.int(),
  ips: z.int(),
  attachments: z.int(),
});
const Checked = z.object({ findings: BlobRef, count: z.int() });
const Visited = z.object({
  visit: BlobRef,
  /** `fresh`, or which tier of the cache held it. */
  source: AnswerSource,
  /** What the visit discovered: landing URL, hosts, addresses, a downloaded file's hash. */
  resources: BlobRef,
  lookups: z.array(ResourceEntry).max(20),
});
const Answered = z.object({ answer: BlobRef, source: AnswerSource, isKnown: z.boolean() });
export type Answered = z.infer<typeof Answered>;

/** Every task that the fleet knows. */
export const tasks = defineTasks({
  'mail.parse': {
    pool: 'analysis',
    payload: StoredMail,
    result: Parsed.extend({
      mails: z.int(),
      attachments: z.int(),
      limits: z.int(),
      /** It carries something that `mail.authenticate` can judge. */
      isSigned: z.boolean().default(false),
    }),
    attempts: 4,
    timeLimitMs: 60_000,
  },
  'mail.extract': { pool: 'analysis', payload: Parsed, result: Extracted, attempts: 4, timeLimitMs: 60_000 },
  'mail.check': {
    pool: 'analysis',
    payload: z.object({ document: BlobRef, indicators: BlobRef }),
    result: Checked,
    attempts: 4,
    timeLimitMs: 60_000,
  },
  /** DKIM, SPF and DMARC: from the headers of trusted servers, else by DNS. */
  'mail.authenticate': {
    pool: 'analysis',
    payload: z.object({ blob: BlobRef, document: BlobRef }),
    result: Checked.extend({ authentication: BlobRef }),
    attempts: 2,
    timeLimitMs: 30_000,
  },
  /** A model's opinion of the mail, with people and secrets taken out. */
  'mail.opinion': {
    pool: 'analysis',
    payload: z.object({ document: BlobRef, indicators: BlobRef }),
    result: Answered,
    attempts: 2,
    timeLimitMs: 60_000,
  },
  'sandbox.visit': { pool: 'sandbox', payload: ResourceRef, result: Visited, attempts: 2, timeLimitMs: 60_000 },
  /** Asks what a provider knows; hands nothing over but the question. */
  'provider.lookup': {
    pool: 'analysis',
    payload: ResourceRef.extend({ provider: Provider }),
    result: Answered,
    attempts: 2,
    timeLimitMs: 30_000,
  },
  /** Hands a URL over to be looked at, and waits for what comes of it. */
  'provider.submit': {
    pool: 'analysis',
    payload: ResourceRef.extend({ provider: Provider }),
    result: Answered,
    attempts: 2,
    timeLimitMs: 150_000,
  },
  /** Judges what visits and providers brought. */
  'evidence.check': {
    pool: 'analysis',
    payload: z.object({
      indicators: BlobRef.optional(),
      visits: z.array(z.object({ id: ResourceId, visit: BlobRef })),
      answers: z.array(BlobRef),
    }),
    result: Checked,
    attempts: 4,
    timeLimitMs: 60_000,
  },
  'observable.extract': {
    pool: 'analysis',
    payload: ObservableScanInput,
    result: Extracted,
    attempts: 4,
    timeLimitMs: 30_000,
  },
  'observable.check': {
    pool: 'analysis',
    payload: z.object({ indicators: BlobRef }),
    result: Checked,
    attempts: 4,
    timeLimitMs: 30_000,
  },
  'report.aggregate': {
    pool: 'aggregation',
    payload: z.object({
      document: BlobRef.optional(),
      observable: ObservableScanInput.optional(),
      indicators: BlobRef.optional(),
      findings: z.array(BlobRef),
      parts: z.array(ReportPart),
      authentication: BlobRef.optional(),
      visits: z.array(z.object({ id: ResourceId, visit: BlobRef, source: AnswerSource })).default([]),
      answers: z.array(z.object({ answer: BlobRef, source: AnswerSource })).default([]),
      /** Sets that name the resources of `parts` and `visits`. */
      resources: z.array(BlobRef).default([]),
      /** Providers that could have been asked, and why they were not. */
      notAsked: z.array(NotAsked).default([]),
      withheld: z.array(Withheld).optional(),
    }),
    result: z.object({ dossier: BlobRef }),
    attempts: 4,
    timeLimitMs: 60_000,
  },
  'report.score': {
    pool: 'aggregation',
    payload: z.object({
      dossier: BlobRef,
      pipeline: z.string(),
      revision: z.int().positive(),
      /** The report that this one amends. */
      previous: BlobRef.optional(),
    }),
    result: z.object({
      report: BlobRef,
      verdict: Verdict,
      category: ReadCategory,
      score: z.number(),
      confidence: z.number(),
      partial: z.boolean(),
    }),
    attempts: 4,
    timeLimitMs: 60_000,
  },
  /** Tells a webhook of one event; the exchange itself has 15 s. */
  'webhook.send': {
    pool: 'aggregation',
    payload: NotifyInput,
    result: NotifySent,
    attempts: 4,
    timeLimitMs: 20_000,
  },
});
export type Tasks = typeof tasks;
