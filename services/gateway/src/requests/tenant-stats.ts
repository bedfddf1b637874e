import { SCAN_PIPELINES, type TenantId, type TenantStats } from '@sluice/contracts';
import type { JobSummaryRow, Records } from '@sluice/records';
import { countBy, verdictCounts } from './standing.ts';

/** The newest so many are counted. */
const MOST_JOBS = 20_000;
const PAGE_ROWS = 500;
const DAY_MS = 86_400_000;

interface TenantStatsConfig {
  records: Pick<Records, 'jobs'>;
  now?: () => number;
}

interface Period {
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
}

/** A tenant's jobs of a period by state and verdict, from the record. Where there are more than are counted it says so. */
export function createTenantStats({ records, now = Date.now }: TenantStatsConfig) {
  return async (tenant: TenantId, { untilMs = now(), sinceMs = untilMs - DAY_MS }: Period): Promise<TenantStats> => {
    const rows: JobSummaryRow[] = [];
    let cursor: string | undefined;
    do {
      const search = { tenant, sinceMs, untilMs, pipelines: SCAN_PIPELINES, limit: PAGE_ROWS, cursor };
      const page = await records.jobs.search(search);
      rows.push(...page.jobs);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined && rows.length < MOST_JOBS);
    const durations = rows.flatMap(({ createdMs, endedMs }) => (endedMs === null ? [] : [endedMs - createdMs]));
    return {
      v: 1,
      tenant,
      sinceMs,
      untilMs,
      jobs: rows.length,
      states: countBy(rows.map(({ state }) => state)),
      verdicts: verdictCounts(rows),
      partial: rows.filter(({ isPartial }) => isPartial).length,
      meanDurationMs: durations.length === 0 ? null : durations.reduce((sum, ms) => sum + ms, 0) / durations.length,
      isComplete: cursor === undefined,
    };
  };
}
