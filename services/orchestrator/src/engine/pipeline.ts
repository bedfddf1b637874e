import {
  type ErrorInfo,
  isTerminal,
  type JobResult,
  JobState,
  type OutcomeStatus,
  type TaskCatalogue,
} from '@sluice/contracts';
import type { z } from 'zod';

/** A task that a stage wants. Its id is made of the stage's name and `key`, so that planning twice means the same task. */
export interface WantedTask {
  name: string;
  payload: unknown;
  key: string;
  required: boolean;
}

export interface TaskOptions {
  /** Tells tasks of one name apart within a stage; lower case, digits, `_`, `.`, `-`. */
  key?: string;
  /** The job goes on, and its report says so, when this task fails or is late. */
  optional?: boolean;
}

/** A maker of wanted tasks whose payloads are checked against the catalogue's types. */
export function taskMaker<Catalogue extends TaskCatalogue>(_catalogue: Catalogue) {
  return <Name extends keyof Catalogue & string>(
    name: Name,
    payload: z.input<Catalogue[Name]['payload']>,
    options: TaskOptions = {},
  ): WantedTask => ({
    name,
    payload,
    key: options.key ?? name.replaceAll('.', '-'),
    required: options.optional !== true,
  });
}

/** A settled task, as pipelines see it. */
export interface SettledTask {
  id: string;
  name: string;
  stage: string;
  payload: unknown;
  status: OutcomeStatus;
  result: unknown;
  error: ErrorInfo | undefined;
  /** Epoch ms of the attempt that settled it; undefined where nobody began it. */
  startedMs: number | undefined;
  settledMs: number;
}

/** What a stage's plan is made from. */
export interface JobView<Input> {
  input: Input;
  /** Revision that the report will have. */
  nextRevision: number;
  settled: readonly SettledTask[];
}

export interface StageDefinition<Input> {
  name: string;
  /** The state that people see while this stage is the furthest one; the stage's name where nothing is said. */
  state?: string;
  /** Part of the progress bar; the shares of a pipeline make 100. */
  share: number;
  /** Stages that must be complete before this one is planned; the one before it where nothing is said. */
  after?: readonly string[];
  /** Stages whose single outcomes may add tasks to this one while they go on. */
  reads?: readonly string[];
  /** From the stage's start; then its optional tasks are deferred. A required one is waited for until the job's time is over. */
  timeLimitMs: number;
  /** It makes the report, and runs again when a healed task amends it. */
  concludes?: boolean;
  /** Pure: the tasks that the stage needs by what is known. Called again on every look; tasks once planned stay. */
  tasks: (job: JobView<Input>) => WantedTask[];
}

export interface Pipeline<Input = unknown> {
  name: string;
  input: z.ZodType<Input>;
  stages: readonly StageDefinition<Input>[];
  /** Pure: what the job leaves, once all stages are complete. */
  result: (job: JobView<Input>) => JobResult;
}

/** A stage with what was left unsaid filled in. */
export interface Stage {
  name: string;
  state: string;
  share: number;
  after: readonly string[];
  reads: readonly string[];
  /** Some stage reads it: each of its outcomes calls for a plan. */
  wakes: boolean;
  timeLimitMs: number;
  concludes: boolean;
  tasks: (job: JobView<unknown>) => WantedTask[];
}

export interface CheckedPipeline {
  name: string;
  stages: readonly Stage[];
  /** `queued`, the stages' states in order, `completed`: a job only moves to the right. */
  states: readonly string[];
  parseInput: (input: unknown) => unknown;
  result: (job: JobView<unknown>) => JobResult;
}

/** Checks a pipeline's form; throws when a stage refers to one that does not stand before it, its state is no name of one, or the shares do not make 100. */
export function definePipeline<Input>(pipeline: Pipeline<Input>): CheckedPipeline {
  const names = pipeline.stages.map(({ name }) => name);
  const stages = pipeline.stages.map((stage, index): Stage => {
    const after = stage.after ?? names.slice(Math.max(0, index - 1), index);
    const reads = stage.reads ?? [];
    const stranger = [...after, ...reads].find((name) => !names.slice(0, index).includes(name));
    if (stranger !== undefined) throw new TypeError(`${pipeline.name}: ${stage.name} refers to ${stranger}`);
    return {
      name: stage.name,
      state: stage.state ?? stage.name,
      share: stage.share,
      after,
      reads,
      wakes: pipeline.stages.some((other) => other.reads?.includes(stage.name)),
      timeLimitMs: stage.timeLimitMs,
      concludes: stage.concludes ?? false,
      tasks: stage.tasks as Stage['tasks'],
    };
  });
  const unreadable = stages.find(({ state }) => !JobState.safeParse(state).success || isTerminal(state));
  if (unreadable !== undefined) throw new TypeError(`${pipeline.name}: ${unreadable.state} is no name of a state`);
  const shares = stages.reduce((sum, { share }) => sum + share, 0);
  if (Math.abs(shares - 100) > 0.01) throw new TypeError(`${pipeline.name}: the shares make ${shares}, not 100`);
  return {
    name: pipeline.name,
    stages,
    states: ['queued', ...new Set(stages.map(({ state }) => state)), 'completed'],
    parseInput: (input) => pipeline.input.parse(input),
    result: pipeline.result as CheckedPipeline['result'],
  };
}
