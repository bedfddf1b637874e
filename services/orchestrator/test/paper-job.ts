import type { ErrorInfo, JobEventBody, JobMeta, OutcomeStatus } from '@sluice/contracts';
import { TaskOutcome, TaskRecord } from '@sluice/contracts';
import type { JobSnapshot, StageProgress, TaskView } from '@sluice/fleet/jobs';
import { type CheckedPipeline, type Plan, planJob } from '../src/engine/index.ts';

const JOB_ID = '00000000-0000-0000-0000-000000000000';
const CREATED_MS = 1_000_000;

/** A job on paper: what the scripts of job state do, in memory and on a clock that the test moves. */
export class PaperJob {
  nowMs = CREATED_MS;
  version = 1;
  readonly events: JobEventBody[] = [];
  readonly tasks = new Map<string, TaskView>();
  readonly stages = new Map<string, StageProgress>();
  readonly pipeline: CheckedPipeline;
  readonly meta: JobMeta;
  state = 'queued';
  stateIndex = 0;
  /** When the planner wants the next look. */
  dueMs: number | null = CREATED_MS;
  private readonly plain: Record<string, string | number> = {};
  private startedMs: number | null = null;
  private endedMs: number | null = null;
  private healed = 0;

  constructor(pipeline: CheckedPipeline, input: unknown = {}, timeoutMs = 100_000) {
    this.pipeline = pipeline;
    const { name } = pipeline;
    this.meta = { v: 1, jobId: JOB_ID, tenant: 'default', pipeline: name, priority: 'normal', input, timeoutMs };
  }

  get revision(): number {
    return Number(this.plain.revision ?? 0);
  }

  get snapshot(): JobSnapshot {
    const json = (name: string): unknown => JSON.parse(String(this.plain[name] ?? 'null'));
    return {
      meta: this.meta,
      nowMs: this.nowMs,
      seq: this.events.length,
      base: 0,
      version: this.version,
      state: this.state,
      stateIndex: this.stateIndex,
      createdMs: CREATED_MS,
      sinceMs: CREATED_MS,
      startedMs: this.startedMs,
      endedMs: this.endedMs,
      revision: this.revision,
      healed: this.healed,
      amended: Number(this.plain.amended ?? 0),
      amending: Number(this.plain.amending ?? 0),
      outline: (json('stages') ?? []) as JobSnapshot['outline'],
      stages: structuredClone(this.stages),
      tasks: structuredClone(this.tasks),
      result: json('result') as JobSnapshot['result'],
      error: json('error') as ErrorInfo | null,
    };
  }

  /** Plans once, applies it, and says what was to be queued. */
  look(): string[] {
    const plan = planJob(this.pipeline, this.snapshot);
    this.apply(plan);
    return plan.queue.map(({ record }) => record.id);
  }

  apply({ changes }: Plan): void {
    if (changes === null) return;
    this.version += 1;
    for (const [name, value] of Object.entries(changes.fields)) this.write(name, String(value));
    this.state = changes.state;
    this.stateIndex = changes.stateIndex;
    this.events.push(...changes.events);
    this.dueMs = changes.dueMs;
    if (changes.ended) this.endedMs = this.nowMs;
  }

  begin(): void {
    this.startedMs ??= this.nowMs;
  }

  settle(id: string, status: OutcomeStatus, result: unknown = {}): void {
    const task = this.task(id);
    const before = task.outcome;
    if (task.isOpen) this.stage(task.record.stage).open -= 1;
    if (status === 'done' && before !== null && before.status !== 'done') this.healed += 1;
    const error: ErrorInfo = { code: 'test', message: 'it failed', disposition: 'give-up' };
    const what = status === 'done' ? { result } : { error };
    task.outcome = { attempts: 1, settledMs: this.nowMs, ...what, status, generation: task.generation };
    task.isOpen = false;
    this.version += 1;
  }

  /** Begins, settles as done and looks: the plain way. */
  finish(...ids: string[]): string[] {
    this.begin();
    for (const id of ids) this.settle(id, 'done');
    return this.look();
  }

  redrive(id: string): void {
    const task = this.task(id);
    task.generation += 1;
    task.isOpen = true;
    this.stage(task.record.stage).open += 1;
    this.version += 1;
  }

  status(id: string): OutcomeStatus | 'open' {
    const { isOpen, outcome } = this.task(id);
    return isOpen ? 'open' : (outcome?.status ?? 'open');
  }

  typesOf(type: JobEventBody['type']): JobEventBody[] {
    return this.events.filter((event) => event.type === type);
  }

  task(id: string): TaskView {
    const task = this.tasks.get(id);
    if (task === undefined) throw new Error(`there is no task ${id}`);
    return task;
  }

  private stage(name: string): StageProgress {
    const known = this.stages.get(name) ?? { status: 'pending', startedMs: null, endedMs: null, open: 0 };
    this.stages.set(name, known);
    return known;
  }

  private write(name: string, value: string): void {
    const rest = name.slice(2);
    if (name.startsWith('s:')) this.writeStage(rest, value);
    else if (name.startsWith('n:')) this.stage(rest).open = Number(value);
    else if (name.startsWith('t:')) {
      const record = TaskRecord.parse(JSON.parse(value));
      const known = this.tasks.get(rest);
      this.tasks.set(
        rest,
        known ?? { record, generation: 0, outcome: null, running: null, isOpen: true, isParked: false, attempts: [] },
      );
    } else if (name.startsWith('g:')) Object.assign(this.task(rest), { generation: Number(value), isOpen: true });
    else if (name.startsWith('x:')) this.writeOutcome(rest, value);
    else this.plain[name] = value;
  }

  private writeStage(name: string, value: string): void {
    const [status, startedMs, endedMs] = value.split(' ');
    const time = (text: string | undefined) => (text === undefined || text === '' ? null : Number(text));
    const progress = { status: status as StageProgress['status'], startedMs: time(startedMs), endedMs: time(endedMs) };
    Object.assign(this.stage(name), progress);
  }

  private writeOutcome(id: string, value: string): void {
    const [, generation, status, text] = /^(\d+):([a-z]+):(.*)$/s.exec(value) ?? [];
    const task = this.task(id);
    if (text === undefined) task.outcome = null;
    else {
      const outcome = TaskOutcome.parse(JSON.parse(text));
      task.outcome = { ...outcome, generation: Number(generation), status: status as OutcomeStatus };
    }
    task.isOpen = task.outcome === null || task.outcome.generation < task.generation;
  }
}
