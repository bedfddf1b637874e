import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantPolicy } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { StartError } from '../src/index.ts';
import { identify } from '../src/process-identity.ts';
import {
  type Bench,
  envOf,
  fakeServices,
  fileOf,
  fixture,
  makeBench,
  metricsUrl,
  pidOf,
  withRecords,
  withRedis,
} from './fleets.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench();
});
afterEach(() => bench.clear());

async function setting(url: string, name: string): Promise<string | undefined> {
  return (await withRedis(url, (client) => client.config('GET', name))).at(1);
}

describe('a fleet that starts', () => {
  test('is ready when the start resolves, and its file tells how to find it but no secret', async () => {
    const fleet = await bench.start();
    expect(await (await fetch(fleet.url)).text()).toBe('door');
    const text = readFileSync(join(fleet.dataDir, 'fleet.json'), 'utf8');
    const file = fileOf(fleet);
    expect(file).toMatchObject({ url: fleet.url, pid: process.pid, processes: fleet.processes() });
    expect(file.processes.map(({ name }) => name)).toEqual([
      'gateway-1',
      'analyzer-worker-1',
      'analyzer-worker-2',
      'redis-queue',
      'redis-cache',
    ]);
    expect(text).not.toContain(readFileSync(join(fleet.dataDir, 'redis.password'), 'utf8').trim());
  });

  test('runs the queue with an append-only file and no eviction, the cache with eviction, both behind a password', async () => {
    const fleet = await bench.start();
    expect(await setting(fleet.redisUrl, 'appendonly')).toBe('yes');
    expect(await setting(fleet.redisUrl, 'appendfsync')).toBe('everysec');
    expect(await setting(fleet.redisUrl, 'maxmemory-policy')).toBe('noeviction');
    expect(await setting(fleet.redisUrl, 'bind')).toBe('127.0.0.1');
    expect(await setting(fleet.cacheRedisUrl, 'maxmemory-policy')).toBe('allkeys-lru');
    expect(await setting(fleet.cacheRedisUrl, 'maxmemory')).toBe(String(256 * 1024 * 1024));
    const withoutPassword = fleet.redisUrl.replace(/:[0-9a-f]+@/, '');
    await expect(withRedis(withoutPassword, (client) => client.get('x'))).rejects.toThrow(/NOAUTH/);
  });

  test('keeps the password out of command lines and readable by its owner only', async () => {
    const fleet = await bench.start();
    const password = readFileSync(join(fleet.dataDir, 'redis.password'), 'utf8').trim();
    expect(statSync(join(fleet.dataDir, 'redis.password')).mode & 0o777).toBe(0o600);
    for (const { pid } of fleet.processes())
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
  });

  test('hands each service its ports, servers and folder, and the rest of the environment untouched', async () => {
    const fleet = await bench.start({ JOB_CONCURRENCY: '7', OTEL_SERVICE_NAMESPACE: 'x', REDIS_HOST: '' });
    const worker = await envOf(fileOf(fleet), 'analyzer-worker-2');
    expect(worker).toMatchObject({
      REDIS_URL: fleet.redisUrl,
      CACHE_REDIS_URL: fleet.cacheRedisUrl,
      SLUICE_DATA_DIR: fleet.dataDir,
      SLUICE_SUPERVISED: '1',
      JOB_CONCURRENCY: '7',
      OTEL_SERVICE_NAMESPACE: 'x',
    });
    expect(worker.PORT).toBeUndefined();
    expect((await envOf(fileOf(fleet), 'gateway-1')).PORT).toBe(new URL(fleet.url).port);
  });

  test('runs PostgreSQL for those who keep the record, as another user, behind a password that no command line shows', async () => {
    const fleet = await bench.start({ DATABASE_URL: '' });
    const password = new URL(fleet.databaseUrl).password;
    expect(readFileSync(join(fleet.dataDir, 'postgres.password'), 'utf8').trim()).toBe(password);
    expect(statSync(join(fleet.dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
    expect(statSync(fleet.dataDir).mode & 0o007).toBe(0);
    await withRecords(fleet.databaseUrl, (records) => records.ping());
    const wrong = fleet.databaseUrl.replace(password, 'x');
    await expect(withRecords(wrong, (records) => records.ping())).rejects.toThrow('cannot be reached');
    const pid = pidOf(fleet, 'postgres');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
    if (process.getuid?.() === 0) expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
    expect((await envOf(fileOf(fleet), 'gateway-1')).DATABASE_URL).toBe(fleet.databaseUrl);
    expect((await envOf(fileOf(fleet), 'analyzer-worker-1')).DATABASE_URL).toBeUndefined();
  });

  test('hands out one data key, which only the owner of the folder can read, and keeps it', async () => {
    const fleet = await bench.start();
    const file = join(fleet.dataDir, 'data.key');
    const key = readFileSync(file, 'utf8').trim();
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const name of ['gateway-1', 'analyzer-worker-2']) {
      expect((await envOf(fileOf(fleet), name)).DATA_KEY).toBe(key);
    }
    await fleet.stop();
    const next = await bench.start();
    expect((await envOf(fileOf(next), 'gateway-1')).DATA_KEY).toBe(key);
    await next.stop();
    writeFileSync(file, 'torn');
    await expect(bench.start()).rejects.toThrow('data.key holds no key');
  });

  test('hands out the data key of the operator where there is one, and makes none', async () => {
    const DATA_KEY = Buffer.alloc(32, 7).toString('base64url');
    const fleet = await bench.start({ DATA_KEY });
    expect((await envOf(fileOf(fleet), 'gateway-1')).DATA_KEY).toBe(DATA_KEY);
    expect(existsSync(join(fleet.dataDir, 'data.key'))).toBe(false);
  });

  test('uses the servers that the settings name instead of its own', async () => {
    const other = await makeBench();
    try {
      const servers = await other.start();
      const fleet = await bench.start({ REDIS_URL: servers.redisUrl, CACHE_REDIS_URL: servers.cacheRedisUrl });
      expect(fleet.processes().filter(({ name }) => name.startsWith('redis'))).toEqual([]);
      expect((await envOf(fileOf(fleet), 'gateway-1')).REDIS_URL).toBe(servers.redisUrl);
    } finally {
      await other.clear();
    }
  });

  test('that cannot says which program fails and its last words, and leaves nothing running', async () => {
    const services = [
      ...fakeServices(),
      { ...fakeServices()[1], name: 'hopeless', nodeArgs: [fixture('hopeless.ts')] },
    ];
    const start = bench.start({}, { services: services as ReturnType<typeof fakeServices> });
    await expect(start).rejects.toThrow(/hopeless-\d ended with status 1 each time.*METRICS_PORT is not to my taste/s);
    await expect(start).rejects.toThrow(StartError);
    const again = await bench.start();
    expect(again.processes()).toHaveLength(5);
  });

  test('is refused where its port is in use', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port));
    });
    await expect(bench.start({ PORT: String(port) })).rejects.toThrow(
      `Port ${port} is in use. Set PORT to another one.`,
    );
    await new Promise((resolve) => holder.close(resolve));
  });

  test('can be called off, and leaves nothing running', async () => {
    const call = new AbortController();
    const start = bench.start({}, { signal: call.signal, services: fakeServices(fixture('never-ready.ts')) });
    await eventually(() => bench.said.some((line) => line.startsWith('Starting')));
    call.abort();
    await expect(start).rejects.toThrow('called off');
    expect((await bench.start()).processes()).toHaveLength(5);
  });
});

describe('a process that dies', () => {
  test('comes back under another number on the same port, and the fleet says why', async () => {
    const fleet = await bench.start();
    const url = metricsUrl(fileOf(fleet), 'analyzer-worker-1');
    const before = pidOf(fleet, 'analyzer-worker-1');
    await fetch(`${url}/fail`).catch(() => undefined);
    await eventually(() => pidOf(fleet, 'analyzer-worker-1') !== before);
    await eventually(async () => (await fetch(`${url}/health/ready`)).ok);
    const said = bench.said.join('\n');
    expect(said).toContain('analyzer-worker-1: the sky has fallen');
    expect(said).toMatch(/analyzer-worker-1 ended with status 7; starting it again in 0.25 s .*no ground to stand on/s);
    expect(fileOf(fleet).processes).toEqual(fleet.processes());
  });

  test('leaves no helper behind when it is killed', async () => {
    const fleet = await bench.start({ WITH_CHILD: 'yes' });
    const log = readFileSync(join(fleet.dataDir, 'logs/gateway-1.log'), 'utf8');
    const { helper } = JSON.parse(log.split('\n')[0] ?? '') as { helper: number };
    expect(identify(helper)).not.toBeNull();
    fleet.kill('gateway');
    await eventually(() => identify(helper) === null);
  });

  test('comes back also when it is a Redis server, with what it held', async () => {
    const fleet = await bench.start();
    await withRedis(fleet.redisUrl, (client) => client.set('kept', 'yes'));
    const before = pidOf(fleet, 'redis-queue');
    await withRedis(fleet.redisUrl, (client) => client.bgrewriteaof());
    fleet.kill('redis-queue');
    await eventually(() => pidOf(fleet, 'redis-queue') !== before);
    expect(await withRedis(fleet.redisUrl, (client) => client.get('kept'))).toBe('yes');
  });

  test('comes back also when it is PostgreSQL, with what it held', async () => {
    const fleet = await bench.start({ DATABASE_URL: '' });
    const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme' });
    await withRecords(fleet.databaseUrl, async (records) => {
      await records.migrate();
      await records.tenants.put(policy, 1);
      const before = pidOf(fleet, 'postgres');
      fleet.kill('postgres');
      await eventually(() => pidOf(fleet, 'postgres') !== before);
      expect(await eventually(() => records.tenants.find('acme'))).toEqual(policy);
    });
  });
});

describe('a fleet that stops', () => {
  test('ends PostgreSQL although a client is still there, and keeps what it held', async () => {
    const fleet = await bench.start({ DATABASE_URL: '' });
    const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme' });
    await withRecords(fleet.databaseUrl, async (records) => {
      await records.migrate();
      await records.tenants.put(policy, 1);
      const pid = pidOf(fleet, 'postgres');
      await fleet.stop();
      expect(identify(pid)).toBeNull();
    });
    expect(bench.said.join('\n')).not.toContain('was killed');
    const next = await bench.start({ DATABASE_URL: '' });
    expect(await withRecords(next.databaseUrl, (records) => records.tenants.find('acme'))).toEqual(policy);
  });

  test('leaves no process, and a restart on the same folder keeps what the queue held', async () => {
    const fleet = await bench.start({ WITH_CHILD: 'yes' });
    await withRedis(fleet.redisUrl, (client) => client.set('kept', 'yes'));
    const pids = fleet.processes().map(({ pid }) => pid);
    await Promise.all([fleet.stop(), fleet.stop()]);
    expect(pids.map(identify)).toEqual(pids.map(() => null));
    expect(fleet.processes()).toEqual([]);
    expect(statSync(join(fleet.dataDir, 'fleet.json'), { throwIfNoEntry: false })).toBeUndefined();
    const next = await bench.start();
    expect(await withRedis(next.redisUrl, (client) => client.get('kept'))).toBe('yes');
  });

  test('has stopped its door before a worker is told to stop', async () => {
    const fleet = await bench.start({ DRAIN_MS: '200' });
    await fleet.stop();
    const timeOf = (name: string, message: string): number => {
      const lines = readFileSync(join(fleet.dataDir, `logs/${name}.log`), 'utf8')
        .trim()
        .split('\n');
      const entries = lines.map((line) => JSON.parse(line) as { message: string; atMs: number });
      return entries.find((entry) => entry.message === message)?.atMs ?? Number.NaN;
    };
    expect(timeOf('analyzer-worker-1', 'stopping')).toBeGreaterThanOrEqual(timeOf('gateway-1', 'stopped'));
    expect(timeOf('analyzer-worker-2', 'stopping')).toBeGreaterThanOrEqual(timeOf('gateway-1', 'stopped'));
  });

  test('kills a service that does not stop in its time, and says so', async () => {
    const fleet = await bench.start({ STUBBORN: 'yes' }, { serviceGraceMs: 300 });
    const pids = fleet.processes().map(({ pid }) => pid);
    await fleet.stop();
    expect(bench.said.join('\n')).toContain('gateway-1 had not stopped after 0.3 s and was killed');
    expect(pids.map(identify)).toEqual(pids.map(() => null));
  });
});
