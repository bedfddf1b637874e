import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { register } from 'prom-client';

/** A named check; it says no by returning false or throwing. */
export type HealthChecks = Record<string, () => boolean | Promise<boolean>>;

export interface HealthServerConfig {
  port: number;
  host: string;
  checks: HealthChecks;
  /** False while the service starts or stops. */
  isReady: () => boolean;
}

/**
 * `/health/live` (the process answers), `/health/ready` (every check passes) and `/metrics` (OpenMetrics, which is what carries
 * exemplars), on a port of their own. Checks have two seconds.
 */
export function createHealthServer(config: HealthServerConfig) {
  const server: Server = createServer((request, response) => {
    answer(request.url ?? '/', config)
      .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
      .catch(() => response.writeHead(500).end());
  });
  return {
    /** The port that it listens on. */
    start: (): Promise<number> =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(config.port, config.host, () => resolve((server.address() as AddressInfo).port));
      }),
    stop: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

async function answer(url: string, config: HealthServerConfig): Promise<Answer> {
  const path = url.split('?')[0];
  if (path === '/metrics') return { status: 200, type: register.contentType, body: await register.metrics() };
  if (path === '/health/live') return json(200, { status: 'live' });
  if (path !== '/health/ready') return json(404, { status: 'not found' });
  const results = await runChecks(config.checks);
  const ready = config.isReady() && Object.values(results).every((result) => result === 'ok');
  return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', checks: results });
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

async function runChecks(checks: HealthChecks): Promise<Record<string, string>> {
  const entries = Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function runCheck(check: HealthChecks[string]): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 2_000);
  });
  try {
    return (await Promise.race([check(), tooLate])) ? 'ok' : 'failed';
  } catch {
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}
