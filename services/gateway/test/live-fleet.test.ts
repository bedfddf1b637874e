import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FleetMessage, type FleetView, type WorkerReport } from '@sluice/contracts';
import { eventually } from '@sluice/testkit';
import { createJob, startGateway, type TestGateway } from './gateways.ts';
import { letterOf } from './letters.ts';
import { end } from './planner.ts';
import { readJobs, readStream, type StreamReader } from './sockets.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.clear());

/** The fleet as a reader keeps it: what the messages make of it. */
function fleetOf({ messages }: StreamReader<FleetMessage>): FleetView | null {
  let fleet: FleetView | null = null;
  for (const message of messages) {
    if (message.type === 'snapshot') fleet = message.fleet;
    if (message.type !== 'delta' || fleet === null) continue;
    const { jobs, deadLetters, ...lists } = message.set;
    fleet = {
      ...fleet,
      ...(jobs === undefined ? {} : { jobs }),
      ...(deadLetters === undefined ? {} : { deadLetters }),
    };
    for (const [name, entries] of Object.entries(lists)) {
      fleet = { ...fleet, [name]: { ...fleet[name as keyof typeof lists], ...entries } };
    }
    for (const [name, gone] of Object.entries(message.gone)) {
      for (const entry of gone) delete (fleet[name as keyof typeof lists] as Record<string, unknown>)[entry];
    }
  }
  return fleet;
}

const open = (at: Pick<TestGateway, 'url' | 'key'> = gateway) => readStream(at, 'fleet', FleetMessage);

function report(worker: string, seenMs: number): WorkerReport {
  const numbers = { cpuPercent: 1, rssBytes: 1, eventLoopLagMs: 1, tasksDone: 0, tasksFailed: 0, concurrency: 4 };
  const who = { worker, service: 'analyzer-worker', pool: 'analysis', version: '1', pid: 1, host: 'h' };
  return { v: 1, ...who, startedMs: 1, seenMs, ...numbers, doing: [] };
}

const tell = (worker: string, seenMs: number) =>
  gateway.redis.hset('workers', worker, JSON.stringify(report(worker, seenMs)));

describe('a reader of the fleet', () => {
  test('is an operator', async () => {
    for (const [tenant, role] of [
      ['acme', 'admin'],
      ['default', 'analyst'],
    ] as const) {
      const key = await gateway.addKey(tenant, role);
      await expect(open({ url: gateway.url, key })).rejects.toThrow('403');
    }
  });

  test('gets everything, and then only what changes: jobs, workers that come, fall silent and go', async () => {
    const reader = await open();
    await eventually(() => expect(reader.messages[0]?.type).toBe('snapshot'));
    const before = fleetOf(reader);
    expect(Object.keys(before?.queues ?? {}).toSorted()).toEqual(['aggregation', 'analysis', 'sandbox']);
    await tell('w1', Date.now());
    await createJob(gateway.jobs);
    await eventually(() => {
      expect(fleetOf(reader)?.pools).toEqual({ analysis: { workers: 1, alive: 1, concurrency: 4, doing: 0 } });
      expect(fleetOf(reader)?.jobs.open).toBe((before?.jobs.open ?? 0) + 1);
    });
    await tell('w1', Date.now() - 60_000);
    await eventually(() => expect(fleetOf(reader)?.alerts['worker-silent.w1']?.level).toBe('warning'));
    await gateway.redis.hdel('workers', 'w1');
    await eventually(() => expect([fleetOf(reader)?.workers, fleetOf(reader)?.pools]).toEqual([{}, {}]));
    expect(fleetOf(reader)?.alerts).toEqual({});
    const deltas = reader.messages.filter(({ type }) => type === 'delta');
    for (const message of deltas) if (message.type === 'delta') expect(message.set).not.toHaveProperty('queues');
    reader.socket.close();
  });

  test('hears of dead letters when they change, not only when they are counted again', async () => {
    const reader = await open();
    await eventually(() => expect(fleetOf(reader)?.deadLetters?.size).toBe(0));
    await gateway.records.deadLetters.save(letterOf());
    await gateway.redis.publish('dead-letters', '{}');
    await eventually(() => expect(fleetOf(reader)?.deadLetters?.size).toBe(1));
    reader.socket.close();
  });

  test('with company: all get the same, and one who comes later what there is then', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    await eventually(() => expect(fleetOf(two)).not.toBeNull());
    await tell('w2', Date.now());
    await eventually(() => expect(Object.keys(fleetOf(one)?.workers ?? {})).toEqual(['w2']));
    await eventually(() => expect(fleetOf(two)).toEqual(fleetOf(one)));
    const late = await open();
    await eventually(() => expect(fleetOf(late)?.workers).toHaveProperty('w2'));
    for (const { socket } of [one, two, late]) socket.close();
  });
});

test('while Redis is away the streams say that they are stale, and begin anew afterwards', async () => {
  const own = await startGateway({ appendOnly: true, sync: 'always' });
  const jobId = await createJob(own.jobs);
  const [fleet, jobs] = await Promise.all([open(own), readJobs(own)]);
  const types = ({ messages }: { messages: { type: string }[] }) => messages.map(({ type }) => type);
  await eventually(() => expect([types(fleet)[0], types(jobs)]).toEqual(['snapshot', ['snapshot']]));
  await own.server.crash();
  await eventually(() => expect([types(fleet).at(-1), types(jobs).at(-1)]).toEqual(['stale', 'stale']), 30_000);
  await own.server.restart();
  await eventually(() => expect(types(fleet).filter((type) => type === 'snapshot')).toHaveLength(2), 30_000);
  await eventually(() => expect(types(jobs)).toEqual(['snapshot', 'stale', 'snapshot']), 30_000);
  expect(types(fleet).filter((type) => type === 'stale')).toHaveLength(1);
  await end(own.jobs, jobId, 'failed');
  await eventually(() => expect(jobs.list().get(jobId)?.state).toBe('failed'));
  for (const { socket } of [fleet, jobs]) socket.close();
  await own.clear();
}, 90_000);
