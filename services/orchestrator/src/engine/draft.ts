import { type ErrorInfo, type JobEventBody, TaskId, type TaskRecord, type TerminalState } from '@sluice/contracts';
import {
  encodeOutcome,
  encodeStage,
  field,
  type JobChanges,
  type JobSnapshot,
  type StageProgress,
} from '@sluice/fleet/jobs';
import type { CheckedPipeline, SettledTask, Stage, WantedTask } from './pipeline.ts';

const MOST_TASKS = 1_000;
/** A message carries a task and a little more, and has 64 KB. */
const TASK_CAP_BYTES = 60 * 1024;

export interface QueuedRecord {
  record: TaskRecord;
  generation: number;
}

/**
 * A job as the planner is about to leave it: reads of what stands, and every change recorded as hash field, event and task
 * to queue. Nothing here does I/O.
 */
export class Draft {
  readonly job: JobSnapshot;
  readonly queue: QueuedRecord[] = [];
  private readonly fields: Record<string, string | number> = {};
  private readonly events: JobEventBody[] = [];
  private readonly stages: Map<string, StageProgress>;
  private readonly newTasks = new Set<string>();
  private readonly states: readonly string[];
  private state: string;
  private stateIndex: number;
  private outcome: 'ended' | 'amended' | 'unamended' | null = null;
  private amended: number;

  constructor(job: JobSnapshot, pipeline: CheckedPipeline) {
    this.job = job;
    this.states = pipeline.states;
    this.state = job.state;
    this.stateIndex = job.stateIndex;
    this.amended = job.amended;
    this.stages = new Map([...job.stages].map(([name, stage]) => [name, { ...stage }]));
    if (job.outline.length > 0) return;
    const outline = pipeline.stages.map(({ name, state, share }) => ({ name, state, share }));
    this.set('stages', JSON.stringify(outline));
  }

  /** Nothing moves after this plan, unless the job has healed again. */
  get isAtRest(): boolean {
    return this.outcome !== null;
  }

  /** Something has healed that no report of this completed job has taken up. */
  get wantsAmendment(): boolean {
    return this.state === 'completed' && this.job.healed > this.amended;
  }

  stage(name: string): StageProgress {
    const known = this.stages.get(name);
    if (known !== undefined) return known;
    const fresh: StageProgress = { status: 'pending', startedMs: null, endedMs: null, open: 0 };
    this.stages.set(name, fresh);
    return fresh;
  }

  isComplete(name: string): boolean {
    return this.stage(name).status === 'complete';
  }

  /** Settled tasks of the current generation, by id. */
  settled(): SettledTask[] {
    const settled: SettledTask[] = [];
    for (const [id, { record, outcome, isOpen }] of this.job.tasks) {
      if (outcome === null || isOpen) continue;
      const { name, stage, payload } = record;
      const { status, result, error, startedMs, settledMs } = outcome;
      settled.push({ id, name, stage, payload, status, result, error, startedMs, settledMs });
    }
    return settled.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  set(name: string, value: string | number): void {
    this.fields[name] = value;
  }

  startStage(stage: Stage): void {
    this.writeStage(stage.name, { status: 'active', startedMs: this.job.nowMs, endedMs: null });
    this.events.push({ type: 'stage.started', stage: stage.name });
  }

  completeStage(name: string): void {
    this.writeStage(name, { status: 'complete', endedMs: this.job.nowMs });
    this.events.push({ type: 'stage.completed', stage: name });
  }

  /** Back to the start, for an amendment. */
  resetStage(name: string): void {
    this.writeStage(name, { status: 'pending', startedMs: null, endedMs: null });
  }

  /**
   * Adds a task; one that stands already comes in its next generation when the stage begins anew: what is settled is opened again, and
   * what is still being done is superseded. Throws when the task is one that no queue takes.
   */
  plan(stage: Stage, wanted: WantedTask, stageBegins: boolean): void {
    const id = `${stage.name}.${wanted.key}`;
    const known = this.job.tasks.get(id);
    if (this.newTasks.has(id) || (known !== undefined && !stageBegins)) return;
    if (this.job.tasks.size + this.newTasks.size >= MOST_TASKS) throw new RangeError(`more than ${MOST_TASKS} tasks`);
    const { name, payload, required } = wanted;
    const record: TaskRecord = { id, name, stage: stage.name, payload, required, wakes: stage.wakes };
    const generation = (known?.generation ?? 0) + 1;
    const text = JSON.stringify(record);
    if (Buffer.byteLength(text) > TASK_CAP_BYTES) throw new RangeError(`${id} has more than ${TASK_CAP_BYTES} bytes`);
    this.newTasks.add(TaskId.parse(id));
    this.set(field.task(id), text);
    this.set(field.generation(id), generation);
    // The planner's own repetition is no healing: the failure that it follows is forgotten.
    if (known?.outcome != null && known.outcome.status !== 'done') this.set(field.outcome(id), '');
    if (known?.isOpen !== true) this.changeOpen(stage.name, 1);
    this.queue.push({ record, generation });
    this.events.push({ type: 'task.planned', task: id, stage: stage.name, name, generation });
  }

  /** Open tasks of a stage, those of this plan included. */
  openTasks(stage: string): QueuedRecord[] {
    const standing = [...this.job.tasks.values()].filter(
      ({ isOpen, record }) => isOpen && !this.newTasks.has(record.id),
    );
    return [...standing, ...this.queue].filter(({ record }) => record.stage === stage);
  }

  /** Settles an open task as deferred: the job goes on without it, and its answer may still come, unless it was not even queued. */
  abandon(task: QueuedRecord, error: ErrorInfo): void {
    const { generation, record } = task;
    const { id } = record;
    const queued = this.queue.indexOf(task);
    if (queued >= 0) this.queue.splice(queued, 1);
    const outcome = { error, attempts: 0, settledMs: this.job.nowMs };
    this.set(field.outcome(id), encodeOutcome(generation, 'deferred', outcome));
    this.changeOpen(record.stage, -1);
    const { stage, name } = record;
    this.events.push({ type: 'task.settled', task: id, stage, name, generation, status: 'deferred', error });
  }

  /** The state that people see moves to the right, or not at all. */
  advance(state: string): void {
    const index = this.states.indexOf(state);
    if (index <= this.stateIndex) return;
    this.state = state;
    this.stateIndex = index;
    this.events.push({ type: 'job.state', state });
  }

  end(state: TerminalState, event: { error?: ErrorInfo; result?: object }): void {
    if (event.error !== undefined) this.set('error', JSON.stringify(event.error));
    if (event.result !== undefined) this.set('result', JSON.stringify(event.result));
    this.state = state;
    this.stateIndex = this.states.length - 1;
    this.outcome = 'ended';
    this.events.push({ type: 'job.ended', state, ...event });
  }

  /** The report has taken up this many healings. */
  takeUp(healings: number): void {
    this.amended = healings;
    this.set('amended', healings);
  }

  amend(revision: number, result: object): void {
    this.set('result', JSON.stringify(result));
    this.set('revision', revision);
    this.outcome = 'amended';
    this.events.push({ type: 'report.amended', revision, result });
  }

  /** The amendment failed: the report stays as it is. */
  leaveUnamended(): void {
    this.outcome = 'unamended';
  }

  /** All of it, or null when nothing is to be written. `dueMs` is when to look again. */
  changes(dueMs: number | null): JobChanges | null {
    if (Object.keys(this.fields).length + this.events.length === 0) return null;
    const { fields, events, state, stateIndex, outcome } = this;
    return { fields, events, state, stateIndex, dueMs, ended: outcome === 'ended', amended: outcome === 'amended' };
  }

  private changeOpen(stage: string, by: number): void {
    const progress = this.stage(stage);
    progress.open += by;
    this.set(field.open(stage), progress.open);
  }

  private writeStage(name: string, change: Partial<StageProgress>): void {
    const progress = Object.assign(this.stage(name), change);
    this.set(field.stage(name), encodeStage(progress));
  }
}
