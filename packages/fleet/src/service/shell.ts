import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { SluiceError } from '@sluice/contracts';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import type { PoolStatus } from '../queue/pool.ts';
import { closeRedis, connectRedis, mastersOf, type Redis, requireEvictionPolicy } from '../redis/index.ts';
import { type baseSettings, queueRedisUrl } from './config.ts';
import { createHealthServer, type HealthChecks } from './health.ts';
import { createLogger, describeError, type Logger } from './log.ts';
import { watchRedis } from './redis-metrics.ts';
import { createSelfReport } from './self-report.ts';
import { flushTraces } from './flush.ts';
import type { z } from 'zod';

export const VERSION = '0.1.0';
const STOP_DEADLINE_MS = 30_000;

export type BaseConfig = z.output<z.ZodObject<typeof baseSettings>>;

/** What the shell gives to a service that it runs. */
export interface Surroundings {
  /** This process, as logs, events and reports name it. */
  worker: string;
  log: Logger;
  /** The queue's server; its policy has been checked. */
  redis: Redis;
  redisUrl: string;
}

/** What a service gives to its shell. */
export interface Service {
  start(): void | Promise<void>;
  /** Stops intake, drains, hands back; resolves when nothing runs any more. Called once. */
  stop(): Promise<void>;
  checks?: HealthChecks;
  status?: () => PoolStatus;
}

export interface ServiceDefinition<Config extends BaseConfig> {
  name: string;
  pool?: string;
  parse: (env: Record<string, string | undefined>) => Config;
  build: (config: Config, surroundings: Surroundings) => Service | Promise<Service>;
}

/**
 * Runs a service until a signal, the end of its supervisor, or a fatal error. Owns the order of stopping: not ready, stop
 * intake, drain, hand back, close, flush; after 30 s it says what it left undone and exits with 1. Bad settings exit with 2.
 */
export async function runService<Config extends BaseConfig>(definition: ServiceDefinition<Config>): Promise<void> {
  const config = readConfig(definition);
  const worker = `${definition.name}-${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const log = createLogger(definition.name, worker, config.LOG_LEVEL);
  const redisUrl = queueRedisUrl(config);
  const redis = connectRedis(redisUrl, { name: worker, onError: (error) => log.warn('redis trouble', { error }) });
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  let service: Service | undefined;
  const stopped = Promise.withResolvers<void>();
  const stop = (reason: string, exitCode: number) => {
    if (phase === 'stopping') return;
    phase = 'stopping';
    process.exitCode = exitCode;
    log.info('stopping', { reason });
    setTimeout(() => {
      log.error('not stopped in time, left undone', { doing: service?.status?.().doing ?? [] });
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    stopped.resolve();
  };
  watchProcess(stop, log);
  defaultMetrics(definition.name);
  watchRedis(redis);

  const checks: HealthChecks = {
    redis: async () =>
      (await Promise.all(mastersOf(redis).map((each) => each.ping()))).every((word) => word === 'PONG'),
  };
  const health = createHealthServer({
    port: config.METRICS_PORT,
    host: config.HOST,
    checks,
    isReady: () => phase === 'running',
  });
  const report = createSelfReport({
    redis,
    service: definition.name,
    pool: definition.pool ?? null,
    worker,
    version: VERSION,
    status: () => service?.status?.() ?? { done: 0, failed: 0, concurrency: 0, doing: [] },
  });
  try {
    const metricsPort = await health.start();
    await requireEvictionPolicy(redis, 'noeviction', 'queue');
    service = await definition.build(config, { worker, log, redis, redisUrl });
    Object.assign(checks, service.checks);
    await service.start();
    report.start();
    if (phase === 'starting') phase = 'running';
    log.info('ready', { metricsPort, version: VERSION });
  } catch (error) {
    log.error('cannot start', { error });
    stop('cannot start', 1);
  }
  await stopped.promise;
  await service?.stop();
  await report.stop();
  await Promise.all([health.stop(), closeRedis(redis)]);
  log.info('stopped');
  await flushTraces();
  process.exit();
}

function readConfig<Config extends BaseConfig>(definition: ServiceDefinition<Config>): Config {
  try {
    return definition.parse(process.env);
  } catch (error) {
    const text = error instanceof SluiceError ? error.message : JSON.stringify(describeError(error));
    process.stderr.write(`${definition.name}: ${text}\n`);
    process.exit(2);
  }
}

function watchProcess(stop: (reason: string, exitCode: number) => void, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal, 0));
  process.on('disconnect', () => stop('the supervisor is gone', 0));
  process.on('uncaughtException', (error) => {
    log.error('uncaught', { error });
    stop('uncaught error', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.error('unhandled rejection', { error });
    stop('unhandled rejection', 1);
  });
}

function defaultMetrics(service: string): void {
  collectDefaultMetrics();
  new Gauge({
    name: 'sluice_build_info',
    help: 'Version of the running service.',
    labelNames: ['service', 'version'],
  }).set({ service, version: VERSION }, 1);
}
