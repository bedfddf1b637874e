import { randomUUIDv7 } from 'node:crypto';
import { expect } from '@jest/globals';
import {
  bucketOf,
  defineTasks,
  type JobEvent,
  type JobImage,
  type JobMeta,
  type OutcomeStatus,
  type TaskMessage,
} from '@sluice/contracts';
import {
  createJobStore,
  type JobChanges,
  type JobSnapshot,
  type JobStore,
  keysOf,
  type OpenedTask,
} from '@sluice/fleet/jobs';
import { queuedTask } from '@sluice/fleet/queue';
import type { Redis } from '@sluice/fleet/redis';
import { z } from 'zod';
import { type CheckedPipeline, type Plan, planJob } from '../src/engine/index.ts';

const limits = { attempts: 4, timeLimitMs: 1_000 };
const catalogue = defineTasks({
  'test.do': { pool: 'analysis', payload: z.unknown(), result: z.unknown(), ...limits },
});
const LEASE_MS = 1_000;
export const TIMEOUT_MS = 5_000;
const POISON_CRASHES = 3;
const DEAD = new Set(['failed', 'expired', 'cancelled']);

/** A planner between two of its steps. */
interface Planner {
  seen: JobSnapshot;
  /** Written and not queued yet. */
  applied: Plan | null;
}

interface Attempt {
  message: TaskMessage;
  worker: string;
  /** The queue has its message, and would deliver it again. */
  isHeld: boolean;
}

/** Who is doing a task, or null, and how many have died over it in this generation. */
interface Mark {
  generation: number;
  worker: string | null;
  crashes: number;
}

/** A moment of the job, as the record has it, and what the model knew then. */
interface Memory {
  image: JobImage;
  events: JobEvent[];
  tasks: Map<string, ModelTask>;
  known: Pick<World, 'healed' | 'concludingFailed' | 'state'>;
}

/** What the model knows of a task; `last` is the status of its last outcome, null without one. */
interface ModelTask {
  stage: string;
  generation: number;
  isOptional: boolean;
  isOpen: boolean;
  last: OutcomeStatus | null;
  mark: Mark | null;
}

/**
 * One job in real Redis by the real scripts and the real planner, among planners and workers that take one step at a time, a queue
 * that may lose, repeat and reorder, and a clock that goes on when the test says so: the job is made older. Beside it a model,
 * fed by what was applied and settled, that says what each answer has to be.
 */
export class World {
  readonly jobs: JobStore;
  readonly jobId = randomUUIDv7();
  readonly tasks = new Map<string, ModelTask>();
  readonly waiting: TaskMessage[] = [];
  readonly attempts: Attempt[] = [];
  readonly planners: Planner[] = [];
  readonly delivered: TaskMessage[] = [];
  /** Events of before the last loss, as the record has them. */
  history: JobEvent[] = [];
  memories: Memory[] = [];
  reopened = 0;
  healed = 0;
  /** A concluding task failed: what healed before may be missing in the report. */
  concludingFailed = false;
  state = 'queued';
  private readonly redis: Redis;
  readonly pipeline: CheckedPipeline;
  private workers = 0;

  constructor(redis: Redis, pipeline: CheckedPipeline) {
    this.redis = redis;
    this.jobs = createJobStore(redis);
    this.pipeline = pipeline;
  }

  async submit(): Promise<void> {
    const fixed = { v: 1, tenant: 'default', pipeline: 'random', priority: 'normal', input: {} } as const;
    const meta: JobMeta = { ...fixed, jobId: this.jobId, timeoutMs: TIMEOUT_MS };
    await this.jobs.create(meta);
  }

  async snapshot(): Promise<JobSnapshot> {
    const job = await this.jobs.snapshot(this.jobId);
    if (job === null) throw new Error('the job is gone');
    return job;
  }

  /** When the job is due (ms from now), or null when it is not in the list. */
  async dueInMs(): Promise<number | null> {
    const score = await this.redis.zscore(keysOf(this.jobId).open, this.jobId);
    return score === null ? null : Number(score) - (await this.snapshot()).nowMs;
  }

  /** A planner takes the job, if it is due. */
  async claim(): Promise<Planner | null> {
    const [seen] = await this.jobs.claim(bucketOf(this.jobId), 50, LEASE_MS);
    if (seen === undefined) return null;
    expect(seen.meta.jobId).toBe(this.jobId);
    const planner = { seen, applied: null };
    this.planners.push(planner);
    return planner;
  }

  /** The next step of a planner, in the order of engine.ts: write, then queue, then look again. */
  async step(planner: Planner): Promise<void> {
    if (planner.applied === null) {
      const plan = planJob(this.pipeline, planner.seen);
      const { changes, dueMs } = plan;
      const stands =
        changes === null ? await this.jobs.rest(planner.seen, dueMs) : await this.jobs.apply(planner.seen, changes);
      if (!stands) planner.seen = await this.snapshot();
      else if (changes !== null) this.note(plan, changes);
      if (stands) planner.applied = plan;
      return;
    }
    const { queue, again } = planner.applied;
    const job = { meta: planner.seen.meta, outline: this.pipeline.stages };
    for (const task of queue) this.enqueue(queuedTask(job, task, catalogue, undefined).message);
    if (again) Object.assign(planner, { seen: await this.snapshot(), applied: null });
    else this.drop(planner);
  }

  isOptional(task: string | undefined): boolean {
    return this.tasks.get(task ?? '')?.isOptional === true;
  }

  drop(planner: Planner): void {
    this.planners.splice(this.planners.indexOf(planner), 1);
  }

  /** Like BullMQ, ignores a message that it holds. */
  enqueue(message: TaskMessage): void {
    if (!this.holds(message)) this.waiting.push(message);
  }

  /** A worker takes a message; a copy may stay behind. */
  async deliver(index: number, isCopied: boolean): Promise<void> {
    const message = this.waiting[index];
    if (message === undefined) return;
    if (!isCopied) this.waiting.splice(index, 1);
    this.delivered.push(message);
    const worker = `w${this.workers++}`;
    const crashes = this.expectedCrashes(message, worker);
    const expected = this.expectedVerdict(message);
    let answer = await this.jobs.begin(message, worker);
    if (expected === 'go' && crashes >= POISON_CRASHES - 1) {
      expect(answer).toEqual({ verdict: 'alone', crashes });
      answer = await this.jobs.begin(message, worker, { isAlone: true });
    }
    expect(answer).toEqual({ verdict: expected, crashes: expected === 'go' ? crashes : 0 });
    const task = this.tasks.get(message.task);
    if (expected !== 'go' || task === undefined) return;
    task.mark = { generation: message.generation, worker, crashes };
    if (crashes >= POISON_CRASHES) await this.settle(message, 'failed', false);
    else this.attempts.push({ message, worker, isHeld: true });
  }

  /** The worker dies: its mark stays, the message comes again. */
  crash(index: number): void {
    const [attempt] = this.attempts.splice(index, 1);
    if (attempt?.isHeld === true) this.enqueue(attempt.message);
  }

  async release(index: number): Promise<void> {
    const [attempt] = this.attempts.splice(index, 1);
    if (attempt === undefined) return;
    const { message, worker } = attempt;
    await this.jobs.release(message, worker, {});
    const mark = this.tasks.get(message.task)?.mark;
    if (mark?.worker === worker && mark.generation === message.generation && !DEAD.has(this.state)) mark.worker = null;
    if (attempt.isHeld) this.enqueue(message);
  }

  /** The worker settles; it may die before it says so to the queue. */
  async finish(index: number, status: OutcomeStatus, discovers: boolean, isAcknowledged: boolean): Promise<void> {
    const [attempt] = this.attempts.splice(index, 1);
    if (attempt === undefined) return;
    await this.settle(attempt.message, status, discovers);
    if (!isAcknowledged && attempt.isHeld) this.enqueue(attempt.message);
  }

  async settle(message: TaskMessage, status: OutcomeStatus, discovers: boolean): Promise<void> {
    const expected = this.expectedSettle(message, status);
    const error = { code: 'test', message: 'no', disposition: 'retry' } as const;
    const what = status === 'done' ? { result: { discovers, echo: message.payload } } : { error };
    const code = await this.jobs.settle(message, status, { ...what, attempts: 1, settledMs: 1 });
    expect(code).toBe(expected);
    if (code !== 'recorded' && code !== 'healed') return;
    if (code === 'healed') this.healed += 1;
    if (status === 'failed' && message.stage.startsWith('sum')) this.concludingFailed = true;
    const task = this.tasks.get(message.task);
    if (task !== undefined) Object.assign(task, { isOpen: false, last: status, mark: null });
  }

  async cancel(): Promise<void> {
    const isOpen = this.state !== 'completed' && !DEAD.has(this.state);
    if (isOpen) this.state = 'cancelled';
    expect(await this.jobs.cancel(this.jobId)).toBe(this.state);
  }

  /** Opens a task again where that is allowed; its sender may die before it queues it. */
  async redrive(index: number, isQueued: boolean): Promise<void> {
    const healable = [...this.tasks].filter(([, { isOpen, last }]) => !isOpen && last !== 'done');
    const choice = index % 5 > 0 && healable.length > 0 ? healable : [...this.tasks];
    const entry = choice[index % Math.max(1, choice.length)];
    if (entry === undefined) return;
    const [id, task] = entry;
    const { stage, generation } = task;
    const answer = await this.jobs.redrive({
      jobId: this.jobId,
      task: id,
      stage,
      name: 'test.do',
      generation,
      wakes: false,
    });
    if ('refused' in answer) {
      expect(answer.refused).toBe(this.expectedRefusal(task));
      return;
    }
    expect(this.expectedRefusal(task)).toBeNull();
    expect(answer.generation).toBe(task.isOpen ? generation : generation + 1);
    Object.assign(task, { generation: answer.generation, isOpen: true });
    const { meta } = await this.snapshot();
    if (isQueued) this.enqueue(queuedTask({ meta, outline: [] }, answer, catalogue, undefined).message);
  }

  /** A person has all of the job tried again, or one task of it; who does it may die before the tasks are queued. */
  async retry(index: number, isQueued: boolean): Promise<void> {
    const only = index % 3 === 0 ? [...this.tasks.keys()][index % Math.max(1, this.tasks.size)] : undefined;
    const wasDead = this.state === 'failed' || this.state === 'expired';
    const before = await this.snapshot();
    const tasks = await this.openAgain(only);
    if (tasks === null) return;
    for (const [id, task] of this.tasks) {
      const isNeeded = wasDead && !task.isOpen && !task.isOptional && task.last === 'failed';
      const isMeant = (only === undefined || only === id) && !task.isOpen && task.last !== 'done';
      if (isNeeded || isMeant) Object.assign(task, { generation: task.generation + 1, isOpen: true });
      if (isNeeded) task.last = null;
      if (wasDead && task.mark !== null) task.mark.worker = null;
    }
    const job = await this.snapshot();
    this.state = wasDead ? job.state : this.state;
    if (wasDead) {
      this.reopened += 1;
      expect(this.pipeline.states.slice(0, -1)).toContain(job.state);
      const [reopened] = await this.jobs.eventsAfter(this.jobId, before.seq);
      expect(reopened).toMatchObject({ type: 'job.reopened', state: job.state });
    }
    if (!isQueued) return;
    for (const task of tasks) this.enqueue(queuedTask(job, task, catalogue, undefined).message);
  }

  private async openAgain(only: string | undefined): Promise<OpenedTask[] | null> {
    const task = this.tasks.get(only ?? '');
    if (only === undefined || task === undefined) {
      const answer = await this.jobs.retry(this.jobId);
      expect('refused' in answer).toBe(this.state === 'cancelled');
      return 'refused' in answer ? null : answer.tasks;
    }
    const { stage, generation } = task;
    const ref = { jobId: this.jobId, task: only, stage, name: 'test.do', generation, wakes: false };
    const wasDead = this.state === 'failed' || this.state === 'expired';
    const answer = await this.jobs.redrive(ref, { reopen: true });
    const isDone = !task.isOpen && task.last === 'done';
    const refused = wasDead ? (isDone ? 'done' : null) : this.expectedRefusal(task);
    expect('refused' in answer ? answer.refused : null).toBe(refused);
    return 'refused' in answer ? null : [answer];
  }

  /** The record writes down how the job stands. */
  async remember(): Promise<void> {
    const image = await this.jobs.image(this.jobId);
    if (image === null) throw new Error('the job is gone');
    const { healed, concludingFailed, state } = this;
    const events = [...this.history, ...(await this.jobs.eventsAfter(this.jobId, this.history.length))];
    const known = { healed, concludingFailed, state };
    this.memories.push({ image, events: events.slice(0, image.seq), tasks: structuredClone(this.tasks), known });
  }

  /** Redis loses all that it has, queues included; the job comes back as the record has it. Workers and planners go on, and do not know. */
  async loseAll(index: number): Promise<void> {
    const memory = this.memories[index % Math.max(1, this.memories.length)];
    if (memory === undefined) return;
    await this.redis.flushall();
    expect(await this.jobs.restore(memory.image)).toBe(true);
    this.waiting.length = 0;
    for (const attempt of this.attempts) attempt.isHeld = false;
    this.history = memory.events;
    this.memories = this.memories.slice(0, this.memories.indexOf(memory) + 1);
    Object.assign(this, memory.known);
    this.tasks.clear();
    for (const [id, task] of structuredClone(memory.tasks)) {
      if (task.mark !== null) task.mark.worker = null;
      this.tasks.set(id, task);
    }
  }

  /** As the reaper of retry-worker: what is open and in no queue is queued again, also what is being done: who does it may be dead. */
  async reap(): Promise<number> {
    const job = await this.snapshot();
    if ((await this.dueInMs()) === null) return 0;
    const open = [...job.tasks.values()].filter(({ isOpen }) => isOpen);
    const lost = open
      .map((task) => queuedTask(job, task, catalogue, undefined).message)
      .filter((message) => !this.holds(message));
    for (const message of lost) this.enqueue(message);
    return lost.length;
  }

  /** Time goes on: all that the job remembers is longer ago, and its next look is nearer. */
  async tick(ms: number): Promise<void> {
    const { job, open } = keysOf(this.jobId);
    for (const [name, value] of Object.entries(await this.redis.hgetall(job))) {
      if (name === 'created' || name === 'started' || name === 'since') await this.redis.hincrby(job, name, -ms);
      const [status, startedMs, endedMs] = name.startsWith('s:') ? value.split(' ') : [];
      if (status !== undefined && startedMs !== '') {
        await this.redis.hset(job, name, `${status} ${Number(startedMs) - ms} ${endedMs ?? ''}`);
      }
    }
    if ((await this.redis.zscore(open, this.jobId)) !== null) await this.redis.zincrby(open, -ms, this.jobId);
  }

  /** What must hold at every moment. */
  async check(): Promise<void> {
    const job = await this.snapshot();
    expect(job.state).toBe(this.state);
    expect(job.healed).toBe(this.healed);
    const brief = (generation: number, isOpen: boolean, last: OutcomeStatus | null | undefined) =>
      `${generation} ${isOpen ? 'open' : last}`;
    const model = [...this.tasks].map(([id, task]) => [id, brief(task.generation, task.isOpen, task.last)]);
    const real = [...job.tasks].map(([id, task]) => [id, brief(task.generation, task.isOpen, task.outcome?.status)]);
    expect(Object.fromEntries(real)).toEqual(Object.fromEntries(model));
    for (const [name, { open }] of job.stages) {
      const expected = [...this.tasks.values()].filter(({ stage, isOpen }) => stage === name && isOpen).length;
      expect([name, open]).toEqual([name, expected]);
    }
  }

  private holds({ task, generation }: TaskMessage): boolean {
    const attempts = this.attempts.filter(({ isHeld }) => isHeld);
    const held = [...this.waiting, ...attempts.map(({ message }) => message)];
    return held.some((message) => message.task === task && message.generation === generation);
  }

  private note({ queue }: Plan, { events, state }: JobChanges): void {
    this.state = state;
    for (const event of events) {
      if (event.type === 'task.planned') {
        const { stage, generation } = event;
        const before = this.tasks.get(event.task);
        expect(generation).toBe((before?.generation ?? 0) + 1);
        const isOptional = queue.find(({ record }) => record.id === event.task)?.record.required !== true;
        const last = before?.last === 'done' ? 'done' : null;
        const mark = before?.mark ?? null;
        this.tasks.set(event.task, { stage, generation, isOptional, isOpen: true, last, mark });
      } else if (event.type === 'task.settled') {
        const task = this.tasks.get(event.task);
        expect(task).toMatchObject({ isOpen: true, generation: event.generation });
        if (task !== undefined) Object.assign(task, { isOpen: false, last: 'deferred' });
      }
    }
  }

  private expectedCrashes({ task, generation }: TaskMessage, worker: string): number {
    const mark = this.tasks.get(task)?.mark ?? null;
    if (mark?.generation !== generation) return 0;
    return mark.crashes + (mark.worker === null || mark.worker === worker ? 0 : 1);
  }

  private expectedVerdict(message: TaskMessage): string {
    const task = this.tasks.get(message.task);
    if (task === undefined) return 'gone';
    if (DEAD.has(this.state)) return 'closed';
    if (message.generation !== task.generation) return 'superseded';
    return task.isOpen || task.last === 'deferred' ? 'go' : 'settled';
  }

  private expectedSettle(message: TaskMessage, status: OutcomeStatus): string {
    const task = this.tasks.get(message.task);
    if (task === undefined) return 'gone';
    if (DEAD.has(this.state)) return 'closed';
    if (message.generation !== task.generation) return 'superseded';
    const heals = status === 'done' && task.last !== null && task.last !== 'done';
    if (task.isOpen) return heals ? 'healed' : 'recorded';
    if (task.last !== 'deferred' || status === 'deferred') return 'duplicate';
    return heals ? 'healed' : 'recorded';
  }

  private expectedRefusal({ isOpen, last }: ModelTask): string | null {
    if (DEAD.has(this.state)) return 'closed';
    // What was opened by a redrive before is found again.
    if (isOpen) return last === null ? 'open' : null;
    return last === 'done' ? 'done' : null;
  }
}
