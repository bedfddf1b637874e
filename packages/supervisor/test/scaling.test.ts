import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TaskMessage, type WorkerReport } from '@sluice/contracts';
import { createProducer } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import type { Fleet, ServiceSpec } from '../src/index.ts';
import { type Bench, fakeServices, makeBench, pidOf, withRedis } from './fleets.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench();
});
afterEach(() => bench.clear());

/** The fake house with analyzers that follow the queue `analysis`. */
function scaledServices(least: number, most: number): ServiceSpec[] {
  const scaled = { pool: 'analysis', bounds: { least, most } } as const;
  return fakeServices().map((spec) => (spec.isDoor ? spec : { ...spec, processes: least, scaled }));
}

const analyzers = (fleet: Fleet): string[] =>
  fleet
    .processes()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('analyzer'));

function message(at: number): TaskMessage {
  return TaskMessage.parse({
    v: 1,
    name: 'mail.parse',
    jobId: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    tenant: 'default',
    task: 'parse',
    stage: 'parsing',
    generation: 1,
    wakes: false,
    priority: 'normal',
    payload: {},
  });
}

test('a pool grows to its most while work waits, and shrinks in order when it is done', async () => {
  const fleet = await bench.start(
    { WORKERS_GROW_AFTER: '0', WORKERS_SHRINK_AFTER: '0' },
    { services: scaledServices(1, 3) },
  );
  expect(analyzers(fleet)).toEqual(['analyzer-worker-1']);
  await withRedis(fleet.redisUrl, async (client) => {
    const producer = createProducer(client);
    const tasks = Array.from({ length: 5 }, (_, at) => ({
      message: message(at),
      pool: 'analysis' as const,
      attempts: 1,
      depth: 0,
    }));
    await producer.tasks(tasks);
    await eventually(() => expect(analyzers(fleet)).toHaveLength(3));
    await client.flushall();
    await eventually(() => expect(analyzers(fleet)).toEqual(['analyzer-worker-1']));
    await producer.close();
  });
  for (const number of [2, 3]) {
    expect(readFileSync(join(bench.dataDir, `logs/analyzer-worker-${number}.log`), 'utf8')).toContain('"stopped"');
  }
  expect(bench.said.filter((line) => line.includes('starting analyzer-worker-3'))).toHaveLength(1);
});

test('a worker that has done its share is replaced: its successor is ready before it is asked to stop', async () => {
  const fleet = await bench.start({ WORKER_MAX_TASKS: '10' }, { services: scaledServices(1, 1) });
  const report: WorkerReport = {
    v: 1,
    worker: 'w1',
    service: 'analyzer-worker',
    pool: 'analysis',
    version: '0.1.0',
    pid: pidOf(fleet, 'analyzer-worker-1'),
    host: hostname(),
    startedMs: Date.now(),
    seenMs: Date.now() + 60_000,
    cpuPercent: 0,
    rssBytes: 1,
    eventLoopLagMs: 0,
    tasksDone: 9,
    tasksFailed: 1,
    concurrency: 5,
    doing: [],
  };
  await withRedis(fleet.redisUrl, (client) => client.hset('workers', 'w1', JSON.stringify(report)));
  await eventually(() => expect(analyzers(fleet)).toEqual(['analyzer-worker-2']));
  const timesOf = (number: number, word: string) => {
    const lines = readFileSync(join(bench.dataDir, `logs/analyzer-worker-${number}.log`), 'utf8')
      .trim()
      .split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { message: string; atMs: number });
    return entries.filter(({ message: said }) => said === word).map(({ atMs }) => atMs);
  };
  expect(timesOf(1, 'stopping')).toHaveLength(1);
  expect(timesOf(2, 'up')[0]).toBeLessThan(timesOf(1, 'stopping')[0] ?? 0);
  expect(bench.said.join('\n')).toContain('analyzer-worker-1 is replaced, because it has done 10 tasks');
});
