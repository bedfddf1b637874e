import { z } from 'zod';
import { OrchestratorStats } from '../http.ts';
import { TenantId } from '../ids.ts';
import { Verdict } from '../report.ts';
import { QueryMs } from './lists.ts';

const Count = z.int().nonnegative();
const url = z.string();

/** `GET /api/pipeline/orchestrator/stats`: how the fleet is, in small numbers; `url` says where there is more. Null: who knows it does not answer. */
export const FleetStats = OrchestratorStats.extend({
  /** By pool, of the workers that are alive. */
  pools: z.record(
    z.string(),
    z.object({ workers: Count, silent: Count, concurrency: Count, doing: Count, tasksDone: Count, tasksFailed: Count }),
  ),
  quotas: z
    .object({ total: Count, closed: Count, breakersOpen: Count, waiting: z.number().nonnegative(), url })
    .nullable(),
  cache: z
    .object({ isEnabled: z.boolean(), isUp: z.boolean(), usedBytes: z.number(), maxBytes: z.number(), url })
    .nullable(),
  /** Those that are open: of the tenant that asks, for an operator of all. */
  deadLetters: z.object({ scheduled: Count, parked: Count, url }).nullable(),
});
export type FleetStats = z.infer<typeof FleetStats>;

/** `GET /api/pipeline/stats`: the last day where no period is named. */
export const TenantStatsQuery = z.strictObject({
  tenant: TenantId.optional(),
  sinceMs: QueryMs.optional(),
  untilMs: QueryMs.optional(),
});
export type TenantStatsQuery = z.infer<typeof TenantStatsQuery>;

/** The jobs that a tenant submitted in a period, as the record has them. */
export const TenantStats = z.object({
  v: z.literal(1),
  tenant: TenantId,
  sinceMs: z.number(),
  untilMs: z.number(),
  jobs: Count,
  states: z.record(z.string(), Count),
  verdicts: z.record(Verdict, Count),
  /** Reports in which something was not examined. */
  partial: Count,
  /** From submission to end, of the jobs that have ended; null without one. */
  meanDurationMs: z.number().nullable(),
  /** True: all jobs of the period are counted. */
  isComplete: z.boolean(),
});
export type TenantStats = z.infer<typeof TenantStats>;
