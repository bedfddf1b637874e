import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@sluice/client';
import type { JobId } from '@sluice/contracts';
import { createJobStore, type JobStore } from '@sluice/fleet/jobs';
import { createProducer, type Producer } from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { type Fleet, parseConfig, REPOSITORY, startFleet } from '@sluice/supervisor';
import { openRecords, type Records } from '@sluice/records';
import { eventually, type Simulator, startShodan, startTestPostgres, type TestPostgres } from '@sluice/testkit';
import { OFFLINE } from '../simulators.ts';
import { type Servers, startServers, type Surroundings } from './servers.ts';

/** A whole fleet, its Redis and its PostgreSQL in our hands, and one provider with a strict quota. */
export interface World {
  fleet: Fleet;
  client: Client;
  apiKey: string;
  servers: Servers;
  postgres: TestPostgres;
  records: Records;
  provider: Simulator;
  /** Looks on, around whatever is broken. */
  redis: Redis;
  jobs: JobStore;
  producer: Producer;
  /** Every job id that a client was told, through all faults. */
  told: Set<JobId>;
  /** Ends a process as `kill -9` does, or by another signal; how logs and events name it. */
  strike(name: string, signal?: NodeJS.Signals): string;
  /** Resolves when every service says that it is ready. */
  allReady(patienceMs: number): Promise<void>;
  /** Of each service's process, by its name. */
  pids(): ReadonlyMap<string, number | null>;
  stop(): Promise<void>;
}

/** Calls that the provider takes in any second. */
const CALLS_PER_SECOND = 8;

const SETTINGS = {
  ...OFFLINE,
  SANDBOX_BROWSER: 'off',
  ANALYZER_WORKERS: '2',
  LOG_LEVEL: 'warn',
  RETRY_BACKOFF_BASE_SECONDS: '5',
  SHODAN_QUOTA: `${CALLS_PER_SECOND}/s`,
};

/** What a fleet stands on, and the end of it. */
interface Ground {
  servers: Servers;
  postgres: TestPostgres;
  provider: Simulator;
  dataDir: string;
  stop(): Promise<void>;
}

async function layGround(kind: Surroundings): Promise<Ground> {
  const provider = await startShodan({ limits: [{ requests: CALLS_PER_SECOND, seconds: 1, kind: 'sliding' }] });
  const servers = await startServers(kind);
  const postgres = await startTestPostgres();
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-chaos-'));
  return {
    servers,
    postgres,
    provider,
    dataDir,
    async stop() {
      await Promise.all([servers.stop(), postgres.stop(), provider.stop()]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Leaves nothing running where it rejects. */
export async function startWorld(kind: Surroundings, say: (line: string) => void): Promise<World> {
  const ground = await layGround(kind);
  try {
    return await startOn(ground, say);
  } catch (error) {
    await ground.stop();
    throw error;
  }
}

async function startOn(ground: Ground, say: (line: string) => void): Promise<World> {
  const { servers, postgres, provider, dataDir } = ground;
  const { PATH = '', HOME = '' } = process.env;
  const asked = { SHODAN_BASE_URL: provider.url, SHODAN_API_KEY: provider.apiKey };
  const env = { PATH, HOME, PORT: '0', SLUICE_DATA_DIR: dataDir, ...SETTINGS, ...asked };
  const config = { ...parseConfig(env, REPOSITORY), queueRedisUrl: servers.url, databaseUrl: postgres.url };
  const fleet = await startFleet(config, { out: () => undefined, err: (line) => say(`    ${line.split('\n')[0]}`) });
  const apiKey = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  const redis = connectRedis(servers.directUrl, { name: 'chaos' });
  const producer = createProducer(redis);
  const records = openRecords({ url: postgres.url, onError: () => undefined });
  return {
    fleet,
    apiKey,
    servers,
    postgres,
    records,
    provider,
    redis,
    producer,
    told: new Set(),
    client: createClient({ url: fleet.url, apiKey }),
    jobs: createJobStore(redis),
    strike(name, signal = 'SIGKILL') {
      const pid = fleet.kill(name, signal);
      return `${name.replace(/-\d+$/, '')}-${hostname()}-${pid}-`;
    },
    allReady: (patienceMs) => eventually(() => everyoneIsReady(fleet), patienceMs),
    pids: () => pidsOf(fleet),
    async stop() {
      await producer.close();
      await closeRedis(redis);
      await fleet.stop();
      await records.close();
      await ground.stop();
    },
  };
}

const servicesOf = (fleet: Fleet) => fleet.processes().filter(({ metricsPort }) => metricsPort !== null);

function pidsOf(fleet: Fleet): Map<string, number | null> {
  return new Map(servicesOf(fleet).map(({ name, pid }) => [name, pid]));
}

async function everyoneIsReady(fleet: Fleet): Promise<void> {
  await Promise.all(
    servicesOf(fleet).map(async ({ name, metricsPort }) => {
      const url = `http://127.0.0.1:${metricsPort}/health/ready`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (!answer.ok) throw new Error(`${name} is not ready: ${await answer.text()}`);
    }),
  );
}
