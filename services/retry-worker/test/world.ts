import { randomUUIDv7 } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { type JobMeta, SluiceError, type TaskRecord, tasks } from '@sluice/contracts';
import { createFailureList, createJobStore, field, type JobSnapshot, type JobStore } from '@sluice/fleet/jobs';
import { createPool, createProducer, type Producer, type QueuedTask, queuedTask } from '@sluice/fleet/queue';
import { closeRedis, connectRedis, type Redis } from '@sluice/fleet/redis';
import { createLogger } from '@sluice/fleet/service';
import type { DeskConfig } from '../src/desk.ts';
import { eventually, startRedis, type TestRedis } from '@sluice/testkit';

const checking = tasks['observable.check'];
/** One attempt, so that what fails comes to the desk at once. */
const catalogue = { 'observable.check': { ...checking, attempts: 1 } };
const blob = `default/${'0'.repeat(64)}`;
const log = createLogger('test', 'test', 'error');
log.silent = true;

type Means = Omit<DeskConfig, 'policy' | 'everyMs'>;

/** One task and its planner's leavings, on a real Redis; what a test starts is stopped after it. */
export function retryWorld() {
  let server: TestRedis;
  let redis: Redis;
  let jobs: JobStore;
  let producer: Producer;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, { name: 'test' });
    jobs = createJobStore(redis);
    producer = createProducer(redis);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((part) => part.stop()));
    await redis.flushall();
  });
  afterAll(async () => {
    await producer.close();
    await closeRedis(redis);
    await server.stop();
  });

  async function jobOf(jobId: string): Promise<JobSnapshot> {
    const job = await jobs.snapshot(jobId);
    if (job === null) throw new Error('the job is gone');
    return job;
  }

  return {
    redis: () => redis,
    jobOf,
    /** What the parts of the service are made of. */
    means: (): Means => ({ jobs, failures: createFailureList(redis), producer, catalogue, log }),

    run(part: { start(): void; stop(): Promise<void> }): void {
      part.start();
      running.push(part);
    },

    /** Counts how often the work is done; the first calls fail with these errors. */
    startPool(...failures: SluiceError[]): { calls: number } {
      const counter = { calls: 0 };
      const handlers = {
        'observable.check': async () => {
          const failure = failures[counter.calls];
          counter.calls += 1;
          if (failure !== undefined) throw failure;
          return Promise.resolve({ findings: blob, count: 0 });
        },
      };
      const shared = { catalogue, redisUrl: server.url, jobs, concurrency: 2, log };
      const pool = createPool({ pool: 'analysis', worker: 'alive', handlers, ...shared });
      pool.start();
      running.push(pool);
      return counter;
    },

    /** A job whose planner died after it wrote the plan: its task is open, and no queue holds it. */
    async planned({ digit = '0', payload = { indicators: blob }, required = true } = {}): Promise<QueuedTask> {
      const jobId = `${randomUUIDv7().slice(0, -1)}${digit}`;
      const fixed = { v: 1, tenant: 'default', pipeline: 'observable-scan', priority: 'normal', input: {} } as const;
      const meta: JobMeta = { ...fixed, jobId, timeoutMs: 60_000 };
      await jobs.create(meta);
      const identity = { id: 'checks.t', name: 'observable.check', stage: 'checks' };
      const record: TaskRecord = { ...identity, payload, required, wakes: false };
      const fields = {
        stages: JSON.stringify([{ name: 'checks', state: 'checks', share: 100 }]),
        [field.task(record.id)]: JSON.stringify(record),
        [field.generation(record.id)]: 1,
        [field.open('checks')]: 1,
      };
      const dueMs = Date.now() + 60_000;
      const changes = { fields, events: [], state: 'checks', stateIndex: 1, dueMs, ended: false, amended: false };
      expect(await jobs.apply(await jobOf(jobId), changes)).toBe(true);
      return queuedTask({ meta, outline: [{ name: 'checks' }] }, { record, generation: 1 }, catalogue, undefined);
    },

    done: ({ message }: QueuedTask, patienceMs?: number) =>
      eventually(async () => {
        const { tasks: views } = await jobOf(message.jobId);
        expect(views.get(message.task)?.outcome?.status).toBe('done');
      }, patienceMs),
  };
}
