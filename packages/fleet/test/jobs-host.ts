import { randomUUIDv7 } from 'node:crypto';
import type { JobEventBody, JobMeta, OutcomeStatus, TaskAttempt, TaskOutcome, TaskRecord } from '@sluice/contracts';
import { createJobStore, encodeStage, field, type JobChanges, type JobSnapshot, keysOf } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';

export type Host = ReturnType<typeof createHost>;

interface Planned {
  required?: boolean;
  stage?: string;
}

/** A job with tasks in the stages `work` and `sum`, and short ways to do things to it. */
export function createHost(redis: Redis) {
  const jobs = createJobStore(redis);
  const jobId = randomUUIDv7();
  const keys = keysOf(jobId);

  async function seen(): Promise<JobSnapshot> {
    const job = await jobs.snapshot(jobId);
    if (job === null) throw new Error('the job is gone');
    return job;
  }

  function ref(task: string, generation = 1, stage = 'work') {
    return { jobId, task, stage, name: 'test.do', generation, wakes: false };
  }

  async function apply(change: Partial<JobChanges>): Promise<void> {
    const fixed = { state: 'working', stateIndex: 1, dueMs: Date.now() + 60_000, ended: false, amended: false };
    const changes = { fields: {}, events: [], ...fixed, ...change };
    if (!(await jobs.apply(await seen(), changes))) throw new Error('the plan was refused');
  }

  async function plan(tasks: Record<string, Planned>): Promise<void> {
    const fixed = { v: 1, tenant: 'default', pipeline: 'p', priority: 'normal', input: {} } as const;
    const meta: JobMeta = { ...fixed, jobId, timeoutMs: 10_000 };
    await jobs.create(meta);
    const active = encodeStage({ status: 'active', startedMs: 1, endedMs: null, open: 0 });
    const outline = [
      { name: 'work', state: 'working', share: 50 },
      { name: 'more', state: 'working', share: 10 },
      { name: 'sum', state: 'summing', share: 40 },
    ];
    const fields: JobChanges['fields'] = { stages: JSON.stringify(outline), [field.stage('work')]: active };
    const open: Record<string, number> = {};
    for (const [id, { required = false, stage = 'work' }] of Object.entries(tasks)) {
      const record: TaskRecord = { id, name: 'test.do', stage, payload: { id }, required, wakes: false };
      open[stage] = (open[stage] ?? 0) + 1;
      Object.assign(fields, { [field.task(id)]: JSON.stringify(record), [field.generation(id)]: 1 });
    }
    for (const [stage, count] of Object.entries(open)) fields[field.open(stage)] = count;
    await apply({ fields });
  }

  return {
    jobs,
    jobId,
    keys,
    seen,
    ref,
    apply,
    plan,
    settle(task: string, status: OutcomeStatus = 'done', generation = 1, attempt?: TaskAttempt, stage = 'work') {
      const outcome: TaskOutcome = { attempts: 1, settledMs: 1 };
      return jobs.settle(ref(task, generation, stage), status, outcome, attempt);
    },
    async end(state: 'completed' | 'failed' | 'expired'): Promise<void> {
      const events: JobEventBody[] = [{ type: 'job.ended', state }];
      const error = '{"code":"c","message":"m","disposition":"give-up"}';
      const fields: JobChanges['fields'] = state === 'completed' ? {} : { error };
      await apply({ fields, events, state, stateIndex: 3, dueMs: null, ended: true });
    },
    attempt: (number: number, change: Partial<TaskAttempt> = {}): TaskAttempt => {
      const times = { startedMs: 1, endedMs: 2 };
      return { generation: 1, number, ...times, worker: 'w', code: 'test', message: 'It failed.', ...change };
    },
    openCount: async (stage = 'work') => Number(await redis.hget(keys.job, field.open(stage))),
    async isDue(): Promise<boolean> {
      const score = await redis.zscore(keys.open, jobId);
      return score !== null && Number(score) <= (await seen()).nowMs;
    },
    async everything(): Promise<unknown> {
      return [await redis.hgetall(keys.job), await redis.lrange(keys.events, 0, -1), await redis.ttl(keys.job)];
    },
  };
}
