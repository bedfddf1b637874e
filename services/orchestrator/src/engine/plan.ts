import { type ErrorInfo, isTerminal } from '@sluice/contracts';
import { type JobChanges, type JobSnapshot, LONGEST_WAIT_MS } from '@sluice/fleet/jobs';
import { Draft, type QueuedRecord } from './draft.ts';
import type { CheckedPipeline, JobView, Stage } from './pipeline.ts';

/** At this part of the job's time limit, optional work is given up, so that what there is becomes a report. */
const OPTIONAL_WORK_UNTIL = 0.8;
/** A due look comes this much after the deadline that it is for. */
const DUE_MARGIN_MS = 50;
/** How often an amendment, or an ended job with something open, is looked at that has no deadline of its own. */
const AMENDMENT_LOOK_MS = 60_000;

export interface Plan {
  /** Null when the job stands as it should. */
  changes: JobChanges | null;
  /** When to look again; null when the job rests. */
  dueMs: number | null;
  /** To be queued after the changes are written. */
  queue: QueuedRecord[];
  /** There is more to plan at once: something healed while the report was made. */
  again: boolean;
}

const NOTHING: Plan = { changes: null, dueMs: null, queue: [], again: false };

/**
 * What is next for a job: pure, from one snapshot. Planning the same snapshot twice gives the same plan; planning after it was
 * applied gives nothing.
 */
export function planJob(pipeline: CheckedPipeline, job: JobSnapshot): Plan {
  const isAmendment = job.state === 'completed';
  if (isTerminal(job.state) && !(isAmendment && job.healed > job.amended)) return afterwards(job);
  const draft = new Draft(job, pipeline);
  if (isAmendment) startAmendment(draft, pipeline);
  const view = viewOf(draft, pipeline);
  const failure = isAmendment ? amendmentFailure(draft) : jobFailure(draft, pipeline);
  if (failure === null) walk(draft, pipeline, view);
  else if (isAmendment) abandonAmendment(draft, pipeline);
  else draft.end(failure.code === 'job-deadline' ? 'expired' : 'failed', { error: failure });
  if (job.startedMs === null && draft.queue.length > 0) draft.set('limit', firstLookMs(draft, pipeline));
  const again = draft.isAtRest && draft.wantsAmendment;
  const restMs = again ? job.nowMs : null;
  const dueMs = draft.isAtRest ? restMs : nextDueMs(draft, pipeline);
  return { changes: draft.changes(dueMs), dueMs, queue: draft.queue, again };
}

/** A job at rest stays in the list while something in it is open again: whoever finds what was lost looks there. */
function afterwards(job: JobSnapshot): Plan {
  const isRedriven = job.state === 'completed' && [...job.tasks.values()].some(({ isOpen }) => isOpen);
  return isRedriven ? { ...NOTHING, dueMs: job.nowMs + AMENDMENT_LOOK_MS } : NOTHING;
}

function walk(draft: Draft, pipeline: CheckedPipeline, view: JobView<unknown>): void {
  for (const stage of pipeline.stages) visit(draft, stage, view);
  takeUpHealings(draft, pipeline);
  const furthest = pipeline.stages.findLast((stage) => draft.stage(stage.name).status === 'active');
  if (furthest !== undefined) draft.advance(furthest.state);
  if (!pipeline.stages.every((stage) => draft.isComplete(stage.name))) return;
  if (draft.job.state === 'completed') {
    draft.amend(view.nextRevision, pipeline.result(view));
    closeAmendment(draft);
  } else {
    draft.set('revision', view.nextRevision);
    draft.end('completed', { result: pipeline.result(view) });
  }
}

/** What healed before the first report was begun is in it. */
function takeUpHealings(draft: Draft, pipeline: CheckedPipeline): void {
  if (draft.job.state === 'completed') return;
  const first = pipeline.stages.find((stage) => stage.concludes);
  const begins =
    first === undefined
      ? pipeline.stages.every((stage) => draft.isComplete(stage.name))
      : draft.stage(first.name).status !== 'pending' && !draft.job.stages.has(first.name);
  if (begins) draft.takeUp(draft.job.healed);
}

function visit(draft: Draft, stage: Stage, view: JobView<unknown>): void {
  if (!stage.after.every((name) => draft.isComplete(name))) return;
  const wasPending = draft.stage(stage.name).status === 'pending';
  const openBefore = draft.stage(stage.name).open;
  const wanted = stage.tasks(view);
  if (wasPending) draft.startStage(stage);
  for (const task of wanted) draft.plan(stage, task, wasPending);
  const grew = draft.stage(stage.name).open > openBefore;
  if (draft.isComplete(stage.name) && grew) draft.startStage(stage);
  if (isOverdue(draft, stage)) deferOpenTasks(draft, stage);
  const { status, open } = draft.stage(stage.name);
  const settled = status === 'active' && open === 0;
  if (settled && stage.reads.every((name) => draft.isComplete(name))) draft.completeStage(stage.name);
}

/** When the stage's open work is given up; null while the job's clock does not run. */
function stageDueMs(draft: Draft, stage: Stage): number | null {
  const { startedMs, status } = draft.stage(stage.name);
  // What is redriven after its stage is complete holds nobody up.
  if (status !== 'active') return null;
  const clockMs = draft.job.startedMs;
  if (startedMs === null || clockMs === null) return null;
  const ownMs = Math.max(startedMs, clockMs) + stage.timeLimitMs;
  if (stage.concludes || draft.job.state === 'completed') return ownMs;
  return Math.min(ownMs, clockMs + draft.job.meta.timeoutMs * OPTIONAL_WORK_UNTIL);
}

function isOverdue(draft: Draft, stage: Stage): boolean {
  const dueMs = stageDueMs(draft, stage);
  return dueMs !== null && draft.stage(stage.name).open > 0 && draft.job.nowMs >= dueMs;
}

function deferOpenTasks(draft: Draft, stage: Stage): void {
  for (const task of draft.openTasks(stage.name)) {
    if (task.record.required) continue;
    draft.abandon(task, {
      code: 'stage-deadline',
      message: `The answer did not come within the time of ${stage.name}.`,
      disposition: 'retry',
    });
  }
}

function deadlineMs(job: JobSnapshot): number {
  return job.startedMs === null ? job.sinceMs + LONGEST_WAIT_MS : job.startedMs + job.meta.timeoutMs;
}

/** The reason why an open job has to end without a report. */
function jobFailure(draft: Draft, pipeline: CheckedPipeline): ErrorInfo | null {
  const { job } = draft;
  for (const task of job.tasks.values()) {
    const { outcome, isOpen, record } = task;
    if (!isOpen && record.required && outcome?.status === 'failed') return outcome.error ?? unexplained(record.id);
  }
  if (job.nowMs < deadlineMs(job)) return null;
  const stage = pipeline.stages.find(({ name }) => !draft.isComplete(name));
  const message = `The job did not end within its time; it was in ${stage?.name ?? job.state}.`;
  return { code: 'job-deadline', message, disposition: 'give-up' };
}

function unexplained(task: string): ErrorInfo {
  return { code: 'task-failed', message: `The task ${task} failed.`, disposition: 'give-up' };
}

/** Ends a job, or its amendment, whose plan cannot be made: its pipeline is wrong, and no repetition helps. */
export function planFailure(pipeline: CheckedPipeline, job: JobSnapshot): JobChanges | null {
  const draft = new Draft(job, pipeline);
  if (isTerminal(job.state)) {
    if (draft.wantsAmendment) abandonAmendment(draft, pipeline);
    return draft.changes(null);
  }
  const message = 'The pipeline could not say what is next for this job.';
  draft.end('failed', { error: { code: 'plan-error', message, disposition: 'give-up' } });
  return draft.changes(null);
}

function startAmendment(draft: Draft, pipeline: CheckedPipeline): void {
  if (draft.job.amending > 0) return;
  draft.set('amending', draft.job.healed);
  for (const stage of pipeline.stages) if (stage.concludes) draft.resetStage(stage.name);
}

function amendmentFailure(draft: Draft): ErrorInfo | null {
  if (draft.job.amending === 0) return null;
  for (const { record, outcome, isOpen } of draft.job.tasks.values()) {
    // A stage that this amendment has not come to may hold a failure of the one before.
    if (draft.stage(record.stage).status === 'pending') continue;
    if (!isOpen && record.required && outcome?.status === 'failed') return outcome.error ?? unexplained(record.id);
  }
  return null;
}

/** The report stays as it is. */
function abandonAmendment(draft: Draft, pipeline: CheckedPipeline): void {
  for (const stage of pipeline.stages) if (!draft.isComplete(stage.name)) draft.completeStage(stage.name);
  draft.leaveUnamended();
  closeAmendment(draft);
}

function closeAmendment(draft: Draft): void {
  draft.takeUp(draft.job.amending || draft.job.healed);
  draft.set('amending', 0);
}

function viewOf(draft: Draft, pipeline: CheckedPipeline): JobView<unknown> {
  const { job } = draft;
  return {
    input: pipeline.parseInput(job.meta.input),
    nextRevision: job.revision + 1,
    settled: draft.settled(),
  };
}

function nextDueMs(draft: Draft, pipeline: CheckedPipeline): number {
  const dues = pipeline.stages
    .filter((stage) => draft.stage(stage.name).open > 0)
    .map((stage) => stageDueMs(draft, stage))
    .filter((dueMs) => dueMs !== null && dueMs > draft.job.nowMs);
  const { job } = draft;
  const lastMs = job.state === 'completed' ? job.nowMs + AMENDMENT_LOOK_MS : deadlineMs(job);
  return Math.min(lastMs, ...dues.map(Number)) + DUE_MARGIN_MS;
}

/** How long after the first begin the first deadline is: `begin` starts the clock, and asks for a look by this. */
function firstLookMs(draft: Draft, pipeline: CheckedPipeline): number {
  const { timeoutMs } = draft.job.meta;
  const limits = pipeline.stages
    .filter((stage) => draft.stage(stage.name).open > 0)
    .map(({ timeLimitMs, concludes }) =>
      concludes ? timeLimitMs : Math.min(timeLimitMs, timeoutMs * OPTIONAL_WORK_UNTIL),
    );
  return Math.ceil(Math.min(timeoutMs, ...limits)) + DUE_MARGIN_MS;
}
