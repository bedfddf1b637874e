import type { ErrorInfo, JobEvent, JobStatus, OutcomeStatus, SocketMessage, StageView } from '@sluice/contracts';

type TaskState = 'planned' | 'running' | 'waiting' | OutcomeStatus;

/** One try of a task, as far as events tell. */
export interface Try {
  startedMs: number;
  endedMs: number | null;
  worker: string;
  generation: number;
  /** How it ended; null while it goes on. */
  end: OutcomeStatus | 'released' | null;
}

export interface TaskRun {
  id: string;
  stage: string;
  name: string;
  generation: number;
  state: TaskState;
  plannedMs: number;
  settledMs: number | null;
  tries: readonly Try[];
  /** Of the last try that did not end well. */
  error: ErrorInfo | null;
  /** When it is tried again, while it waits. */
  retryAtMs: number | null;
}

/** What happened to a job so far: its status, its tasks and all its events. */
export interface Run {
  status: JobStatus;
  tasks: ReadonlyMap<string, TaskRun>;
  log: readonly JobEvent[];
  /** Number of the last event that was taken in. */
  seq: number;
}

export function startRun(status: JobStatus): Run {
  return { status, tasks: new Map(), log: [], seq: 0 };
}

/** Takes events in, in order; what was taken in before changes nothing. The status goes on from the number that it has. */
export function applyEvents(run: Run, messages: readonly SocketMessage[]): Run {
  const tasks = new Map(run.tasks);
  const log = [...run.log];
  let { status, seq } = run;
  for (const message of messages) {
    if (message.type === 'snapshot') {
      status = message.status;
      continue;
    }
    if (message.seq <= seq) continue;
    seq = message.seq;
    log.push(message);
    applyTask(tasks, message);
    if (message.seq > status.seq) status = nextStatus(status, message, tasks);
  }
  return { status, tasks, log, seq };
}

/** The status as it was read anew: events it knows already do not count twice. */
export function withStatus(run: Run, status: JobStatus): Run {
  return status.seq < run.status.seq ? run : { ...run, status };
}

function applyTask(tasks: Map<string, TaskRun>, event: JobEvent): void {
  if (!('task' in event)) return;
  const { task: id, stage, name, generation, atMs } = event;
  const known = tasks.get(id);
  const before: TaskRun =
    known === undefined || event.type === 'task.planned'
      ? { ...fresh(event), tries: known?.tries ?? [] }
      : { ...known, stage, name, generation };
  tasks.set(id, { ...before, ...changeOf(before, event, atMs) });
}

function fresh({ task: id, stage, name, generation, atMs }: Extract<JobEvent, { task: string }>): TaskRun {
  const times = { plannedMs: atMs, settledMs: null, error: null, retryAtMs: null };
  return { id, stage, name, generation, state: 'planned', tries: [], ...times };
}

function changeOf(before: TaskRun, event: JobEvent, atMs: number): Partial<TaskRun> {
  switch (event.type) {
    case 'task.started': {
      const { worker, generation } = event;
      const tries = [
        ...endLast(before.tries, atMs, 'released'),
        { startedMs: atMs, endedMs: null, worker, generation, end: null },
      ];
      return { state: 'running', tries, retryAtMs: null };
    }
    case 'task.released': {
      const error = event.error ?? before.error;
      const retryAtMs = event.retryAtMs ?? event.error?.retryAtMs ?? null;
      return { state: 'waiting', tries: endLast(before.tries, atMs, 'released'), error, retryAtMs };
    }
    case 'task.settled': {
      const { status, error = null } = event;
      // What is given up for now may say when it is worth another try.
      const retryAtMs = error?.retryAtMs ?? null;
      return { state: status, settledMs: atMs, tries: endLast(before.tries, atMs, status), error, retryAtMs };
    }
    default:
      return {};
  }
}

function endLast(tries: readonly Try[], endedMs: number, end: NonNullable<Try['end']>): Try[] {
  return tries.map((each, at) => (at === tries.length - 1 && each.endedMs === null ? { ...each, endedMs, end } : each));
}

function nextStatus(status: JobStatus, event: JobEvent, tasks: ReadonlyMap<string, TaskRun>): JobStatus {
  const next = { ...status, seq: event.seq };
  switch (event.type) {
    case 'job.state':
    case 'job.reopened':
      return { ...next, state: event.state, ...(event.type === 'job.reopened' ? { endedMs: null, error: null } : {}) };
    case 'job.ended': {
      const summary = event.result?.summary ?? status.summary;
      const percent = event.state === 'completed' ? 100 : status.percent;
      const stages = next.stages.map((stage) => (event.state === 'completed' ? closed(stage, event.atMs) : stage));
      return { ...next, state: event.state, endedMs: event.atMs, error: event.error ?? null, summary, percent, stages };
    }
    case 'report.amended':
      return { ...next, revision: event.revision, summary: event.result.summary ?? status.summary };
    case 'stage.started':
    case 'stage.completed':
      return withStages(next, (stage) => (stage.name === event.stage ? stepped(stage, event) : stage));
    case 'task.started':
      return { ...next, startedMs: status.startedMs ?? event.atMs };
    case 'task.planned':
    case 'task.settled':
      return withStages(next, (stage) => (stage.name === event.stage ? counted(stage, tasks) : stage));
    default:
      return next;
  }
}

function withStages(status: JobStatus, change: (stage: StageView) => StageView): JobStatus {
  const stages = status.stages.map(change);
  const total = stages.reduce((sum, { share }) => sum + share, 0);
  const done = stages.reduce((sum, stage) => sum + stage.share * partOf(stage), 0);
  // A stage that plans more tasks is further from its end than before; what people see never goes back.
  return { ...status, stages, percent: Math.max(status.percent, Math.floor((100 * done) / Math.max(1, total))) };
}

function partOf({ status, tasks: { total, done, failed, deferred } }: StageView): number {
  if (status === 'complete') return 1;
  return total === 0 ? 0 : (done + failed + deferred) / total;
}

function stepped(stage: StageView, { type, atMs }: JobEvent): StageView {
  if (type === 'stage.started') return { ...stage, status: 'active', startedMs: stage.startedMs ?? atMs };
  return { ...stage, status: 'complete', startedMs: stage.startedMs ?? atMs, endedMs: atMs };
}

function closed(stage: StageView, atMs: number): StageView {
  return stage.status === 'complete' ? stage : { ...stage, status: 'complete', endedMs: stage.endedMs ?? atMs };
}

function counted(stage: StageView, tasks: ReadonlyMap<string, TaskRun>): StageView {
  const own = [...tasks.values()].filter((task) => task.stage === stage.name);
  const count = (state: TaskState) => own.filter((task) => task.state === state).length;
  const counts = { done: count('done'), failed: count('failed'), deferred: count('deferred') };
  return { ...stage, tasks: { total: own.length, ...counts } };
}
