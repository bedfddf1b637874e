import { Counter, Gauge } from 'prom-client';
import type { Line } from './line/line.ts';
import { windowName } from './quota.ts';
import type { Quotas } from './quotas.ts';
import type { BreakerState } from './types.ts';

/** Labels come from the configuration: quotas, windows, priority classes. */
const refusals = new Counter({
  name: 'sluice_quota_refusals_total',
  help: 'Calls that found no slot, by quota, by what refused (window, provider, breaker) and mode (enforced, shadow).',
  labelNames: ['quota', 'window', 'mode'],
});

export function countRefusal(quota: string, window: string, isShadow: boolean): void {
  refusals.inc({ quota, window, mode: isShadow ? 'shadow' : 'enforced' });
}

const BREAKER_VALUE: Readonly<Record<BreakerState, number>> = { none: 0, closed: 0, 'half-open': 1, open: 2 };

const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge({ name, help, labelNames });
const used = gauge('sluice_quota_used', 'Units that count now, by quota and window.', 'quota', 'window');
const limit = gauge('sluice_quota_limit', 'Limit that is believed now, by quota and window.', 'quota', 'window');
const closed = gauge('sluice_quota_closed', '1 while the provider refuses, by quota.', 'quota');
const waiting = gauge('sluice_quota_waiting', 'Questions in the line, by quota and priority.', 'quota', 'priority');
const breaker = gauge('sluice_breaker_state', 'Of the provider: 0 closed, 1 half-open, 2 open; by quota.', 'quota');

export interface QuotaMetricsConfig {
  quotas: Quotas;
  line?: Line;
}

/** Reads the state of all quotas into the gauges. To be called before a scrape is answered, by one process of a fleet: the state is the same for all. */
export async function collectQuotaMetrics({ quotas, line }: QuotaMetricsConfig): Promise<void> {
  await Promise.all(
    quotas.names.map(async (quota) => {
      const state = await quotas.state(quota);
      for (const window of state.windows) {
        used.set({ quota, window: windowName(window.window) }, window.used);
        limit.set({ quota, window: windowName(window.window) }, window.limit);
      }
      closed.set({ quota }, state.closedUntilMs === null ? 0 : 1);
      breaker.set({ quota }, BREAKER_VALUE[state.breaker.state]);
      if (line === undefined) return;
      const { byPriority } = await line.waiting(quota);
      for (const [priority, count] of Object.entries(byPriority)) waiting.set({ quota, priority }, count);
    }),
  );
}
