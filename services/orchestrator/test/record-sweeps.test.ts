import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobId } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { ERASURE } from '@sluice/records';
import { createDaily } from '../src/record/daily.ts';
import { createErasure } from '../src/record/erasure.ts';
import { createInboxSweep } from '../src/record/inbox-sweep.ts';
import { asideKeyOf, lastRunKey } from '../src/record/keys.ts';
import { createOrphanSweep } from '../src/record/orphans.ts';
import { createRestoreSweep } from '../src/record/restore-sweep.ts';
import { createRetention } from '../src/record/retention.ts';
import { createWorld, log, type World } from './record-world.ts';

const DAY_MS = 24 * 3_600_000;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());
beforeEach(() => world.redis.flushall());

const manifests = async (): Promise<JobId[]> =>
  (await world.inbox.list({ olderThanMs: 0, limit: 1_000 })).map(({ jobId }) => jobId);

async function walk(step: () => Promise<boolean>): Promise<void> {
  while (await step());
}

describe('when Redis has lost everything', () => {
  test('the reports of finished jobs are in the record, and those jobs are left in peace', async () => {
    const { jobId } = await world.finished();
    await world.drain();
    await world.redis.flushall();
    await walk(createRestoreSweep({ ...world, log }));
    await walk(createInboxSweep({ ...world, log, youngMs: 0 }));
    expect(await world.keysLeft(jobId)).toBe(0);
    expect((await world.table.report(jobId))?.report).toMatchObject({ jobId, verdict: 'suspicious' });
  });

  test('unfinished jobs come back as they were recorded, and go on to a complete log', async () => {
    const { jobId } = await world.submit();
    await world.begin(jobId);
    await world.drain();
    const before = await world.jobs.snapshot(jobId);
    await world.redis.flushall();
    await walk(createRestoreSweep({ ...world, log }));
    const after = await world.jobs.snapshot(jobId);
    expect(after).toMatchObject({ state: 'working', seq: before?.seq, meta: { jobId } });
    expect(after?.tasks.get('work.0')?.outcome).toMatchObject({ status: 'done' });
    expect(await world.redis.zscore(keysOf(jobId).open, jobId)).not.toBeNull();
    await world.end(jobId);
    await world.drain();
    const events = await world.table.events(jobId, 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'job.ended' });
    expect(await world.table.find(jobId)).toMatchObject({ state: 'completed', seq: events.length });
  });

  test('an amendment that was under way goes on; once it is recorded, the job is left in peace again', async () => {
    const { jobId } = await world.submit();
    await world.begin(jobId);
    const task = { jobId, task: 'work.1', stage: 'work', name: 'mail.extract', generation: 1, wakes: false };
    const settled = { attempts: 1, startedMs: 1, settledMs: Date.now(), worker: 'w' };
    const error = { code: 'down', message: 'It was down.', disposition: 'retry' } as const;
    await world.jobs.begin(task, 'w');
    await world.jobs.settle(task, 'failed', { ...settled, error });
    await world.finish(jobId);
    const opened = await world.jobs.redrive(task);
    if ('refused' in opened) throw new Error(opened.refused);
    const again = { ...task, generation: opened.generation };
    expect(await world.jobs.settle(again, 'done', { ...settled, result: {} })).toBe('healed');
    await world.drain();
    await world.redis.flushall();
    const sweep = createRestoreSweep({ ...world, log });
    await walk(sweep);
    expect(await world.jobs.snapshot(jobId)).toMatchObject({ state: 'completed', healed: 1, amended: 0 });
    expect(await world.redis.zscore(keysOf(jobId).open, jobId)).not.toBeNull();
    await world.amend(jobId, 2);
    await world.drain();
    expect(await world.table.find(jobId)).toMatchObject({ state: 'completed', revision: 2 });
    await world.redis.flushall();
    await walk(sweep);
    expect(await world.keysLeft(jobId)).toBe(0);
  });

  test('a job that was never recorded is created again from its manifest', async () => {
    const meta = await world.submit({ priority: 'high' });
    await world.redis.flushall();
    const sweep = createInboxSweep({ ...world, log, youngMs: 0 });
    await walk(sweep);
    expect((await world.jobs.snapshot(meta.jobId))?.meta).toEqual(meta);
    await walk(sweep);
    await world.begin(meta.jobId);
    await world.end(meta.jobId);
    await world.drain();
    expect(await world.table.find(meta.jobId)).toMatchObject({ state: 'completed' });
    expect(await manifests()).toEqual([]);
  });

  test('a walk through more jobs than a page holds leaves none out, and changes nothing the second time', async () => {
    const metas = await Promise.all(Array.from({ length: 520 }, () => world.submit()));
    await world.drain();
    await world.redis.flushall();
    const sweep = createRestoreSweep({ ...world, log });
    await walk(sweep);
    await walk(sweep);
    const held = await Promise.all(metas.map(({ jobId }) => world.keysLeft(jobId)));
    expect(held.filter((count) => count === 1)).toHaveLength(520);
    expect(await sweep()).toBe(false);
    await world.redis.flushall();
    for (const { jobId } of metas) await world.jobs.cancel(jobId);
    await world.records.jobs.eraseTenant('default', { limit: 10_000 });
    // Hundreds of jobs: on a machine that does much else it takes a while.
  }, 240_000);
});

describe('when Redis has lost its last second', () => {
  test('a job that the record knows further becomes again what was recorded, and its end is not lost', async () => {
    const { jobId } = await world.submit();
    await world.begin(jobId);
    const { job, events, open } = keysOf(jobId);
    for (const key of [job, events]) await world.redis.copy(key, `${key}:before`);
    await world.end(jobId);
    await world.drain();
    const recorded = await world.table.find(jobId);
    for (const key of [job, events]) await world.redis.rename(`${key}:before`, key);
    await world.redis.zadd(open, 0, jobId);
    await world.jobs.cancel(jobId);
    await world.drain();
    expect(await world.jobs.snapshot(jobId)).toMatchObject({ state: 'completed', seq: recorded?.seq });
    expect(await world.table.find(jobId)).toEqual(recorded);
    const told = await world.table.events(jobId, 0);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index + 1));
    expect(told).toHaveLength(recorded?.seq ?? -1);
  });

  test('a job that has overtaken what is recorded before anybody looked becomes that again: its log stays one history', async () => {
    for (const attempts of [0, 1]) {
      const { jobId } = await world.submit();
      await world.begin(jobId);
      const { job, events } = keysOf(jobId);
      for (const key of [job, events]) await world.redis.copy(key, `${key}:before`);
      await world.end(jobId);
      await world.drain();
      const recorded = await world.table.find(jobId);
      const told = await world.table.events(jobId, 0);
      for (const key of [job, events]) await world.redis.rename(`${key}:before`, key);
      // Done again, with as many events as the first time, or more.
      const task = { jobId, task: 'work.1', stage: 'work', name: 'mail.extract', generation: 1, wakes: false };
      for (let number = 1; number <= attempts; number += 1) {
        await world.jobs.begin(task, 'other');
        await world.jobs.release(task, 'other', {});
      }
      await world.end(jobId);
      expect((await world.jobs.snapshot(jobId))?.seq).toBe((recorded?.seq ?? 0) + 2 * attempts);
      await world.drain();
      expect(await world.table.events(jobId, 0)).toEqual(told);
      expect(await world.table.find(jobId)).toEqual(recorded);
      expect(await world.jobs.snapshot(jobId)).toMatchObject({ state: 'completed', seq: recorded?.seq });
      // And goes on from there.
      await world.amend(jobId, 2);
      await world.drain();
      expect((await world.table.events(jobId, 0)).map(({ seq }) => seq)).toEqual([
        ...told.map(({ seq }) => seq),
        told.length + 1,
      ]);
    }
  });

  test('an image that cannot be restored does not keep the others from coming back', async () => {
    const [bad, good] = [await world.submit(), await world.submit()];
    await world.drain();
    await world.redis.flushall();
    const refusing = async (jobId: JobId) => {
      if (jobId === bad.jobId) throw new TypeError('this is no image');
      return world.restore(jobId);
    };
    const sweep = createRestoreSweep({ ...world, log, restore: refusing });
    await walk(sweep);
    expect([await world.keysLeft(bad.jobId), await world.keysLeft(good.jobId)]).toEqual([0, 1]);
    await walk(createRestoreSweep({ ...world, log }));
    expect(await world.keysLeft(bad.jobId)).toBe(1);
  });
});

describe('the manifest of a submission', () => {
  test('is left as long as its job is in Redis only, and removed once that is recorded', async () => {
    const { jobId } = await world.submit();
    const sweep = createInboxSweep({ ...world, log, youngMs: 0 });
    await walk(sweep);
    expect(await manifests()).toEqual([jobId]);
    await world.drainer({ inbox: { remove: () => Promise.resolve() } }).round();
    expect(await manifests()).toEqual([jobId]);
    await walk(sweep);
    expect(await manifests()).toEqual([]);
  });

  test('that is young is left to the gateway, whose job may not be there yet', async () => {
    const { jobId } = await world.submit();
    await world.redis.flushall();
    await walk(createInboxSweep({ ...world, log, youngMs: 60_000 }));
    expect(await world.keysLeft(jobId)).toBe(0);
    await world.inbox.remove(jobId);
  });
});

describe('retention', () => {
  const later = (days: number) => () => Date.now() + days * DAY_MS;
  const retention = (now: () => number) =>
    createRetention({
      ...world,
      ...world.records,
      recordDays: 365,
      auditDays: 400,
      mailDays: 30,
      now,
    });
  const isStored = async (ref: string) =>
    world.blobs.get(ref).then(
      () => true,
      () => false,
    );
  const mailOf = async (jobId: JobId) => (await world.table.find(jobId))?.mail ?? '';
  /** Puts the same mail into another job. */
  const twin = async (jobId: JobId) => world.finished({ input: { blob: await mailOf(jobId), sizeBytes: 10 } });

  test('removes raw mails after theirs, jobs with their reports after theirs, and open jobs never', async () => {
    const { jobId } = await world.finished();
    const open = await world.submit();
    await world.drain();
    const mail = await mailOf(jobId);
    const report = (await world.table.report(jobId))?.ref ?? '';
    await walk(retention(later(29)));
    expect(await isStored(mail)).toBe(true);
    await walk(retention(later(31)));
    expect([await isStored(mail), await isStored(report)]).toEqual([false, true]);
    expect(await world.table.find(jobId)).toMatchObject({ mail: null });
    await walk(retention(later(366)));
    expect(await world.table.find(jobId)).toBeNull();
    expect(await isStored(report)).toBe(false);
    expect(await world.table.find(open.jobId)).not.toBeNull();
  });

  test('keeps a blob that another job names, or that was put again within the day', async () => {
    const { jobId } = await world.finished();
    await world.drain();
    const mail = await mailOf(jobId);
    const other = await twin(jobId);
    await world.drain();
    await world.records.jobs.dropMails({ beforeMs: 0, limit: 10 });
    await walk(retention(later(0.5)));
    expect(await isStored(mail)).toBe(true);
    const step = createRetention({
      ...world,
      ...world.records,
      // As if only the first had ended so long ago.
      jobs: {
        ...world.table,
        dropOlder: () => Promise.resolve({ jobs: 0, blobs: [] }),
        dropMails: () => Promise.resolve({ jobs: 1, blobs: [mail] }),
      },
      recordDays: 365,
      auditDays: 365,
      mailDays: 30,
    });
    await step();
    expect(await isStored(mail)).toBe(true);
    expect(await mailOf(other.jobId)).toBe(mail);
    await walk(retention(later(31)));
    expect(await isStored(mail)).toBe(false);
  });

  test('removes batches and messages with the jobs of their time, and what the audit says after its own', async () => {
    const { audit, messages, requests } = world.records;
    const [id, jobId] = [randomUUID(), randomUUID()];
    const atMs = Date.now();
    const traces = { tenant: 'traced', jobId };
    await requests.put({ id, tenant: 'traced', name: null, createdMs: atMs, jobIds: [jobId] });
    await messages.receive({ messageId: 7, ...traces, receivedMs: atMs });
    const deed = { actor: 'key-1', tenant: 'traced', action: 'key.revoke', target: 'key-2', detail: {} };
    await audit.append({ id, atMs, requestId: null, ...deed });
    const left = async () => [
      await requests.find(id),
      await messages.find(7),
      ...(await audit.list({ tenant: 'traced' })).entries,
    ];
    await walk(retention(later(364)));
    expect((await left()).filter((one) => one !== null)).toHaveLength(3);
    await walk(retention(later(366)));
    expect(await left()).toEqual([null, null, expect.objectContaining({ action: 'key.revoke' })]);
    await walk(retention(later(401)));
    expect(await left()).toEqual([null, null]);
  });

  test('leaves the blobs of a job that could not be recorded, whose keys live until it is', async () => {
    const { jobId } = await world.finished();
    const blob = (await world.jobs.snapshot(jobId))?.meta.input as { blob: string };
    const { job, events } = keysOf(jobId);
    const seq = (await world.redis.hget(job, 'seq')) ?? '';
    await world.redis.hset(job, 'seq', 'broken');
    await world.drain();
    for (const key of [job, events]) await world.redis.expire(key, 60);
    await world.redis.zadd(asideKeyOf(jobId), 0, jobId);
    await world.drain();
    for (const key of [job, events]) expect(await world.redis.ttl(key)).toBeGreaterThan(6 * 86_400);
    await walk(createOrphanSweep({ ...world, mailDays: 30, now: later(31) }));
    const dropped = { jobs: 1, blobs: [blob.blob] };
    const jobs = {
      dropOlder: () => Promise.resolve(dropped),
      dropMails: () => Promise.resolve({ jobs: 0, blobs: [] }),
    };
    const days = { recordDays: 365, auditDays: 400, mailDays: 30 };
    await createRetention({ ...world, ...world.records, ...days, jobs, now: later(31) })();
    expect(await isStored(blob.blob)).toBe(true);
    await world.redis.hset(job, 'seq', seq);
    await world.redis.zadd(asideKeyOf(jobId), 0, jobId);
    await world.drain();
    expect((await world.table.find(jobId))?.mail).toBe(blob.blob);
  });

  test('does nothing while the journal is far behind', async () => {
    const { jobId } = await world.finished();
    await world.drain();
    const lagging = { ...world.journal, lag: () => Promise.resolve({ entries: 1, oldestMs: DAY_MS }) };
    const step = createRetention({
      ...world,
      ...world.records,
      journal: lagging,
      recordDays: 1,
      auditDays: 1,
      mailDays: 1,
      now: later(100),
    });
    await walk(step);
    expect(await world.table.find(jobId)).toMatchObject({ mail: expect.any(String) });
  });

  test('finds blobs that no job names, when they are old, and no others', async () => {
    const { jobId } = await world.finished();
    await world.drain();
    const orphan = await world.blobs.put('default', new TextEncoder().encode('nobody names me'), { durable: false });
    await walk(createOrphanSweep({ ...world, mailDays: 30 }));
    expect(await isStored(orphan)).toBe(true);
    await walk(createOrphanSweep({ ...world, mailDays: 30, now: later(31) }));
    expect([await isStored(orphan), await isStored(await mailOf(jobId))]).toEqual([false, true]);
  });

  test('looks for orphans a day after the last time, though no process lives so long', async () => {
    let walks = 0;
    const step = async () => Promise.resolve(++walks % 2 === 1);
    const lookAt = async (days: number) => walk(createDaily({ name: 'x', redis: world.redis, step, now: later(days) }));
    for (const days of [0, 0.4, 0.8]) await lookAt(days);
    expect(walks).toBe(0);
    await lookAt(1.1);
    expect(walks).toBe(2);
    for (const days of [1.5, 2]) await lookAt(days);
    expect(walks).toBe(2);
    await lookAt(2.2);
    expect(walks).toBe(4);
    expect(await world.redis.ttl(lastRunKey('x'))).toBeGreaterThan(0);
  });

  test('leaves what is older than the record, which knows nothing of that time', async () => {
    const foreign = await world.blobs.put('default', new TextEncoder().encode('of another record'), { durable: false });
    const table = { ...world.table, oldestMs: () => Promise.resolve<number | null>(later(1)()) };
    await walk(createOrphanSweep({ ...world, table, mailDays: 30, now: later(31) }));
    table.oldestMs = () => Promise.resolve(null);
    await walk(createOrphanSweep({ ...world, table, mailDays: 30, now: later(31) }));
    expect(await isStored(foreign)).toBe(true);
  });
});

describe("the erasure of a tenant's data", () => {
  const order = async (tenant: string) => {
    const id = randomUUID();
    await world.records.audit.append({
      id,
      atMs: Date.now(),
      actor: 'key-1',
      tenant,
      action: ERASURE.ordered,
      target: tenant,
      detail: {},
      requestId: 'request-1',
    });
    return id;
  };

  /** Steps until the order is done; each step by a process that knows nothing of those before, where `forgets`. */
  async function carryOut(
    id: string,
    { forgets = false, records = world.records }: { forgets?: boolean; records?: World['records'] } = {},
  ): Promise<{ forgotten: string[] }> {
    const forgotten: string[] = [];
    let nowMs = Date.now();
    const make = () =>
      createErasure({
        ...world,
        records,
        log,
        worker: 'orchestrator',
        now: () => nowMs,
        forgetCached: async (tenant) => void forgotten.push(tenant),
      });
    let step = make();
    for (let round = 0; round < 50; round += 1) {
      await step().catch(() => undefined);
      await world.drain();
      nowMs += 1_500;
      if (forgets && round < 5) step = make();
      const { entries } = await world.records.audit.list({ action: ERASURE.done, target: id });
      if (entries.length > 0) return { forgotten };
    }
    throw new Error('the order is not carried out');
  }

  test('takes its jobs, manifests and blobs everywhere, and nothing of others', async () => {
    const mine = [await world.finished({ tenant: 'gone' }), await world.submit({ tenant: 'gone' })];
    await world.drain();
    mine.push(await world.finished({ tenant: 'gone' }), await world.submit({ tenant: 'gone' }));
    const other = await world.finished({ tenant: 'stays' });
    await world.drainer({ inbox: { remove: () => Promise.resolve() } }).round();
    const { forgotten } = await carryOut(await order('gone'));
    for (const { jobId } of mine) {
      expect(await world.keysLeft(jobId)).toBe(0);
      expect(await world.table.find(jobId)).toBeNull();
      expect(await manifests()).not.toContain(jobId);
    }
    for await (const { ref } of world.blobs.list('gone')) throw new Error(`${ref} is left`);
    expect(await world.keysLeft(other.jobId)).toBe(1);
    expect(await world.table.find(other.jobId)).not.toBeNull();
    expect(forgotten).toEqual(['gone']);
  });

  test('takes what could not be recorded too, though nobody can read it', async () => {
    const { jobId } = await world.finished({ tenant: 'gone' });
    await world.redis.hset(keysOf(jobId).job, 'seq', 'broken');
    await world.drain();
    expect(await world.table.find(jobId)).toBeNull();
    await world.inbox.remove(jobId);
    await carryOut(await order('gone'));
    expect(await world.keysLeft(jobId)).toBe(0);
    for await (const { ref } of world.blobs.list('gone')) throw new Error(`${ref} is left`);
  });

  test('that cannot go on holds up no other', async () => {
    const theirs = await world.finished({ tenant: 'gone' });
    await world.drain();
    await order('stuck');
    const search: World['table']['search'] = (asked) =>
      asked.tenant === 'stuck' ? Promise.reject(new Error('no')) : world.table.search(asked);
    const records = { ...world.records, jobs: { ...world.table, search } };
    await carryOut(await order('gone'), { records });
    expect(await world.table.find(theirs.jobId)).toBeNull();
  });

  test('goes on after each step in another process, and says in the audit that it is done', async () => {
    const metas = await Promise.all(Array.from({ length: 10 }, () => world.finished({ tenant: 'gone' })));
    await world.drain();
    const id = await order('gone');
    await carryOut(id, { forgets: true });
    for (const { jobId } of metas) expect(await world.table.find(jobId)).toBeNull();
    const { entries } = await world.records.audit.list({ action: ERASURE.done, target: id });
    expect(entries).toMatchObject([{ tenant: 'gone', actor: 'orchestrator', requestId: 'request-1' }]);
  });
});
