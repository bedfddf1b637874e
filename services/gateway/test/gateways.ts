import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type JobId, type JobMeta, Problem, type Role, TenantPolicy } from '@sluice/contracts';
import { type BlobStore, createFolderBlobStore } from '@sluice/fleet/blobs';
import { createJobStore, type JobStore } from '@sluice/fleet/jobs';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger, type Logger } from '@sluice/fleet/service';
import { openRecords, type Records } from '@sluice/records';
import {
  freePort,
  startRedis,
  startTestPostgres,
  type TestPostgres,
  type TestRedis,
  type TestRedisOptions,
} from '@sluice/testkit';
import { parse } from '../src/config.ts';
import { makeKey } from '../src/keys/key.ts';
import { build } from '../src/service.ts';

export interface TestGateway {
  url: string;
  port: number;
  key: string;
  dataDir: string;
  server: TestRedis;
  redis: Redis;
  jobs: JobStore;
  blobs: BlobStore;
  records: Records;
  /** A key of a tenant, which is made where there is none. */
  addKey(tenant: string, role: Role, change?: { expiresMs?: number }): Promise<string>;
  /** A request with the key; `path` counts from the address. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** A request for `/api/pipeline/jobs` and below. */
  job(path: string, init?: RequestInit): Promise<Response>;
  /** Stops the gateway alone; its Redis and its folder stay. */
  stop(): Promise<void>;
  /** Stops everything and removes the folder. */
  clear(): Promise<void>;
}

interface GatewayOptions {
  env?: Record<string, string>;
  log?: Logger;
  /** Instead of one of its own: it stays the caller's to stop. */
  server?: TestRedis;
  databaseUrl?: string;
}

/** One server for all databases of a test file. */
let postgres: Promise<TestPostgres> | undefined;
afterAll(async () => (await postgres)?.stop());

async function newDatabase(): Promise<string> {
  postgres ??= startTestPostgres();
  return (await postgres).createDatabase();
}

export function silentLog(): Logger {
  const log = createLogger('gateway', 'test', 'error');
  log.silent = true;
  return log;
}

/** The service as `service.ts` builds it, on a Redis, a database and a folder of its own; without a cache where nothing is said. */
export async function startGateway(options?: TestRedisOptions, around: GatewayOptions = {}): Promise<TestGateway> {
  const server = around.server ?? (await startRedis(options));
  const databaseUrl = around.databaseUrl ?? (await newDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-gateway-'));
  const redis = connectRedis(server.url, { name: 'test' });
  const records = openRecords({ url: databaseUrl, poolSize: 2, onError: () => undefined });
  const port = await freePort();
  const { env = {}, log = silentLog() } = around;
  const folders = { SLUICE_DATA_DIR: dataDir, DATABASE_URL: databaseUrl };
  const config = parse({ PORT: String(port), ...folders, JOB_TIMEOUT: '60', ...env });
  const own = connectRedis(server.url, { name: 'gateway' });
  const service = await build(config, { redis: own, redisUrl: server.url, worker: 'gateway-test', log });
  await service.start();
  const key = (await readFile(join(dataDir, 'admin.key'), 'utf8')).trim();
  const url = `http://127.0.0.1:${port}`;
  const call: TestGateway['call'] = (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${key}`);
    return fetch(`${url}${path}`, { ...init, headers });
  };
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= service.stop());
  return {
    url,
    port,
    key,
    dataDir,
    server,
    redis,
    records,
    call,
    stop,
    jobs: createJobStore(redis),
    blobs: createFolderBlobStore(join(dataDir, 'blobs')),
    addKey: (tenant, role, change) => addKey(records, { tenant, role, ...change }),
    job: (path, init) => call(`/api/pipeline/jobs${path}`, init),
    async clear() {
      await stop();
      await Promise.all([closeRedis(redis), closeRedis(own), records.close()]);
      if (around.server === undefined) await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function addKey(
  records: Records,
  { tenant, role, expiresMs = null }: { tenant: string; role: Role; expiresMs?: number | null },
): Promise<string> {
  const nowMs = Date.now();
  if ((await records.tenants.find(tenant)) === null) {
    await records.tenants.put(TenantPolicy.parse({ v: 1, tenant, name: tenant }), nowMs);
  }
  const { id, key, hash, prefix } = makeKey();
  const times = { createdMs: nowMs, expiresMs, lastUsedMs: null, revokedMs: null, rotatedFrom: null };
  await records.keys.create({ id, tenant, role, name: `${tenant} ${role}`, hash, prefix, ...times });
  return key;
}

/** What an answer that refuses says: its contract holds, its status is that of the answer, and no secret stands in it. */
export async function problemOf(response: Response, gateway: TestGateway): Promise<Problem> {
  const text = await response.text();
  expectNoSecret(text, gateway);
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`${response.status} is ${type}: ${text}`);
  const problem = Problem.parse(JSON.parse(text));
  if (problem.status !== response.status) throw new Error(`the answer is ${response.status}, the problem ${text}`);
  if (problem.type !== `urn:sluice:problem:${problem.code}`) throw new Error(`the type is ${problem.type}`);
  if (problem.requestId !== response.headers.get('x-request-id')) throw new Error('the request ids differ');
  return problem;
}

export function expectNoSecret(text: string, { key, server, dataDir }: TestGateway): void {
  for (const secret of [key, server.url, dataDir, 'node_modules', 'at async']) {
    if (text.includes(secret)) throw new Error(`an answer holds ${secret}: ${text.slice(0, 500)}`);
  }
}

/** Sends bytes as they are; what has come back when it holds `until`, or when the other side closes. */
export function exchange(port: number, bytes: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (until !== undefined && answer.includes(until)) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}

/** A job that no orchestrator looks at. */
export async function createJob(jobs: JobStore, change: Partial<JobMeta> = {}): Promise<JobId> {
  const jobId = randomUUIDv7();
  const input = { type: 'ip', value: '192.0.2.1' };
  const meta = {
    tenant: 'default',
    pipeline: 'observable-scan',
    priority: 'normal',
    input,
    timeoutMs: 60_000,
  } as const;
  await jobs.create({ v: 1, jobId, ...meta, ...change });
  return jobId;
}

export const MAIL = [
  'From: Ann <ann@sender.example>',
  'To: bob@receiver.example',
  'Subject: Hello',
  '',
  'Nothing of note.',
  '',
].join('\r\n');
