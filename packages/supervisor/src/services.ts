import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Pool } from '@sluice/contracts';
import type { FleetConfig } from './config.ts';
import type { Bounds } from './pool-size.ts';
import { isServiceReady } from './probes.ts';
import type { Program } from './program.ts';
import type { PoolPrograms } from './scaler.ts';

/** A kind of service and how many processes of it run. */
export interface ServiceSpec {
  name: string;
  /** From the beginning. */
  processes: number;
  /** Where their number follows the work in a queue: whose, and how far. */
  scaled?: { pool: Pool; bounds: Bounds };
  cwd: string;
  /** Arguments for Node: options, then the entry file. */
  nodeArgs: readonly string[];
  /** The public door: it alone gets the public port, and it stops before all others. */
  isDoor: boolean;
}

/** The six services of the house below `root`, with telemetry preloaded. */
export function houseServices(config: FleetConfig, root: string): ServiceSpec[] {
  const preload = createRequire(import.meta.url).resolve('@sluice/fleet/telemetry');
  const service = (name: string, processes = 1): ServiceSpec => {
    const cwd = join(root, 'services', name);
    return {
      name,
      processes,
      cwd,
      nodeArgs: ['--import', preload, join(cwd, 'src/main.ts')],
      isDoor: name === 'gateway',
    };
  };
  const workers = (name: string, pool: Pool, bounds: Bounds): ServiceSpec => {
    return { ...service(name, bounds.least), scaled: { pool, bounds } };
  };
  return [
    service('gateway'),
    service('orchestrator'),
    workers('sandbox-worker', 'sandbox', config.workers.sandbox),
    workers('analyzer-worker', 'analysis', config.workers.analyzer),
    workers('aggregator-worker', 'aggregation', config.workers.aggregator),
    service('retry-worker'),
  ];
}

export interface ServiceSurroundings {
  dataDir: string;
  logs: string;
  redisUrl: string;
  cacheRedisUrl: string;
  databaseUrl: string;
  dataKey: string;
  doorPort: number;
  /** One for each process from the beginning, in the order of the services; then one for each that may come later. */
  metricsPorts: readonly number[];
  inherited: Readonly<Record<string, string>>;
}

/** Settings that reach a service only as we set them. */
const OURS = ['PORT', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD', 'DATABASE_URL', 'DATA_KEY'];
/** Who keeps the record, or reads it. */
const USES_RECORD = ['gateway', 'orchestrator', 'retry-worker'];
/** Who reads or writes stored mails. */
const STORES = ['gateway', 'orchestrator', 'analyzer-worker', 'sandbox-worker', 'aggregator-worker'];

/** Inherited settings that hold a secret, and the services that they are handed to. */
const CONFIDED: readonly { name: RegExp; to: readonly string[] }[] = [
  { name: /_API_KEY$/, to: ['analyzer-worker'] },
  { name: /^(RABBITMQ_URL|SMTP_TLS_KEY)$/, to: ['gateway'] },
  { name: /^BLOB_STORE_URL$/, to: STORES },
];

function handedTo(service: string, inherited: ServiceSurroundings['inherited']): Record<string, string> {
  const may = (name: string) =>
    !OURS.includes(name) && CONFIDED.every(({ name: secret, to }) => !secret.test(name) || to.includes(service));
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => may(name)));
}

type ServiceProgram = Program & { isDoor: boolean };

/** What runs from the beginning, in the order of the services, and the pools that may grow. */
export interface ServicePrograms {
  first: ServiceProgram[];
  pools: PoolPrograms[];
}

/** How many processes there can ever be: of a pool one more than its most, for the successor of one that is replaced. */
export function mostProcesses(specs: readonly ServiceSpec[]): number {
  return specs.reduce((sum, spec) => sum + mostOf(spec), 0);
}

function mostOf({ processes, scaled }: ServiceSpec): number {
  return scaled === undefined || scaled.bounds.most === 0 ? processes : scaled.bounds.most + 1;
}

export function servicePrograms(specs: readonly ServiceSpec[], around: ServiceSurroundings): ServicePrograms {
  const ports = [...around.metricsPorts];
  const programsOf = (spec: ServiceSpec, from: number, to: number): ServiceProgram[] =>
    Array.from({ length: to - from }, (_, at) => serviceProgram(spec, from + at + 1, ports.shift(), around));
  const first = specs.map((spec) => ({ spec, programs: programsOf(spec, 0, spec.processes) }));
  const pools = first.flatMap(({ spec, programs }): PoolPrograms[] => {
    if (spec.scaled === undefined || spec.scaled.bounds.most === 0) return [];
    return [{ ...spec.scaled, programs: [...programs, ...programsOf(spec, spec.processes, mostOf(spec))] }];
  });
  return { first: first.flatMap(({ programs }) => programs), pools };
}

function serviceProgram(
  spec: ServiceSpec,
  number: number,
  metricsPort: number | undefined,
  around: ServiceSurroundings,
): ServiceProgram {
  if (metricsPort === undefined) throw new Error('fewer metrics ports than processes');
  const name = `${spec.name}-${number}`;
  const env: Record<string, string> = {
    HOST: '127.0.0.1',
    ...handedTo(spec.name, around.inherited),
    ...(spec.isDoor ? { PORT: String(around.doorPort) } : {}),
    METRICS_PORT: String(metricsPort),
    REDIS_URL: around.redisUrl,
    CACHE_REDIS_URL: around.cacheRedisUrl,
    ...(USES_RECORD.includes(spec.name) ? { DATABASE_URL: around.databaseUrl } : {}),
    ...(STORES.includes(spec.name) ? { DATA_KEY: around.dataKey } : {}),
    SLUICE_DATA_DIR: around.dataDir,
    SLUICE_SUPERVISED: '1',
  };
  const logFile = join(around.logs, `${name}.log`);
  const isReady = () => isServiceReady(metricsPort);
  const base = { name, command: process.execPath, args: spec.nodeArgs, cwd: spec.cwd, env, tied: true };
  return { ...base, metricsPort, logFile, isReady, isDoor: spec.isDoor };
}
