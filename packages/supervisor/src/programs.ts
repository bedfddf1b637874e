import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FleetConfig } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { StartError } from './errors.ts';
import { planPorts } from './port-plan.ts';
import { postgresProgram } from './postgres-server.ts';
import type { Program } from './program.ts';
import { findRedisCommand, type RedisServer, redisProgram, redisUrl } from './redis-servers.ts';
import type { PoolPrograms } from './scaler.ts';
import { houseServices, mostProcesses, servicePrograms, type ServiceSpec } from './services.ts';

/** The folder of the whole repository: where the services lie, and what relative settings count from. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** Everything a fleet runs, in groups that start and stop together. */
export interface FleetPrograms {
  url: string;
  redisUrl: string;
  cacheRedisUrl: string;
  databaseUrl: string;
  servers: Program[];
  doors: Program[];
  inner: Program[];
  /** Those of `inner` whose number follows the work, and their programs that wait for it. */
  pools: PoolPrograms[];
}

/** Decides ports, servers and services. Makes PostgreSQL's files the first
 * time. Throws `StartError` where a port is in use, or a server program is missing. */
export async function buildPrograms(
  config: FleetConfig,
  folder: DataFolder,
  services: readonly ServiceSpec[] = houseServices(config, REPOSITORY),
): Promise<FleetPrograms> {
  const ports = await planPorts(config, mostProcesses(services));
  const servers = redisServers(config, folder, ports);
  const password = folder.redisPassword();
  const queueUrl = config.queueRedisUrl ?? redisUrl(ports.queue, password);
  const cacheRedisUrl = config.cacheRedisUrl ?? redisUrl(ports.cache, password);
  const { databaseUrl, postgres } = await database(config, folder, ports.database);
  const { first, pools } = servicePrograms(services, {
    dataDir: folder.root,
    logs: folder.logs,
    redisUrl: queueUrl,
    cacheRedisUrl,
    databaseUrl,
    dataKey: config.dataKey ?? folder.dataKey(),
    doorPort: ports.door,
    metricsPorts: ports.metrics,
    inherited: config.serviceEnv,
  });
  return {
    url: `http://127.0.0.1:${ports.door}`,
    redisUrl: queueUrl,
    cacheRedisUrl,
    databaseUrl,
    servers: [...servers, ...postgres],
    doors: first.filter(({ isDoor }) => isDoor),
    inner: first.filter(({ isDoor }) => !isDoor),
    pools,
  };
}

/** Where the record is, and the server that we run for it where the operator named none. */
async function database(
  { databaseUrl }: FleetConfig,
  folder: DataFolder,
  port: number,
): Promise<{ databaseUrl: string; postgres: Program[] }> {
  if (databaseUrl !== null) return { databaseUrl, postgres: [] };
  const { program, url } = await postgresProgram(folder, port);
  return { databaseUrl: url, postgres: [program] };
}

/** Those of the two Redis servers for which the operator named none. */
function redisServers(config: FleetConfig, folder: DataFolder, ports: { queue: number; cache: number }): Program[] {
  const roles: RedisServer['role'][] = [];
  if (config.queueRedisUrl === null) roles.push('queue');
  if (config.cacheRedisUrl === null) roles.push('cache');
  if (roles.length === 0) return [];
  const command = findRedisCommand(config.serviceEnv.PATH ?? '');
  if (command === null) {
    throw new StartError(
      'No Redis server program is on this machine. Install redis-server or valkey-server (Debian: redis-tools), or set both REDIS_URL and CACHE_REDIS_URL.',
    );
  }
  return roles.map((role) => {
    const logFile = join(folder.logs, `redis-${role}.log`);
    const password = folder.redisPassword();
    return redisProgram({ role, port: ports[role], password, dataDir: folder.root, logFile, command });
  });
}
