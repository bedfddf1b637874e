import {
  type ErrorInfo,
  JobMeta,
  JobResult,
  type JobState,
  OutcomeStatus,
  TaskAttempt,
  TaskOutcome,
  TaskRecord,
} from '@sluice/contracts';

/** A stage as a pipeline announces it, in the order of the pipeline. */
export interface StageOutline {
  name: string;
  state: string;
  share: number;
}

export interface StageProgress {
  status: 'pending' | 'active' | 'complete';
  startedMs: number | null;
  endedMs: number | null;
  /** Tasks of the stage that are planned and not settled. */
  open: number;
}

export interface SettledOutcome extends TaskOutcome {
  generation: number;
  status: OutcomeStatus;
}

export interface TaskView {
  record: TaskRecord;
  generation: number;
  /** The last recorded outcome; it may belong to an earlier generation. */
  outcome: SettledOutcome | null;
  running: { worker: string; sinceMs: number; crashes: number } | null;
  isOpen: boolean;
  /** It stands in the line of a quota, and no queue holds it. */
  isParked: boolean;
  /** The tries that did not end well, in all generations; oldest first, the last 20 or 24 KB. */
  attempts: TaskAttempt[];
}

/** A job at one moment, as its hash holds it. */
export interface JobSnapshot {
  meta: JobMeta;
  /** Redis time of the reading. */
  nowMs: number;
  /** Number of the last event. */
  seq: number;
  /** Events up to this number are in the record only: the job was restored from there. 0 where Redis has all. */
  base: number;
  version: number;
  state: JobState;
  stateIndex: number;
  createdMs: number;
  /** When it was created, reopened or restored, whichever came last: the longest wait for a first begin counts from here. */
  sinceMs: number;
  /** When the first task since then was begun: the time limit counts from here. */
  startedMs: number | null;
  endedMs: number | null;
  revision: number;
  /** Healings so far; how many of them the report has taken up; and the count that a running amendment will take up, 0 without one. */
  healed: number;
  amended: number;
  amending: number;
  outline: StageOutline[];
  stages: ReadonlyMap<string, StageProgress>;
  tasks: ReadonlyMap<string, TaskView>;
  result: JobResult | null;
  error: ErrorInfo | null;
}

/** Fields of the hash that the planner sets, written here once. */
export const field = {
  task: (id: string) => `t:${id}`,
  generation: (id: string) => `g:${id}`,
  outcome: (id: string) => `x:${id}`,
  mark: (id: string) => `b:${id}`,
  attempts: (id: string) => `a:${id}`,
  stage: (name: string) => `s:${name}`,
  open: (name: string) => `n:${name}`,
} as const;

export function encodeStage(stage: StageProgress): string {
  return `${stage.status} ${stage.startedMs ?? ''} ${stage.endedMs ?? ''}`;
}

export function encodeOutcome(generation: number, status: OutcomeStatus, outcome: TaskOutcome): string {
  return `${generation}:${status}:${JSON.stringify(outcome)}`;
}

/** Reads the answer of `snapshot.lua`; null for an unknown job. */
export function decodeSnapshot(answer: [nowMs: string, hash: string[]]): JobSnapshot | null {
  const [nowMs, flat] = answer;
  if (flat.length === 0) return null;
  const hash = new Map<string, string>();
  for (let at = 0; at + 1 < flat.length; at += 2) hash.set(flat[at] ?? '', flat[at + 1] ?? '');
  const number = (name: string): number => Number(hash.get(name) ?? 0);
  const json = (name: string): unknown => JSON.parse(hash.get(name) ?? 'null');
  return {
    meta: JobMeta.parse(json('meta')),
    nowMs: Number(nowMs),
    seq: number('seq'),
    base: number('base'),
    version: number('version'),
    state: hash.get('state') ?? '',
    stateIndex: number('idx'),
    createdMs: number('created'),
    sinceMs: number(hash.has('since') ? 'since' : 'created'),
    startedMs: hash.has('started') ? number('started') : null,
    endedMs: hash.has('ended') ? number('ended') : null,
    revision: number('revision'),
    healed: number('amend'),
    amended: number('amended'),
    amending: number('amending'),
    outline: (json('stages') ?? []) as StageOutline[],
    stages: decodeStages(hash),
    tasks: decodeTasks(hash),
    result: hash.has('result') ? JobResult.parse(json('result')) : null,
    error: json('error') as ErrorInfo | null,
  };
}

function decodeStages(hash: ReadonlyMap<string, string>): Map<string, StageProgress> {
  const stages = new Map<string, StageProgress>();
  for (const [name, value] of hash) {
    if (!name.startsWith('s:')) continue;
    const [status, startedMs, endedMs] = value.split(' ');
    stages.set(name.slice(2), {
      status: status as StageProgress['status'],
      startedMs: startedMs === '' || startedMs === undefined ? null : Number(startedMs),
      endedMs: endedMs === '' || endedMs === undefined ? null : Number(endedMs),
      open: Number(hash.get(field.open(name.slice(2))) ?? 0),
    });
  }
  return stages;
}

function decodeTasks(hash: ReadonlyMap<string, string>): Map<string, TaskView> {
  const tasks = new Map<string, TaskView>();
  for (const [name, value] of hash) {
    if (!name.startsWith('t:')) continue;
    const id = name.slice(2);
    const generation = Number(hash.get(field.generation(id)));
    const outcome = decodeOutcome(hash.get(field.outcome(id)));
    const mark = hash.get(field.mark(id));
    tasks.set(id, {
      record: TaskRecord.parse(JSON.parse(value)),
      generation,
      outcome,
      running: decodeMark(mark, generation),
      isParked: PARKED_MARK.exec(mark ?? '')?.[1] === String(generation),
      isOpen: outcome === null || outcome.generation < generation,
      attempts: decodeAttempts(hash.get(field.attempts(id))),
    });
  }
  return tasks;
}

function decodeOutcome(text: string | undefined): SettledOutcome | null {
  const parts = text === undefined ? null : /^(\d+):([a-z]+):(.*)$/s.exec(text);
  if (parts === null) return null;
  const outcome = TaskOutcome.parse(JSON.parse(parts[3] ?? ''));
  return { ...outcome, generation: Number(parts[1]), status: OutcomeStatus.parse(parts[2]) };
}

/** JSON lines; what cannot be read is left out, rather than that its job could not be planned. */
function decodeAttempts(text: string | undefined): TaskAttempt[] {
  if (text === undefined || text === '') return [];
  return text.split('\n').flatMap((line) => {
    try {
      return TaskAttempt.parse(JSON.parse(line));
    } catch {
      return [];
    }
  });
}

/*
 * The mark of a task, with its generation and its crashes so far:
 *   `<generation> <crashes> <since ms> <worker>`  it is being done
 *   `<generation> <crashes>`                      it was given back, or its attempt failed; empty without a crash
 *   `parked <generation> <crashes>`               it stands in a line, which will queue it
 */
const RUNNING_MARK = /^(\d+) (\d+) (\d+) (.*)$/;
const PARKED_MARK = /^parked (\d+)(?: \d+)?$/;

function decodeMark(text: string | undefined, generation: number): TaskView['running'] {
  const parts = RUNNING_MARK.exec(text ?? '');
  if (parts === null || Number(parts[1]) !== generation) return null;
  return { worker: parts[4] ?? '', sinceMs: Number(parts[3]), crashes: Number(parts[2]) };
}

/** A mark as it reads once its worker, and the line that the task may stand in, are gone. */
export function restingMark(mark: string): string {
  const [, generation, crashes] = /^(?:parked )?(\d+) (\d+)/.exec(mark) ?? [];
  return generation === undefined || crashes === '0' ? '' : `${generation} ${crashes}`;
}
