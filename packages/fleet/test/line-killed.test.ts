import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLine, createQuotas } from '@sluice/fleet/rate-limit';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

const HOST = fileURLToPath(new URL('./line-host.ts', import.meta.url));
const LIMIT = 6;
const QUOTA = { name: 'killed', marginMs: 500, windows: [{ kind: 'sliding' as const, seconds: 1, limit: LIMIT }] };
const LEASE_MS = 1_500;
const QUESTIONS = 60;
const KILL_AFTER = 8;

let server: TestRedis;
let redis: Redis;
let door: Server;
const hosts: ChildProcess[] = [];
const arrivals: { id: string; atMs: number }[] = [];
const manyArrived = Promise.withResolvers<void>();

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'line-killed' });
  door = createServer((request, response) => {
    arrivals.push({ id: request.url?.slice(1) ?? '', atMs: performance.now() });
    if (arrivals.length === KILL_AFTER) manyArrived.resolve();
    void wait(20 + 60 * Math.random()).then(() => response.end());
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
});
afterAll(async () => {
  for (const child of hosts) child.kill('SIGKILL');
  door.closeAllConnections();
  door.close();
  await closeRedis(redis);
  await server.stop();
});

async function startHost(name: string): Promise<void> {
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/`;
  const words = [HOST, server.url, url, name, JSON.stringify(QUOTA), String(LEASE_MS)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  hosts.push(child);
  await once(child.stdout, 'data');
}

const holder = () => redis.get('quota:{killed}:line:granter');

test('a granter that is killed costs one lease: the next one goes on, nothing is granted twice, and no window breaks', async () => {
  await Promise.all([startHost('host-0'), startHost('host-1')]);
  const quotas = createQuotas({ redis, quotas: [QUOTA] });
  const line = createLine({
    redis,
    quotas,
    process: 'test',
    onGranted: async () => undefined,
    onError: () => undefined,
  });
  const question = { quota: 'killed', tenant: 'a', priority: 'normal' as const, decides: 0, timeoutMs: 1_000 };
  for (let n = 0; n < QUESTIONS; n++) await line.park({ ...question, id: `q${n}`, token: `q${n}` });
  await manyArrived.promise;

  const held = (await holder()) ?? '';
  const killed = hosts[Number(/^host-(\d)#/.exec(held)?.[1])];
  const leaseLeftMs = await redis.pttl('quota:{killed}:line:granter');
  killed?.kill('SIGKILL');
  expect(leaseLeftMs).toBeLessThanOrEqual(LEASE_MS);
  await eventually(async () => ![null, held].includes(await holder()), 20_000);
  await eventually(async () => (await line.waiting('killed')).total === 0, 60_000);
  // What the killed process was about to call for is lost with it, and what a busy machine has cut off; everything else is asked.
  await eventually(() => QUESTIONS - arrivals.length <= LIMIT, 20_000);

  const ids = arrivals.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const spans = arrivals.slice(LIMIT).map(({ atMs }, first) => atMs - (arrivals[first]?.atMs ?? 0));
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(1_000);
}, 120_000);
