import { describe, expect, test } from '@jest/globals';
import { type DeadLetter, NotifyInput, SluiceError, TenantPolicy } from '@sluice/contracts';
import { keysOf } from '@sluice/fleet/jobs';
import { tokenOf } from '@sluice/fleet/queue';
import { eventually } from '@sluice/testkit';
import { BLOB, retryWorld } from './world.ts';

const world = retryWorld();
const { cleared, done, jobOf, letter, letterOf } = world;

const down = new SluiceError('provider-unreachable', 'no answer', { disposition: 'retry' });
const refused = new SluiceError('provider-key', 'refused');

describe('a task that time heals', () => {
  test('is tried again until it is done; its job has healed and its letter is resolved', async () => {
    const counter = world.startPool(down, down);
    world.startDesk();
    const task = await world.queued();
    await done(task);
    expect(counter.calls).toBe(3);
    const job = await jobOf(task.message.jobId);
    expect(job.healed).toBe(1);
    expect(job.tasks.get(task.message.task)).toMatchObject({ generation: 3, outcome: { generation: 3 } });
    await world.hurry(task.message.jobId);
    const told = await letter(task, 'resolved', 'healed');
    expect(told).toMatchObject({ redrives: 2, generation: 3, nextMs: null, error: { code: 'provider-unreachable' } });
    await cleared(task);
  });

  test('has a letter that says where, what and when, with every attempt', async () => {
    world.startPool(down);
    world.startDesk({ policy: { baseMs: 3_600_000, most: 3 } });
    const task = await world.queued();
    const told = await letter(task, 'scheduled', 'backoff');
    const { jobId } = task.message;
    const outcome = (await jobOf(jobId)).tasks.get('checks.t')?.outcome;
    expect(told).toMatchObject({
      id: `${jobId}.checks.t`,
      tenant: 'default',
      name: 'observable.check',
      pipeline: 'observable-scan',
      stage: 'checks',
      pool: 'analysis',
      payload: { indicators: BLOB },
      error: { code: 'provider-unreachable', message: 'no answer' },
      attempts: [{ generation: 1, number: 1, worker: 'alive', code: 'provider-unreachable', message: 'no answer' }],
      nextMs: (outcome?.settledMs ?? 0) + 3_600_000,
    });
  });

  test('is parked once its redrives are used up, and not tried any more', async () => {
    const counter = world.startPool(down, down, down, down);
    world.startDesk({ policy: { baseMs: 1, most: 2 } });
    const task = await world.queued();
    expect(await letter(task, 'parked', 'exhausted')).toMatchObject({ redrives: 2, nextMs: null });
    await world.hurry(task.message.jobId);
    await cleared(task);
    expect(counter.calls).toBe(3);
    expect(letterOf(task.message.jobId)?.attempts.map(({ generation }) => generation)).toEqual([1, 2, 3]);
  });

  test('is taken up although it failed while no desk was there', async () => {
    world.startPool(down);
    const task = await world.queued({ digit: 'b' });
    await eventually(async () => expect(await world.redis().zcard(keysOf(task.message.jobId).failed)).toBe(1));
    world.startDesk();
    await done(task);
  });

  test('is left to its line while it stands there, and is tried where the line has lost it', async () => {
    const task = await world.planned({ required: false });
    const { message } = task;
    const { redis, jobs } = world.means();
    const error = { code: 'quota-exhausted', message: 'used up', disposition: 'retry-at' } as const;
    const waitsFor = { quota: 'provider', question: 'q' };
    const place = ['quota:{provider}:line:q:q', `t:${tokenOf(message)}`] as const;
    await redis.hset(...place, '');
    const past = Date.now() - 120_000;
    const times = { attempts: 1, startedMs: past, settledMs: past, worker: 'alive' };
    await jobs.settle(message, 'deferred', { error: { ...error, retryAtMs: past }, waitsFor, ...times });
    world.startDesk();
    const { failed } = keysOf(message.jobId);
    const [entry = ''] = await redis.zrange(failed, '0', '-1');
    await eventually(async () =>
      expect(Number(await redis.zscore(failed, entry))).toBeGreaterThan(Date.now() + 30_000),
    );
    expect((await jobOf(message.jobId)).tasks.get('checks.t')).toMatchObject({ generation: 1 });
    await redis.hdel(...place);
    world.startPool();
    await world.hurry(message.jobId);
    await done(task);
    expect((await jobOf(message.jobId)).tasks.get('checks.t')).toMatchObject({ generation: 2 });
  });

  test('is tried once for each failure, however many desks there are', async () => {
    const counter = world.startPool(down);
    for (let n = 0; n < 3; n++) world.startDesk();
    const task = await world.queued();
    await done(task);
    await world.hurry(task.message.jobId);
    await letter(task, 'resolved', 'healed');
    await cleared(task);
    expect(counter.calls).toBe(2);
  });
});

describe('a task that names the moment', () => {
  test('waits for it, and its letter says so', async () => {
    const retryAtMs = Date.now() + 3_600_000;
    const later = new SluiceError('quota-exhausted', 'used up', { disposition: 'retry-at', retryAtMs });
    const counter = world.startPool(later);
    world.startDesk();
    const task = await world.queued();
    expect(await letter(task, 'scheduled', 'quota')).toMatchObject({ nextMs: retryAtMs });
    const { jobId } = task.message;
    const due = async () => Number(await world.redis().zscore(keysOf(jobId).failed, `${jobId} checks.t 1`));
    await eventually(async () => expect(await due()).toBe(retryAtMs));
    expect(counter.calls).toBe(1);
  });
});

describe('a task that no repetition helps', () => {
  test('is parked at once, and never tried by itself', async () => {
    const counter = world.startPool(refused);
    world.startDesk();
    const task = await world.queued();
    await letter(task, 'parked', 'bad-data');
    await cleared(task);
    expect(counter.calls).toBe(1);
  });

  test('and that killed its workers is parked as poison', async () => {
    const counter = world.startPool(new SluiceError('poison', 'The worker died 3 times while doing this task.'));
    world.startDesk();
    const task = await world.queued();
    await letter(task, 'parked', 'poison');
    await cleared(task);
    expect(counter.calls).toBe(1);
  });

  test('and that its job cannot do without ends the job with its error, and waits for a person', async () => {
    world.startPool(refused);
    const task = await world.queued({ required: true });
    await eventually(async () => expect(await world.redis().zcard(keysOf(task.message.jobId).failed)).toBe(1));
    await world.endJob(task.message.jobId, 'failed');
    world.startDesk();
    await letter(task, 'parked', 'bad-data');
    await cleared(task);
  });
});

describe('a letter', () => {
  test('is discarded when its job is over', async () => {
    world.startPool(down);
    world.startDesk({ policy: { baseMs: 3_600_000, most: 3 } });
    const task = await world.queued();
    await letter(task, 'scheduled', 'backoff');
    await world.means().jobs.cancel(task.message.jobId);
    await world.hurry(task.message.jobId);
    await letter(task, 'discarded', 'job-over');
    await cleared(task);
  });

  test('is told of on the channel whenever its state changes, and only then', async () => {
    const heard = await world.heard();
    world.startPool(down, down);
    world.startDesk();
    const task = await world.queued();
    await done(task);
    await world.hurry(task.message.jobId);
    await letter(task, 'resolved', 'healed');
    const states = () => heard.map((text) => (JSON.parse(text) as DeadLetter).state);
    await eventually(() => expect(states()).toEqual(['scheduled', 'resolved']));
    const { id } = letterOf(task.message.jobId) ?? { id: '' };
    expect(JSON.parse(heard[0] ?? '')).toEqual({ type: 'dead-letter', id, tenant: 'default', state: 'scheduled' });
  });

  test('is saved later when the record is away: what heals meanwhile is tried again all the same', async () => {
    world.record().isAway = true;
    const counter = world.startPool(down);
    world.startDesk();
    const task = await world.queued();
    await done(task);
    expect(counter.calls).toBe(2);
    expect(world.record().letters.size).toBe(0);
    expect(await world.redis().zcard(keysOf(task.message.jobId).failed)).toBe(1);
    world.record().isAway = false;
    await eventually(async () => {
      await world.hurry(task.message.jobId);
      expect(letterOf(task.message.jobId)).toMatchObject({ state: 'resolved', redrives: 1 });
    });
    await cleared(task);
  });

  test('that is parked is not lost while the record is away', async () => {
    world.record().isAway = true;
    world.startPool(refused);
    world.startDesk();
    const task = await world.queued();
    const { failed } = keysOf(task.message.jobId);
    await eventually(async () => {
      const [, dueMs] = await world.redis().zrange(failed, '0', '-1', 'WITHSCORES');
      expect(Number(dueMs)).toBeGreaterThan(Date.now() + 1_000);
    });
    world.record().isAway = false;
    await eventually(async () => {
      await world.hurry(task.message.jobId);
      expect(letterOf(task.message.jobId)).toMatchObject({ state: 'parked', reason: 'bad-data' });
    });
    await cleared(task);
  });
});

describe('webhooks', () => {
  test('are told of a letter that waits for a person, once, and of no other', async () => {
    const webhook = {
      id: 'wh_0123456789abcdef',
      url: 'https://soc.example/',
      events: ['dead-letter'],
      secret: `v1.${'n'.repeat(16)}.${'s'.repeat(22)}`,
      createdMs: 1,
    };
    await world.rules().putTenant(TenantPolicy.parse({ v: 1, tenant: 'default', name: 'd', webhooks: [webhook] }));
    const { jobs } = world.means();
    const told = async () => {
      const ids = (
        await Promise.all((await world.redis().keys('open:*')).map(async (key) => world.redis().zrange(key, '0', '-1')))
      ).flat();
      const metas = await Promise.all(ids.map(async (jobId) => (await jobs.snapshot(jobId))?.meta));
      return metas.filter((meta) => meta?.pipeline === 'notify').map((meta) => NotifyInput.parse(meta?.input));
    };
    world.startPool(down, refused);
    for (let n = 0; n < 2; n++) world.startDesk();
    const task = await world.queued();
    await letter(task, 'parked', 'bad-data');
    const { jobId } = task.message;
    expect(await told()).toMatchObject([
      { event: 'dead-letter', subject: `${jobId}.checks.t`, data: { jobId, code: 'provider-key' } },
    ]);
    await world.hurry(jobId);
    await cleared(task);
    expect(await told()).toHaveLength(1);
  });
});
