import { basename, resolve } from 'node:path';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { onFlush } from './flush.ts';

/** The folder of the service whose `src/main.ts` this process runs: spans are told apart by it, unless `OTEL_SERVICE_NAME` is set. */
function serviceName(): string {
  return process.env.OTEL_SERVICE_NAME ?? basename(resolve(process.argv[1] ?? '', '../..'));
}

/** By the older and the newer conventions of OpenTelemetry; the route of a request is named by the router's span. */
const NO_ADDRESS = { 'http.url': '', 'http.target': '', 'url.full': '', 'url.path': '', 'url.query': '' };

/** Starts the SDK with the standard `OTEL_*` settings. Redis commands are traced only inside a request or a task. */
export function startTracing(): void {
  const sdk = new NodeSDK({
    serviceName: serviceName(),
    instrumentations: [
      getNodeAutoInstrumentations({
        '@opentelemetry/instrumentation-fs': { enabled: false },
        '@opentelemetry/instrumentation-net': { enabled: false },
        '@opentelemetry/instrumentation-dns': { enabled: false },
        '@opentelemetry/instrumentation-winston': { enabled: false },
        // A span says what was done, never to what: arguments, addresses and queries hold what stands in mails, and keys (Shodan).
        '@opentelemetry/instrumentation-ioredis': {
          requireParentSpan: true,
          dbStatementSerializer: (command) => command,
        },
        '@opentelemetry/instrumentation-undici': {
          startSpanHook: ({ origin }) => ({ 'url.full': origin, 'url.path': '', 'url.query': '' }),
        },
        '@opentelemetry/instrumentation-http': {
          ignoreIncomingRequestHook: (request) => /^\/(health|metrics)/.test(request.url ?? ''),
          startIncomingSpanHook: () => NO_ADDRESS,
          startOutgoingSpanHook: () => NO_ADDRESS,
        },
      }),
    ],
  });
  sdk.start();
  onFlush(() => sdk.shutdown());
}
