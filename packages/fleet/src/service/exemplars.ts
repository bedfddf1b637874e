import { context, propagation, trace, TraceFlags } from '@opentelemetry/api';
import { Registry, register } from 'prom-client';

/** Exemplars are a thing of OpenMetrics, and a histogram with exemplars asks for that form when it is made. */
const openMetrics = register as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>;
openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);

/** For the configuration of a histogram whose observations name their trace. */
export const withExemplars = { registers: [openMetrics], enableExemplars: true };

/**
 * The trace of an observation, so that a panel leads to it: that of the payload, or else the active one. Empty where none is kept.
 */
export function exemplarLabels(carrier?: Record<string, string>): Record<string, string> {
  const where = carrier === undefined ? context.active() : propagation.extract(context.active(), carrier);
  const span = trace.getSpanContext(where);
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? { trace_id: span.traceId } : {};
}
