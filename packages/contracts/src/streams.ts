import { z } from 'zod';
import { DeadLetterStats } from './dead-letters.ts';
import { OrchestratorStats, QuotaList } from './http.ts';
import { JobId } from './ids.ts';
import { JobState, Priority } from './jobs.ts';
import { ListedCategory, Verdict } from './report.ts';

/** A job in one line, as `WS /api/pipeline/ws/jobs` shows it. Nothing of its mail stands in it. */
export const JobSummary = z.object({
  jobId: JobId,
  pipeline: z.string(),
  state: JobState,
  priority: Priority,
  /** Null: it has ended without a report. */
  percent: z.number().min(0).max(100).nullable(),
  /** Of the newest report; null without one. */
  verdict: Verdict.nullable(),
  category: ListedCategory,
  score: z.number().nullable(),
  revision: z.int().nonnegative(),
  createdMs: z.number(),
  endedMs: z.number().nullable(),
});
export type JobSummary = z.infer<typeof JobSummary>;

const Epoch = z.string().regex(/^[\w-]{1,40}$/);
const Seq = z.int().nonnegative();

/** Where a reader of `WS /api/pipeline/ws/jobs` is: `<epoch>.<seq>`, both of the last message that it had. */
export const StreamPosition = z.string().regex(/^[\w-]{1,40}\.\d{1,15}$/, 'is not a position of a stream');
export type StreamPosition = z.infer<typeof StreamPosition>;

/** `gone`: the job has left the list; others ended later, or it does not exist any more. The job is as it was last. */
export const JobDelta = z.object({
  seq: Seq,
  type: z.enum(['job', 'gone']),
  /** Redis time of the newest event in it. */
  atMs: z.number(),
  job: JobSummary,
});
export type JobDelta = z.infer<typeof JobDelta>;

/** What a socket of `WS /api/pipeline/ws/jobs` carries. The numbers of an epoch's deltas are without a gap. */
export const JobsMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    epoch: Epoch,
    seq: Seq,
    /** What the reader had before does not count any more. */
    resumed: z.literal(false),
    /** Open jobs, and the last that ended. */
    jobs: z.array(JobSummary),
    /** More jobs are open than are listed; each comes with its next change. */
    isCut: z.boolean(),
    /** The record could not be asked for jobs that have ended. */
    isPartial: z.boolean(),
  }),
  /** The deltas behind `seq` follow. */
  z.object({ type: z.literal('resumed'), epoch: Epoch, seq: Seq, resumed: z.literal(true) }),
  z.object({ type: z.literal('deltas'), epoch: Epoch, deltas: z.array(JobDelta).min(1) }),
  /** Nothing is heard of the fleet at the moment; a snapshot follows when it is. */
  z.object({ type: z.literal('stale'), sinceMs: z.number() }),
]);
export type JobsMessage = z.infer<typeof JobsMessage>;

export const FleetAlert = z.object({ level: z.enum(['warning', 'critical']), message: z.string() });
export type FleetAlert = z.infer<typeof FleetAlert>;

const PoolView = z.object({
  /** Processes; those that have said nothing for 10 s are not alive. */
  workers: z.int(),
  alive: z.int(),
  /** Tasks that the living ones may do at once, and those that they do. */
  concurrency: z.int(),
  doing: z.int(),
});

/** How the fleet is, as an operator sees it. */
export const FleetView = z.object({
  jobs: OrchestratorStats.shape.jobs,
  /** By pool. */
  queues: OrchestratorStats.shape.queues,
  pools: z.record(z.string(), PoolView),
  /** By name. */
  workers: z.record(z.string(), OrchestratorStats.shape.workers.element),
  /** By name of the quota; the breaker of its provider stands in it. */
  quotas: z.record(z.string(), QuotaList.shape.quotas.element),
  /** Null: the record cannot be asked. */
  deadLetters: DeadLetterStats.nullable(),
  /** By id: what it is, and of whom. */
  alerts: z.record(z.string(), FleetAlert),
});
export type FleetView = z.infer<typeof FleetView>;

/** Parts of the fleet that are listed by name: one entry may change without the others. */
export const FLEET_LISTS = ['queues', 'pools', 'workers', 'quotas', 'alerts'] as const;

/** What a socket of `WS /api/pipeline/ws/fleet` carries. */
export const FleetMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), seq: Seq, atMs: z.number(), fleet: FleetView }),
  z.object({
    type: z.literal('delta'),
    seq: Seq,
    atMs: z.number(),
    /** What changed; of a list only the entries that did. */
    set: FleetView.partial(),
    /** Names that a list has no more. */
    gone: z.partialRecord(z.enum(FLEET_LISTS), z.array(z.string())),
  }),
  /** The fleet's Redis does not answer; a snapshot follows when it does. */
  z.object({ type: z.literal('stale'), sinceMs: z.number() }),
]);
export type FleetMessage = z.infer<typeof FleetMessage>;
