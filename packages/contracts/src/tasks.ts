import { z } from 'zod';
import { BlobRef } from './ids.ts';
import { ObservableScanInput } from './pipelines.ts';
import { Category, ReportPart, Verdict } from './report.ts';

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
const Extracted = z.object({
  indicators: BlobRef,
  urls: z.int(),
  domains: z.int(),
  ips: z.int(),
  attachments: z.int(),
});
const Checked = z.object({ findings: BlobRef, count: z.int() });

/** Every task that the fleet knows. */
export const tasks = defineTasks({
  'mail.parse': {
    pool: 'analysis',
    payload: StoredMail,
    result: Parsed.extend({ mails: z.int(), attachments: z.int(), limits: z.int() }),
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
    }),
    result: z.object({ dossier: BlobRef }),
    attempts: 4,
    timeLimitMs: 60_000,
  },
  'report.score': {
    pool: 'aggregation',
    payload: z.object({ dossier: BlobRef, pipeline: z.string(), revision: z.int().positive() }),
    result: z.object({
      report: BlobRef,
      verdict: Verdict,
      category: Category,
      score: z.number(),
      confidence: z.number(),
      partial: z.boolean(),
    }),
    attempts: 4,
    timeLimitMs: 60_000,
  },
});
export type Tasks = typeof tasks;
