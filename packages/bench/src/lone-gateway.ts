import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords, type Records } from '@sluice/records';
import { REPOSITORY } from '@sluice/supervisor';
import {
  eventually,
  freePort,
  startRedis,
  startTestPostgres,
  type TestPostgres,
  type TestRedis,
} from '@sluice/testkit';

const PATIENCE_MS = 60_000;

/** What gateways of one fleet stand on. */
export interface Ground {
  redis: TestRedis;
  cache: TestRedis;
  postgres: TestPostgres;
  databaseUrl: string;
  records: Records;
  stop(): Promise<void>;
}

export interface LoneGateway {
  url: string;
  apiKey: string;
  policyPort: number;
  pid: number;
  dataDir: string;
  /** What it was started with. */
  settings: Record<string, string>;
  /** Its metrics page. */
  metrics(): Promise<string>;
  /** Without a word, as `kill -9` does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function layGround(): Promise<Ground> {
  const [redis, cache, postgres] = await Promise.all([
    startRedis({ appendOnly: true }),
    startRedis({ policy: 'allkeys-lru' }),
    startTestPostgres(),
  ]);
  const databaseUrl = await postgres.createDatabase();
  const records = openRecords({ url: databaseUrl, poolSize: 4, onError: () => undefined });
  return {
    redis,
    cache,
    postgres,
    databaseUrl,
    records,
    async stop() {
      await records.close();
      await Promise.all([redis.stop(), cache.stop(), postgres.stop()]);
    },
  };
}

/** The gateway as a process of its own, as the supervisor starts it. One that is started with the settings of another takes its place. */
export async function startGateway(ground: Ground, settings: Record<string, string> = {}): Promise<LoneGateway> {
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    PORT: String(await freePort()),
    POLICY_PORT: String(await freePort()),
    METRICS_PORT: String(await freePort()),
    REDIS_URL: ground.redis.url,
    CACHE_REDIS_URL: ground.cache.url,
    DATABASE_URL: ground.databaseUrl,
    SLUICE_DATA_DIR: settings.SLUICE_DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'sluice-gateway-'))),
    LOG_LEVEL: 'warn',
    ...settings,
  };
  const dataDir = env.SLUICE_DATA_DIR;
  const log = await open(join(dataDir, 'gateway.log'), 'a');
  const main = join(REPOSITORY, 'services/gateway/src/main.ts');
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const url = `http://127.0.0.1:${env.PORT}`;
  const metricsUrl = `http://127.0.0.1:${env.METRICS_PORT}`;
  try {
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(await readFile(join(dataDir, 'gateway.log'), 'utf8'));
      return fetch(`${metricsUrl}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    }, PATIENCE_MS);
  } catch (error) {
    await end(child, 'SIGKILL');
    throw error;
  }
  return {
    url,
    policyPort: Number(env.POLICY_PORT),
    pid: child.pid ?? 0,
    dataDir,
    settings: env,
    apiKey: (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim(),
    metrics: async () => (await fetch(`${metricsUrl}/metrics`)).text(),
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
