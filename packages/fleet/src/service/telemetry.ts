import { register } from 'import-in-the-middle/register-hooks.mjs';

/**
 * Preloaded by `node --import @sluice/fleet/telemetry`. Traces are on when the standard `OTEL_*` variables name an exporter,
 * and the SDK reads all its settings from them; otherwise nothing is loaded.
 */
const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } =
  process.env;
const endpoint = OTEL_EXPORTER_OTLP_ENDPOINT ?? OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
const isWanted = OTEL_TRACES_EXPORTER === undefined ? endpoint !== undefined : OTEL_TRACES_EXPORTER !== 'none';

if (isWanted && OTEL_SDK_DISABLED !== 'true') {
  register({ include: ['express', 'ioredis', 'http', 'https', 'node:http', 'node:https', 'undici'] });
  const { startTracing } = await import('./tracing.ts');
  startTracing();
}
