import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FleetConfig } from './config.ts';
import { isServiceReady } from './probes.ts';
import type { Program } from './program.ts';

/** A kind of service and how many processes of it run. */
export interface ServiceSpec {
  name: string;
  processes: number;
  cwd: string;
  /** Arguments for Node: options, then the entry file. */
  nodeArgs: readonly string[];
  /** The public door: it alone gets the public port, and it stops before all others. */
  isDoor: boolean;
}

/** The six services of the house below `root`, with telemetry preloaded. */
export function houseServices(config: FleetConfig, root: string): ServiceSpec[] {
  const preload = createRequire(import.meta.url).resolve('@sluice/fleet/telemetry');
  const service = (name: string, processes: number): ServiceSpec => {
    const cwd = join(root, 'services', name);
    return {
      name,
      processes,
      cwd,
      nodeArgs: ['--import', preload, join(cwd, 'src/main.ts')],
      isDoor: name === 'gateway',
    };
  };
  return [
    service('gateway', 1),
    service('orchestrator', 1),
    service('sandbox-worker', config.workers.sandbox),
    service('analyzer-worker', config.workers.analyzer),
    service('aggregator-worker', config.workers.aggregator),
    service('retry-worker', 1),
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
  /** One for each process, in the order of the services. */
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

/** One program for each process, in the order of the services. */
export function servicePrograms(
  specs: readonly ServiceSpec[],
  around: ServiceSurroundings,
): (Program & { isDoor: boolean })[] {
  const processes = specs.flatMap((spec) =>
    Array.from({ length: spec.processes }, (_, at) => ({ spec, number: at + 1 })),
  );
  return processes.map(({ spec, number }, at) => {
    const metricsPort = around.metricsPorts[at];
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
  });
}
