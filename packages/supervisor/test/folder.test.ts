import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantPolicy } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { StartError } from '../src/index.ts';
import { DataFolder } from '../src/data-folder.ts';
import { stopLeftovers } from '../src/leftovers.ts';
import { identify } from '../src/process-identity.ts';
import { type Bench, ELSEWHERE, envOf, fileOf, fixture, makeBench, withRecords, withRedis } from './fleets.ts';

let bench: Bench;
let children: ChildProcess[];
beforeEach(async () => {
  bench = await makeBench();
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await bench.stop();
  const left = new DataFolder(bench.dataDir).recordedProcesses();
  await stopLeftovers(left, { serviceMs: 1_000, serverMs: 5_000 }, () => undefined);
  await bench.clear();
});

const policy = TenantPolicy.parse({ v: 1, tenant: 'acme', name: 'Acme' });

/** A supervisor in a process of its own. */
function spawnSupervisor(env: Record<string, string> = {}): {
  child: ChildProcess;
  output: () => string;
  end: Promise<number | null>;
} {
  const settings = {
    PATH: process.env.PATH,
    PORT: '0',
    SLUICE_DATA_DIR: bench.dataDir,
    DATABASE_URL: ELSEWHERE,
    ...env,
  };
  const child = spawn(process.execPath, [fixture('supervisor.ts')], {
    env: settings,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  return { child, output: () => text, end: new Promise((resolve) => child.once('close', resolve)) };
}

describe('a data folder', () => {
  test('carries one fleet: a second start is refused with the process and address of the first', async () => {
    const fleet = await bench.start();
    const second = bench.start();
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(
      new RegExp(`already runs on .* \\(process ${process.pid}\\) at ${fleet.url}\\.`),
    );
    expect(await (await fetch(fleet.url)).text()).toBe('door');
  });

  test('whose lock was left by a process that is gone is taken over', async () => {
    writeFileSync(
      join(bench.dataDir, 'supervisor.lock'),
      JSON.stringify({ pid: 2 ** 22 + 1, identity: 'another-boot:1' }),
    );
    await expect(bench.start()).resolves.toBeDefined();
  });

  test('whose lock names a process number that lives on in another process is taken over', async () => {
    writeFileSync(
      join(bench.dataDir, 'supervisor.lock'),
      JSON.stringify({ pid: process.pid, identity: 'another-boot:1' }),
    );
    await expect(bench.start()).resolves.toBeDefined();
  });

  test('of a supervisor that was killed is cleaned of its processes, keeps its state and starts again', async () => {
    const { child } = spawnSupervisor({ DATABASE_URL: '' });
    const left = await eventually(() => fileOf(bench));
    const { pid: oldQueue } = left.processes.find(({ name }) => name === 'redis-queue') ?? { pid: -1 };
    const { REDIS_URL } = await envOf(left, 'gateway-1');
    await withRedis(REDIS_URL ?? '', (client) => client.set('kept', 'yes'));
    const { DATABASE_URL } = await envOf(left, 'gateway-1');
    await withRecords(DATABASE_URL ?? '', async (records) => {
      await records.migrate();
      await records.tenants.put(policy, 1);
    });
    child.kill('SIGKILL');

    const fleet = await eventually(() => bench.start({ DATABASE_URL: '' }));
    expect(left.processes.map(({ pid }) => identify(pid))).toEqual(left.processes.map(() => null));
    expect(bench.said.join('\n')).toContain(`redis-queue (${oldQueue})`);
    expect(bench.said.join('\n')).toMatch(/postgres \(\d+\)/);
    expect(await withRedis(fleet.redisUrl, (client) => client.get('kept'))).toBe('yes');
    expect(await withRecords(fleet.databaseUrl, (records) => records.tenants.find('acme'))).toEqual(policy);
  });

  test('never loses a process to a recorded number that has come to mean another one', async () => {
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
    children.push(bystander);
    const processes = [{ name: 'redis-queue', pid: bystander.pid, identity: 'another-boot:1' }];
    writeFileSync(join(bench.dataDir, 'processes.json'), JSON.stringify({ v: 1, processes }));
    await bench.start();
    expect(identify(bystander.pid ?? -1)).not.toBeNull();
  });
});

describe('the command', () => {
  test('names every malformed setting at once and ends with status 2', async () => {
    const { output, end } = spawnSupervisor({ PORT: 'x', LOG_LEVEL: 'loud' });
    expect(await end).toBe(2);
    expect(output()).toContain('PORT must be a whole number from 0 to 65535, not "x"');
    expect(output()).toContain('LOG_LEVEL must be one of');
  });

  test('stops on SIGTERM with status 0 and is not hurt by further signals', async () => {
    const { child, output, end } = spawnSupervisor();
    await eventually(() => output().includes('to stop'));
    const { processes } = fileOf(bench);
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) child.kill(signal);
    expect(await end).toBe(0);
    expect(processes.map(({ pid }) => identify(pid))).toEqual(processes.map(() => null));
    expect(output()).toContain(`admin key   ${join(bench.dataDir, 'admin.key')}`);
  });

  test('stopped while it starts ends with status 0 and leaves nothing', async () => {
    const { child, output, end } = spawnSupervisor();
    await eventually(() => output().includes('Starting'));
    child.kill('SIGINT');
    expect(await end).toBe(0);
    await expect(bench.start()).resolves.toBeDefined();
    expect(bench.said.join('\n')).not.toContain('earlier fleet');
  });

  test('ends with status 1 where a fleet already runs', async () => {
    await bench.start();
    const { output, end } = spawnSupervisor();
    expect(await end).toBe(1);
    expect(output()).toContain('A fleet already runs on');
  });
});
