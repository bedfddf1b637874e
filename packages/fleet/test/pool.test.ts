import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobMeta, type Priority, SluiceError, type TaskRecord } from '@sluice/contracts';
import { createJobStore, field, type JobSnapshot, type JobStore } from '@sluice/fleet/jobs';
import {
  createPool,
  createProducer,
  createWaker,
  type Handlers,
  Parked,
  type PoolConfig,
  type PoolRuntime,
  type Producer,
  type QueuedTask,
  queuedTask,
} from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { createSelfReport } from '../src/service/self-report.ts';
import { catalogue } from './pool-tasks.ts';

type Do = Handlers<typeof catalogue, 'analysis'>['test.do'];
type Config = PoolConfig<typeof catalogue, 'analysis'>;

let server: TestRedis;
let redis: Redis;
let jobs: JobStore;
let producer: Producer;
let pools: PoolRuntime[] = [];

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, { name: 'test' });
  jobs = createJobStore(redis);
  producer = createProducer(redis);
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.stop(0)));
  pools = [];
  await redis.flushall();
});
afterAll(async () => {
  await producer.close();
  await closeRedis(redis);
  await server.stop();
});

/** No error is of interest here but what the tests look at. */
const log = createLogger('test', 'test', 'error');
log.silent = true;

function configOf(work: Do, change: Partial<Config> = {}): Config {
  const handlers = { 'test.do': work, 'test.quick': work };
  const shared = { catalogue, redisUrl: server.url, jobs, concurrency: 2, log, retryBaseMs: 5 };
  return { pool: 'analysis', worker: 'w', handlers, ...shared, ...change };
}

function startPool(work: Do, change: Partial<Config> = {}): PoolRuntime {
  const pool = createPool(configOf(work, change));
  pool.start();
  pools.push(pool);
  return pool;
}

interface Wanted {
  name?: keyof typeof catalogue;
  text?: string;
  priority?: Priority;
  /** Place of the task's stage among two. */
  stage?: 'early' | 'late';
}

/** A job with one planned task, and the message of it; not queued yet. */
async function plan(wanted: Wanted = {}): Promise<QueuedTask> {
  const { name = 'test.do', text = '', priority = 'normal', stage = 'early' } = wanted;
  const jobId = randomUUIDv7();
  const fixed = { v: 1, tenant: 'default', pipeline: 'p', input: {}, timeoutMs: 60_000 } as const;
  const meta: JobMeta = { ...fixed, jobId, priority };
  await jobs.create(meta);
  const record: TaskRecord = { id: `${stage}.t`, name, stage, payload: { text }, required: false, wakes: false };
  const fields = {
    [field.task(record.id)]: JSON.stringify(record),
    [field.generation(record.id)]: 1,
    [field.open(stage)]: 1,
  };
  const dueMs = Date.now() + 60_000;
  const changes = { fields, events: [], state: 'work', stateIndex: 1, dueMs, ended: false, amended: false };
  expect(await jobs.apply(await jobOf({ jobId }), changes)).toBe(true);
  const outline = [{ name: 'early' }, { name: 'late' }];
  return queuedTask({ meta, outline }, { record, generation: 1 }, catalogue, undefined);
}

async function queue(wanted: Wanted = {}): Promise<QueuedTask> {
  const task = await plan(wanted);
  await producer.tasks([task]);
  return task;
}

async function jobOf({ jobId }: { jobId: string }): Promise<JobSnapshot> {
  const job = await jobs.snapshot(jobId);
  if (job === null) throw new Error('the job is gone');
  return job;
}

async function settled({ message }: QueuedTask, patienceMs?: number) {
  return eventually(async () => {
    const task = (await jobOf(message)).tasks.get(message.task);
    if (task?.outcome == null || task.isOpen) throw new Error('the task is open');
    return task.outcome;
  }, patienceMs);
}

const gone = ({ message }: QueuedTask) => eventually(async () => !(await producer.holds('analysis', message)));

/** A handler that waits for its signal, and a list of the reasons that it heard. */
function listener(): { reasons: unknown[]; work: Do } {
  const reasons: unknown[] = [];
  const work: Do = (_payload, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        reject(new Error('aborted'));
      });
    });
  return { reasons, work };
}

const answer: Do = ({ text }) => Promise.resolve({ text });

describe('a pool', () => {
  test('that has no handler for a task, or a handler for no task, does not start', () => {
    const strange = { 'test.do': answer, 'test.strange': answer } as unknown as Config['handlers'];
    expect(() => createPool(configOf(answer, { handlers: strange }))).toThrow(/test\.quick.*test\.strange/);
  });

  test('does the work, and settles with its result', async () => {
    startPool(answer);
    const task = await queue({ text: 'hello' });
    expect(await settled(task)).toMatchObject({ status: 'done', attempts: 1, worker: 'w', result: { text: 'hello' } });
    await gone(task);
  });

  test('serves the more urgent job first, and of equals the deeper stage', async () => {
    const order: string[] = [];
    for (const wanted of [
      { text: 'low', priority: 'low' },
      { text: 'early', stage: 'early' },
      { text: 'late', stage: 'late' },
      { text: 'urgent', priority: 'urgent' },
    ] as const) {
      await queue(wanted);
    }
    const work: Do = (payload) => {
      order.push(payload.text);
      return Promise.resolve(payload);
    };
    startPool(work, { concurrency: 1 });
    await eventually(() => expect(order).toEqual(['urgent', 'late', 'early', 'low']));
  });
});

describe('time', () => {
  test('that is over fires the signal, spends the attempt, and the task comes again', async () => {
    const { reasons, work } = listener();
    let calls = 0;
    startPool((payload, context) => (++calls === 1 ? work(payload, context) : answer(payload, context)));
    expect(await settled(await queue({ name: 'test.quick' }))).toMatchObject({ status: 'done', attempts: 2 });
    expect(reasons).toEqual(['time-limit']);
  });

  test('that is over every time settles the task as failed, also when the handler hears no signal', async () => {
    let calls = 0;
    startPool(() => {
      calls += 1;
      return new Promise(() => undefined);
    });
    const task = await queue({ name: 'test.quick' });
    expect(await settled(task)).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'time-limit' } });
    expect(calls).toBe(3);
    await gone(task);
  });
});

describe('errors', () => {
  test.each([
    ['may heal', 'retry', 4],
    ['does not heal', 'give-up', 1],
  ] as const)('an error that %s is tried as often as that is of use', async (_what, disposition, attempts) => {
    startPool(() => Promise.reject(new SluiceError('test', 'no', { disposition })));
    const task = await queue();
    expect(await settled(task)).toMatchObject({ status: 'failed', attempts, error: { code: 'test' } });
    await gone(task);
  });

  test('a short pause before the next attempt is not drawn out to a second', async () => {
    let calls = 0;
    startPool((payload) => {
      calls += 1;
      return calls < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve(payload);
    });
    const task = await queue();
    expect(await settled(task)).toMatchObject({ status: 'done', attempts: 3 });
    const events = await jobs.eventsAfter(task.message.jobId, 0);
    const started = events.filter(({ type }) => type === 'task.started').map(({ atMs }) => atMs);
    expect((started[2] ?? 0) - (started[0] ?? 0)).toBeLessThan(900);
  });

  test('an error says nothing internal to the submitter', async () => {
    startPool(() => Promise.reject(new Error('password=secret')));
    expect(JSON.stringify(await settled(await queue()))).not.toContain('secret');
  });

  test('a result over 16 KB fails the task', async () => {
    startPool(() => Promise.resolve({ text: 'x'.repeat(16 * 1024) }));
    expect(await settled(await queue())).toMatchObject({ status: 'failed', error: { code: 'result-too-large' } });
  });

  test('a payload that the task does not know fails it before its handler sees it', async () => {
    let calls = 0;
    startPool((payload) => {
      calls += 1;
      return Promise.resolve(payload);
    });
    const task = await plan();
    task.message.payload = { text: 7 };
    await producer.tasks([task]);
    expect(await settled(task)).toMatchObject({ status: 'failed', error: { code: 'bad-payload' } });
    expect(calls).toBe(0);
  });

  test('a payload over 64 KB is refused when it is queued', async () => {
    const task = await plan({ text: 'x'.repeat(64 * 1024) });
    await expect(producer.tasks([task])).rejects.toMatchObject({ code: 'payload-too-large' });
    expect(await producer.holds('analysis', task.message)).toBe(false);
  });
});

describe('cancelling a job', () => {
  test('aborts what runs, takes the message away and records nothing', async () => {
    const { reasons, work } = listener();
    const pool = startPool(work);
    await eventually(async () => (await redis.pubsub('NUMSUB', 'cancels'))[1] === 1);
    const task = await queue();
    await eventually(() => pool.status().doing.length === 1);
    await jobs.cancel(task.message.jobId);
    await gone(task);
    expect(reasons).toEqual(['cancelled']);
    const job = await jobOf(task.message);
    expect(job.tasks.get(task.message.task)).toMatchObject({ isOpen: true, outcome: null });
  });
});

describe('the end of a job', () => {
  test('that comes while the answer of begin is on its way aborts the task all the same', async () => {
    const task = await plan();
    const ear = redis.duplicate();
    await ear.subscribe('cancels');
    const heard = once(ear, 'message');
    const begin: JobStore['begin'] = async (...words) => {
      const begun = await jobs.begin(...words);
      await jobs.cancel(task.message.jobId);
      await heard;
      // The pool's own connection hears it at about the same time.
      await redis.ping();
      return begun;
    };
    startPool(listener().work, { jobs: { ...jobs, begin } });
    await eventually(async () => (await redis.pubsub('NUMSUB', 'cancels'))[1] === 2);
    await producer.tasks([task]);
    await gone(task);
    expect((await jobOf(task.message)).state).toBe('cancelled');
    await closeRedis(ear);
  });

  test.each(['failed', 'expired'] as const)('that %s aborts what runs for it', async (state) => {
    const { reasons, work } = listener();
    const pool = startPool(work);
    await eventually(async () => (await redis.pubsub('NUMSUB', 'cancels'))[1] === 1);
    const task = await queue();
    await eventually(() => pool.status().doing.length === 1);
    const ending = { fields: {}, events: [], state, stateIndex: 3, dueMs: null, ended: true, amended: false };
    expect(await jobs.apply(await jobOf(task.message), ending)).toBe(true);
    await gone(task);
    expect(reasons).toEqual(['cancelled']);
  });
});

describe('delivery', () => {
  test('of the same task twice does its work once', async () => {
    let calls = 0;
    startPool((payload) => {
      calls += 1;
      return Promise.resolve(payload);
    });
    const task = await plan();
    await Promise.all([producer.tasks([task]), producer.tasks([task])]);
    await settled(task);
    await gone(task);
    await producer.tasks([task]);
    await gone(task);
    expect(calls).toBe(1);
  });

  test('of a task that is done elsewhere in the meantime keeps the first outcome', async () => {
    startPool(async (payload) => {
      await jobs.settle(task.message, 'done', { result: { text: 'elsewhere' }, attempts: 1, settledMs: 1 });
      return payload;
    });
    const task = await plan({ text: 'here' });
    await producer.tasks([task]);
    await gone(task);
    expect((await settled(task)).result).toEqual({ text: 'elsewhere' });
  });
});

describe('a shutdown', () => {
  test('lets what runs come to its end', async () => {
    let finish: (() => void) | undefined;
    const pool = startPool((payload) => new Promise((resolve) => (finish = () => resolve(payload))));
    const task = await queue();
    await eventually(() => pool.status().doing.length === 1);
    const stopped = pool.stop();
    finish?.();
    await stopped;
    expect((await settled(task)).status).toBe('done');
  });

  test('gives back what does not end, un-spent, and another pool finishes it', async () => {
    const { reasons, work } = listener();
    const pool = startPool(work);
    const task = await queue();
    await eventually(() => pool.status().doing.length === 1);
    await pool.stop(0);
    expect(reasons).toEqual(['shutdown']);
    expect(await producer.holds('analysis', task.message)).toBe(true);
    const { tasks } = await jobOf(task.message);
    expect(tasks.get(task.message.task)).toMatchObject({ isOpen: true, running: null });
    startPool(answer, { worker: 'other' });
    expect(await settled(task)).toMatchObject({ status: 'done', attempts: 1, worker: 'other' });
  });
});

describe('a worker that is killed in mid-task', () => {
  async function startHost(worker: string, begun: number): Promise<ChildProcess> {
    const file = fileURLToPath(new URL('pool-host.ts', import.meta.url));
    const words = ['--disable-warning=ExperimentalWarning', file, server.url, worker];
    const host = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let lines = 0;
    host.stdout.on('data', (data: Buffer) => {
      lines += data.toString().split('\n').length - 1;
    });
    await eventually(() => lines === begun);
    return host;
  }

  test('loses its tasks to another one within 20 s; one that was in three crashes is poison, and what waited beside it is not', async () => {
    const plain = await plan({ text: 'plain' });
    const deadly = await plan({ text: 'deadly' });
    for (const worker of ['dead-1', 'dead-2']) await jobs.begin(deadly.message, worker);
    await producer.tasks([deadly]);
    const host = await startHost('dead-3', 1);
    await producer.tasks([plain]);
    await eventually(async () => expect((await producer.counts()).analysis?.active).toBe(2));
    const killedMs = performance.now();
    host.kill('SIGKILL');
    await once(host, 'exit');

    const done: string[] = [];
    const work: Do = (payload) => {
      done.push(payload.text);
      return Promise.resolve(payload);
    };
    startPool(work, { worker: 'alive' });
    expect(await settled(plain, 25_000)).toMatchObject({ status: 'done', attempts: 1, worker: 'alive' });
    expect(await settled(deadly, 25_000)).toMatchObject({ status: 'failed', error: { code: 'poison' } });
    expect(performance.now() - killedMs).toBeLessThan(20_000);
    expect(done).toEqual(['plain']);
    const attempts = async ({ message }: QueuedTask) => (await jobOf(message)).tasks.get(message.task)?.attempts;
    expect(await attempts(plain)).toEqual([]);
    expect((await attempts(deadly))?.map(({ code, worker }) => [code, worker])).toEqual(
      ['dead-1', 'dead-2', 'dead-3'].map((worker) => ['crash', worker]),
    );
  });
});

describe('a task whose worker lost its hold on it, but lives', () => {
  test('is done by another one, and that is no crash', async () => {
    const status = () => ({ done: 0, failed: 0, concurrency: 1, doing: [] });
    const alive = createSelfReport({ redis, service: 's', pool: 'analysis', worker: 'alive', version: '1', status });
    alive.start();
    const task = await plan();
    await jobs.begin(task.message, 'alive');
    await producer.tasks([task]);
    startPool((payload) => Promise.resolve(payload));
    expect(await settled(task)).toMatchObject({ status: 'done' });
    await alive.stop();
    const attempts = (await jobOf(task.message)).tasks.get(task.message.task)?.attempts;
    expect(attempts?.map(({ code, worker }) => [code, worker])).toEqual([['lost-lock', 'alive']]);
  });
});

describe('a task that was being done in two crashes', () => {
  /** Says who was at work when each task began, and ends them when it is told. */
  function watchman() {
    const inside = new Map<string, () => void>();
    const company: Record<string, string[]> = {};
    const work: Do = ({ text }) => {
      company[text] = [...inside.keys()];
      return new Promise((resolve) => {
        inside.set(text, () => {
          inside.delete(text);
          resolve({ text });
        });
      });
    };
    return { inside, company, work };
  }

  async function suspect(): Promise<QueuedTask> {
    const task = await plan({ text: 'suspect' });
    for (const worker of ['dead-1', 'dead-2']) await jobs.begin(task.message, worker);
    return task;
  }

  test('is done once more with nothing else of its worker beside it, and succeeds where it was a bystander', async () => {
    const { inside, company, work } = watchman();
    startPool(work, { concurrency: 3 });
    const first = await queue({ text: 'first' });
    await eventually(() => inside.has('first'));
    const task = await suspect();
    await producer.tasks([task]);
    await eventually(async () => expect((await producer.counts()).analysis?.active).toBe(2));
    const last = await queue({ text: 'last' });
    await eventually(async () => expect((await producer.counts()).analysis?.active).toBe(3));
    inside.get('first')?.();
    await eventually(() => inside.has('suspect'));
    await settled(first);
    expect([...inside.keys()]).toEqual(['suspect']);
    inside.get('suspect')?.();
    await eventually(() => inside.has('last'));
    inside.get('last')?.();
    expect(await settled(task)).toMatchObject({ status: 'done' });
    await settled(last);
    expect(company).toEqual({ first: [], suspect: [], last: [] });
  });

  test('goes back un-begun when its worker stops while it waits to be alone', async () => {
    const { inside, work } = watchman();
    const pool = startPool(work);
    await queue({ text: 'first' });
    await eventually(() => inside.has('first'));
    const task = await suspect();
    const before = await jobOf(task.message);
    await producer.tasks([task]);
    await eventually(async () => expect((await producer.counts()).analysis?.active).toBe(2));
    await pool.stop(0);
    expect(await producer.holds('analysis', task.message)).toBe(true);
    expect((await jobOf(task.message)).seq).toBe(before.seq);
  });
});

describe('a task whose question stands in a line', () => {
  const waitsFor = { quota: 'provider.hash', question: 'q' };
  const full = (waitMs: number) => {
    const retryAtMs = Date.now() + waitMs;
    return new SluiceError('quota-exhausted', 'used up', { disposition: 'retry-at', retryAtMs, waitsFor });
  };
  const viewOf = async ({ message }: QueuedTask) => (await jobOf(message)).tasks.get(message.task);

  /** Parks at first, answers when it is woken. */
  function startParking(waitMs: number): string[] {
    const tokens: string[] = [];
    startPool(({ text }, { token }) => {
      tokens.push(token);
      return tokens.length > 1 ? Promise.resolve({ text }) : Promise.reject(new Parked(full(waitMs)));
    });
    return tokens;
  }

  test('holds no message; where the wait is short its job waits for it, until it is woken by its token', async () => {
    const tokens = startParking(5_000);
    const task = await queue({ text: 'late' });
    await eventually(async () => expect(await viewOf(task)).toMatchObject({ isParked: true, isOpen: true }));
    await gone(task);
    const wake = createWaker({ jobs, producer, catalogue });
    expect(await wake(tokens)).toEqual({ busy: [], unwanted: [] });
    expect(await settled(task)).toMatchObject({ status: 'done', result: { text: 'late' } });
    expect(await viewOf(task)).toMatchObject({ isParked: false });
    expect((await jobOf(task.message)).healed).toBe(0);
  });

  test('lets its job go on where the wait is long, and heals it when it is woken', async () => {
    const tokens = startParking(3_600_000);
    const task = await queue();
    const outcome = await settled(task);
    expect(outcome).toMatchObject({ status: 'deferred', error: { code: 'quota-exhausted' }, waitsFor });
    // What people are shown does not name the quota.
    expect(JSON.stringify(await jobs.eventsAfter(task.message.jobId, 0))).not.toContain('provider.hash');
    expect(outcome?.error).not.toHaveProperty('waitsFor');
    await gone(task);
    expect(await createWaker({ jobs, producer, catalogue })(tokens)).toEqual({ busy: [], unwanted: [] });
    await eventually(async () => expect((await viewOf(task))?.outcome?.status).toBe('done'));
    expect((await jobOf(task.message)).healed).toBe(1);
  });

  test('is woken in vain while its message has not ended, which it is told', async () => {
    const [parking, ending] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()];
    let tries = 0;
    startPool(async ({ text }, { token }) => {
      if (++tries > 1) return { text };
      parking.resolve(token);
      await ending.promise;
      throw new Parked(full(5_000));
    });
    const task = await queue();
    const token = await parking.promise;
    const wake = createWaker({ jobs, producer, catalogue });
    expect(await wake([token])).toEqual({ busy: [token], unwanted: [] });
    ending.resolve();
    await gone(task);
    expect(await wake([token])).toEqual({ busy: [], unwanted: [] });
    expect(await settled(task)).toMatchObject({ status: 'done' });
  });

  test('leaves no mark of its worker, however often it stands there', async () => {
    const waits: string[] = [];
    startPool((_payload, { token }) => {
      waits.push(token);
      return Promise.reject(new Parked(full(3_600_000)));
    });
    const task = await queue();
    const wake = createWaker({ jobs, producer, catalogue });
    for (const times of [1, 2]) {
      await eventually(() => waits.length === times);
      await gone(task);
      expect(await viewOf(task)).toMatchObject({ running: null, isOpen: false, outcome: { status: 'deferred' } });
      if (times === 1) await wake(waits);
    }
  });

  test('is not woken once it is settled, superseded or cancelled', async () => {
    const tokens = startParking(3_600_000);
    const task = await queue();
    await settled(task);
    await gone(task);
    const wake = createWaker({ jobs, producer, catalogue });
    await jobs.redrive(task.message);
    expect((await wake(tokens)).unwanted).toEqual(tokens);
    expect((await wake([`${randomUUIDv7()} work.t 1`, 'nonsense'])).unwanted).toHaveLength(2);
    await jobs.cancel(task.message.jobId);
    expect((await wake([`${task.message.jobId} ${task.message.task} 2`])).unwanted).toHaveLength(1);
  });
});
