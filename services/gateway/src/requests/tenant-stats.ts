import { SCAN_PIPELINES, type TenantId, type TenantStats, VERDICTS, type Verdict } from '@sluice/contracts';
import type { JobCount, Records } from '@sluice/records';

const DAY_MS = 86_400_000;

interface TenantStatsConfig {
  records: { jobs: Pick<Records['jobs'], 'count'> };
  now?: () => number;
}

interface Period {
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
}

/** A tenant's jobs of a period by state and verdict, counted by the record. */
export function createTenantStats({ records, now = Date.now }: TenantStatsConfig) {
  return async (tenant: TenantId, { untilMs = now(), sinceMs = untilMs - DAY_MS }: Period): Promise<TenantStats> => {
    const counts = await records.jobs.count({ tenant, sinceMs, untilMs, pipelines: SCAN_PIPELINES });
    const sum = (of: (count: JobCount) => number) => counts.reduce((total, count) => total + of(count), 0);
    const states: Record<string, number> = {};
    for (const { state, jobs } of counts) states[state] = (states[state] ?? 0) + jobs;
    const ofVerdict = (wanted: Verdict) => sum(({ verdict, jobs }) => (verdict === wanted ? jobs : 0));
    const ended = sum((count) => count.ended);
    return {
      v: 1,
      tenant,
      sinceMs,
      untilMs,
      jobs: sum(({ jobs }) => jobs),
      states,
      verdicts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, ofVerdict(verdict)])) as Record<Verdict, number>,
      partial: sum(({ partial }) => partial),
      meanDurationMs: ended === 0 ? null : sum(({ tookMs }) => tookMs) / ended,
      isComplete: true,
    };
  };
}
