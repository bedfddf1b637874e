import type { ReportPart, StageTiming } from '@sluice/contracts';

interface Span {
  stage: string;
  fromMs: number;
  toMs: number;
}

/** By stage, in the order in which they began; what nobody began counts nowhere. */
export function tellTimings(parts: readonly ReportPart[]): StageTiming[] {
  const spans = parts.flatMap(spanOf);
  const originMs = Math.min(...spans.map(({ fromMs }) => fromMs));
  const stages = Map.groupBy(spans, ({ stage }) => stage);
  return [...stages]
    .map(([stage, some]) => {
      const fromMs = Math.min(...some.map((span) => span.fromMs));
      const toMs = Math.max(...some.map((span) => span.toMs));
      return { stage, startedAfterMs: fromMs - originMs, tookMs: toMs - fromMs, tasks: some.length };
    })
    .toSorted((a, b) => a.startedAfterMs - b.startedAfterMs);
}

function spanOf({ stage, startedMs, settledMs }: ReportPart): Span[] {
  if (startedMs === undefined || settledMs === undefined) return [];
  // Two clocks may have been at work; a span is never negative.
  return [{ stage, fromMs: startedMs, toMs: Math.max(startedMs, settledMs) }];
}
