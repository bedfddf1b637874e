import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DeadLetter, SluiceError } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import type { QueuedTask } from '@sluice/fleet/queue';
import { openRecords, type Records } from '@sluice/records';
import { eventually, startTestPostgres, type TestPostgres } from '@sluice/testkit';
import type { DeskRecord } from '../src/desk/record.ts';
import { deskRecord } from '../src/service.ts';
import { retryWorld } from './world.ts';

const world = retryWorld();
const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });
const refused = new SluiceError('provider-key', 'refused');

let server: TestPostgres;
let records: Records;
let record: DeskRecord;

beforeAll(async () => {
  server = await startTestPostgres();
  records = openRecords({ url: server.url, onError: () => undefined });
  await records.migrate();
  record = deskRecord(records);
});
afterAll(async () => {
  await records.close();
  await server.stop();
});

/** The letter of the task in PostgreSQL has come to this. */
const recorded = ({ message: { jobId } }: QueuedTask, letter: Partial<DeadLetter>) =>
  eventually(async () => {
    await world.hurry(jobId);
    expect(await records.deadLetters.find(`${jobId}.checks.t`)).toMatchObject(letter);
  });

describe('with a real record', () => {
  test('what heals is resolved, with its story', async () => {
    const counter = world.startPool(down);
    world.startDesk({ record });
    const task = await world.queued();
    await world.done(task);
    await recorded(task, { state: 'resolved', reason: 'healed', redrives: 1, error: errorOf(down) });
    await world.cleared(task);
    expect(counter.calls).toBe(2);
  });

  test('what is parked is found by people, requeued and resolved', async () => {
    world.startPool(refused);
    world.startDesk({ record });
    const task = await world.queued();
    await recorded(task, { state: 'parked', reason: 'bad-data' });
    const { letters } = await records.deadLetters.list({ state: 'parked', jobId: task.message.jobId });
    expect(letters).toHaveLength(1);
    await world.order(task, 'requeue');
    await world.done(task);
    await recorded(task, { state: 'resolved', redrives: 1 });
  });

  test('a letter is saved after PostgreSQL was killed and came back, and its task is tried again meanwhile', async () => {
    await server.crash();
    const counter = world.startPool(refused, down);
    world.startDesk({ record });
    const parked = await world.queued({ digit: '1' });
    await eventually(() => expect(counter.calls).toBe(1));
    const healing = await world.queued({ digit: '2' });
    await world.done(healing);
    expect(await world.redis().zcard(keysOf(parked.message.jobId).failed)).toBe(1);
    await server.restart();
    await recorded(parked, { state: 'parked', reason: 'bad-data' });
    await recorded(healing, { state: 'resolved', redrives: 1 });
    await world.cleared(parked);
    await world.cleared(healing);
    expect(counter.calls).toBe(3);
  });
});

test('what people ordered is read from the audit: of one letter, by a filter, for a batch and for a job', async () => {
  const [jobId, batch] = [randomUUIDv7(), randomUUIDv7()];
  const entry = (action: string, target: string, atMs: number, detail = {}) => {
    const what = { actor: 'key-1', tenant: 'default', requestId: null };
    return records.audit.append({ id: randomUUIDv7(), atMs, action, target, detail, ...what });
  };
  await records.requests.put({ id: batch, tenant: 'default', name: null, createdMs: 1, jobIds: [jobId] });
  const filter = { state: 'parked', tenant: 'default' };
  await entry('dead-letter.discard', 'a.b', 999);
  await entry('dead-letter.requeue', 'a.b', 1_000);
  await entry('dead-letter.discard', 'dead-letters', 1_001, { filter, matched: 9, ordered: 8, ratePerSecond: 5 });
  await entry('batch.retry', batch, 1_002, { jobs: 1, tasks: 3, ratePerSecond: 20 });
  await entry('job.retry', jobId, 1_003);
  await entry('dead-letter.export', 'dead-letters', 1_004, { filter });
  const by = 'key-1';
  expect(await record.orders(1_000)).toEqual([
    {
      id: expect.any(String),
      atMs: 1_000,
      by,
      action: 'requeue',
      filters: [{ ids: ['a.b'] }],
      most: 1,
      ratePerSecond: 1,
    },
    { id: expect.any(String), atMs: 1_001, by, action: 'discard', filters: [filter], most: 8, ratePerSecond: 5 },
    { id: expect.any(String), atMs: 1_002, by, action: 'requeue', filters: [{ jobId }], most: 3, ratePerSecond: 20 },
    expect.objectContaining({ atMs: 1_003, action: 'requeue', filters: [{ jobId }] }),
  ]);
});

function errorOf({ code, message, disposition }: SluiceError) {
  return { code, message, disposition };
}
