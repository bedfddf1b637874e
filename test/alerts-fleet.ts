import { readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Fleet, REPOSITORY } from '@sluice/supervisor';
import {
  type SimulatedProviders,
  startProviders,
  startRedis,
  startTestPostgres,
  type TestPostgres,
  type TestRedis,
} from '@sluice/testkit';
import { createSenders, type Senders } from './alerts-mails.ts';
import { clientOf, makeFolder, releaseAll, removeFolder, startHouse } from './fleets.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

/** A fleet, all that it leans on, and the Prometheus that watches it. */
export interface WatchedFleet extends Senders {
  fleet: Fleet;
  providers: SimulatedProviders;
  queue: TestRedis;
  cache: TestRedis;
  postgres: TestPostgres;
  prometheus: Prometheus;
  /** Nothing that a fleet does in a short time makes something old: the record is told so. */
  tellRecord(statement: string): Promise<void>;
  removeBlobs(): Promise<void>;
  stop(): Promise<void>;
}

const UNLIMITED = ['virustotal', 'shodan', 'abuseipdb', 'gemini'];

/** No browser, a key that its provider does not know, a quota that a few mails use up; waits and marks are short, so that minutes show what hours would. */
const SETTINGS = {
  SANDBOX_BROWSER: 'off',
  SHODAN_API_KEY: 'a-key-that-nobody-knows',
  ABUSEIPDB_QUOTA: '1/h',
  VIRUSTOTAL_QUOTA: '100/s',
  // Else what is tried again in vain stands in its line.
  GEMINI_QUOTA: '100/s',
  SANDBOX_MAX_VISITS: '0',
  MAIL_AUTH_DNS: 'off',
  ANALYZER_WORKERS: '1',
  // No job runs out of time before a worker hangs, also on a machine that is busy.
  JOB_TIMEOUT: '120',
  RETRY_BACKOFF_BASE_SECONDS: '1',
  RETRY_BUDGET_PERCENT: '1000',
  QUEUE_AGE_HIGH_WATER: '86400',
  LOG_LEVEL: 'error',
};

/** Rejects when a part of it does not start; what had been started is stopped then. */
export async function startWatchedFleet(): Promise<WatchedFleet> {
  const dataDir = await makeFolder();
  const started: { stop(): Promise<unknown> }[] = [];
  const keep = async <T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.unshift(one);
    return one;
  };
  const stop = async () => {
    for (const each of started.splice(0)) await each.stop();
    await removeFolder(dataDir);
  };
  try {
    return { ...(await startAll(dataDir, keep)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  dataDir: string,
  keep: <T extends { stop(): Promise<unknown> }>(starting: Promise<T>) => Promise<T>,
): Promise<Omit<WatchedFleet, 'stop'>> {
  const providers = await keep(startProviders(Object.fromEntries(UNLIMITED.map((name) => [name, { limits: [] }]))));
  const queue = await keep(startRedis());
  const cache = await keep(startRedis({ policy: 'allkeys-lru' }));
  const postgres = await keep(startTestPostgres());
  const stores = { REDIS_URL: queue.url, CACHE_REDIS_URL: cache.url, DATABASE_URL: postgres.url };
  const fleet = await keep(startHouse(dataDir, { ...providers.env, ...stores, ...SETTINGS }));
  await releaseAll(await clientOf(dataDir, fleet.url));
  const targets = fleet.processes().map(({ name, metricsPort }) => {
    return { address: `127.0.0.1:${metricsPort}`, component: name.replace(/-\d+$/, '') };
  });
  const prometheus = await keep(startPrometheus(targets));
  const apiKey = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
  return {
    ...createSenders({ url: fleet.url, apiKey }),
    fleet,
    providers,
    queue,
    cache,
    postgres,
    prometheus,
    tellRecord: (statement) => query(postgres.url, statement),
    removeBlobs: () => removeFiles(join(dataDir, 'blobs')),
  };
}

async function removeFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  await Promise.all(files.map(({ parentPath, name }) => rm(join(parentPath, name), { force: true })));
}

interface Pg {
  Client: new (to: {
    connectionString: string;
  }) => {
    connect(): Promise<void>;
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  };
}

async function query(connectionString: string, statement: string): Promise<void> {
  const { Client } = createRequire(join(REPOSITORY, 'packages/records/package.json'))('pg') as Pg;
  const record = new Client({ connectionString });
  await record.connect();
  try {
    await record.query(statement);
  } finally {
    await record.end();
  }
}
