import { randomUUIDv7 } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type DeadLetter, type JobMeta, type TaskRecord, tasks } from '@sluice/contracts';
import { createFailureList, createJobStore, field, type JobSnapshot, type JobStore, keysOf } from '@sluice/fleet/jobs';
import { createAnnouncer } from '@sluice/fleet/notify';
import { createPool, createProducer, type Producer, type QueuedTask, queuedTask } from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger, type Logger } from '@sluice/fleet/service';
import { createSettings, type Settings } from '@sluice/fleet/settings';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';
import { createDesk, type DeskConfig } from '../src/desk/desk.ts';
import { LETTERS_CHANNEL } from '../src/desk/cases.ts';
import { type MemoryRecord, memoryRecord } from './memory-record.ts';

const checking = tasks['observable.check'];
const asking = tasks['provider.lookup'];
/** One attempt, so that what fails comes to the desk at once; and a provider's task whose payload names one. */
const catalogue = {
  'observable.check': { ...checking, attempts: 1 },
  'provider.lookup': { ...asking, attempts: 1, result: checking.result },
};
export const BLOB = `default/${'0'.repeat(64)}`;
const quiet = createLogger('test', 'test', 'error');
quiet.silent = true;

type Means = Pick<DeskConfig, 'redis' | 'jobs' | 'producer' | 'catalogue' | 'announcer' | 'log'>;

interface Planned {
  digit?: string;
  name?: keyof typeof catalogue;
  payload?: unknown;
  required?: boolean;
  timeoutMs?: number;
}

/** Counts how often the work is done; the first calls fail with these errors. */
export interface Counter {
  calls: number;
}

function fail(error: unknown): never {
  throw error;
}

/** Tasks and their planner's leavings, on a real Redis; what a test starts is stopped after it. */
export function retryWorld(log: Logger = quiet) {
  let server: TestRedis;
  let redis: Redis;
  let jobs: JobStore;
  let producer: Producer;
  let record: MemoryRecord;
  let rules: Settings;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, { name: 'test' });
    jobs = createJobStore(redis);
    producer = createProducer(redis);
    rules = createSettings({ redis, onError: fail });
  });
  beforeEach(() => {
    record = memoryRecord();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((part) => part.stop()));
    await redis.flushall();
  });
  afterAll(async () => {
    rules.stop();
    await producer.close();
    await closeRedis(redis);
    await server.stop();
  });

  async function jobOf(jobId: string): Promise<JobSnapshot> {
    const job = await jobs.snapshot(jobId);
    if (job === null) throw new Error('the job is gone');
    return job;
  }

  const letterOf = (jobId: string): DeadLetter | undefined => record.letters.get(`${jobId}.checks.t`);

  return {
    redis: () => redis,
    url: () => server.url,
    record: () => record,
    jobOf,
    letterOf,
    /** What the parts of the service are made of. */
    means: (): Means => {
      const announcer = createAnnouncer({ jobs, settings: rules, onError: fail });
      return { redis, jobs, producer, catalogue, announcer, log };
    },
    rules: () => rules,

    run<Part extends { start(): void; stop(): Promise<void> }>(part: Part): Part {
      part.start();
      running.push(part);
      return part;
    },

    startDesk(changes: Partial<DeskConfig> = {}) {
      const policy = { baseMs: 1, most: 3 };
      const pace = { budgetPercent: 20, budgetFloor: 1_000, everyMs: 20, leaseMs: 300, recordPauseMs: 50 };
      return this.run(createDesk({ ...this.means(), record, policy, ...pace, ...changes }));
    },

    startPool(...failures: (Error | null)[]): Counter {
      const counter = { calls: 0 };
      const handle = async () => {
        const failure = failures[counter.calls];
        counter.calls += 1;
        if (failure !== undefined && failure !== null) throw failure;
        return Promise.resolve({ findings: BLOB, count: 0 });
      };
      const handlers = { 'observable.check': handle, 'provider.lookup': handle };
      const shared = { catalogue, redisUrl: server.url, jobs, concurrency: 2, log };
      const pool = createPool({ pool: 'analysis', worker: 'alive', handlers, ...shared });
      pool.start();
      running.push(pool);
      return counter;
    },

    /** A job whose planner died after it wrote the plan: its task is open, and no queue holds it. */
    async planned(options: Planned = {}): Promise<QueuedTask> {
      const { digit = '0', name = 'observable.check', payload = { indicators: BLOB }, required = true } = options;
      const jobId = `${randomUUIDv7().slice(0, -1)}${digit}`;
      const fixed = { v: 1, tenant: 'default', pipeline: 'observable-scan', priority: 'normal', input: {} } as const;
      const meta: JobMeta = { ...fixed, jobId, timeoutMs: options.timeoutMs ?? 60_000 };
      await jobs.create(meta);
      const identity = { id: 'checks.t', name, stage: 'checks' };
      const planned: TaskRecord = { ...identity, payload, required, wakes: false };
      const fields = {
        stages: JSON.stringify([{ name: 'checks', state: 'checks', share: 100 }]),
        [field.stage('checks')]: `active ${Date.now()} `,
        [field.task(planned.id)]: JSON.stringify(planned),
        [field.generation(planned.id)]: 1,
        [field.open('checks')]: 1,
      };
      const dueMs = Date.now() + 60_000;
      const changes = { fields, events: [], state: 'checks', stateIndex: 1, dueMs, ended: false, amended: false };
      expect(await jobs.apply(await jobOf(jobId), changes)).toBe(true);
      const outline = [{ name: 'checks' }];
      return queuedTask({ meta, outline }, { record: planned, generation: 1 }, catalogue, undefined);
    },

    /** The same, and its task is in the queue. */
    async queued(options: Planned = {}): Promise<QueuedTask> {
      const task = await this.planned({ required: false, ...options });
      await producer.tasks([task]);
      return task;
    },

    /** Ends the job as its orchestrator does. */
    async endJob(jobId: string, state: 'completed' | 'failed' | 'expired'): Promise<void> {
      const job = await jobOf(jobId);
      const rest = { stateIndex: 2, dueMs: null, ended: true, amended: false };
      expect(await jobs.apply(job, { fields: {}, events: [{ type: 'job.ended', state }], state, ...rest })).toBe(true);
    },

    /** Puts a person's order before the desk, due now. */
    order: async (task: QueuedTask, action: 'requeue' | 'discard'): Promise<void> => {
      const { jobId, task: id } = task.message;
      await createFailureList(redis).order({ action, jobId, task: id, by: 'key-1' }, Date.now());
    },

    failed: ({ message }: QueuedTask) =>
      eventually(async () => {
        const { tasks: views } = await jobOf(message.jobId);
        expect(views.get(message.task)?.outcome?.status).toBe('failed');
      }),

    done: ({ message }: QueuedTask, patienceMs?: number) =>
      eventually(async () => {
        const { tasks: views } = await jobOf(message.jobId);
        expect(views.get(message.task)?.outcome?.status).toBe('done');
      }, patienceMs),

    /** The task's letter has come to this. */
    letter: ({ message }: QueuedTask, state: DeadLetter['state'], reason: DeadLetter['reason']): Promise<DeadLetter> =>
      eventually(() => {
        const letter = letterOf(message.jobId);
        expect(letter).toMatchObject({ state, reason });
        return letter as DeadLetter;
      }),

    /** The desk has nothing more to look at. */
    cleared: ({ message }: QueuedTask) =>
      eventually(async () => expect(await redis.zcard(keysOf(message.jobId).failed)).toBe(0)),

    /** Moves the looks that are put off to now. */
    async hurry(jobId: string): Promise<void> {
      const { failed } = keysOf(jobId);
      for (const member of await redis.zrange(failed, '0', '-1')) await redis.zadd(failed, 'XX', '1', member);
    },

    /** What is told on the letters' channel from now on. */
    async heard(): Promise<string[]> {
      const texts: string[] = [];
      const subscriber = redis.duplicate();
      subscriber.on('message', (_channel: string, text: string) => void texts.push(text));
      await subscriber.subscribe(LETTERS_CHANNEL);
      running.push({ stop: async () => void (await subscriber.quit()) });
      return texts;
    },
  };
}
