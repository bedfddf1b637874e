import {
  type Category,
  isTerminal,
  type JobEvent,
  type JobId,
  type JobResult,
  type JobState,
  type JobSummary,
  ListedCategory,
  type Priority,
  Verdict,
} from '@sluice/contracts';
import type { JobSnapshot } from '@sluice/fleet/jobs';
import type { JobSummaryRow } from '@sluice/records';
import { z } from 'zod';

interface StageLine {
  share: number;
  isComplete: boolean;
  planned: number;
  settled: number;
}

/** A job as it is carried on from event to event. */
export interface JobLine {
  jobId: JobId;
  pipeline: string;
  priority: Priority;
  /** Number of the last event in it. */
  seq: number;
  state: JobState;
  revision: number;
  createdMs: number;
  endedMs: number | null;
  judgement: Judgement;
  /** Empty until it is planned. */
  stages: Map<string, StageLine>;
  /** Tasks by id: settled in their newest generation. */
  tasks: Map<string, boolean>;
}

const Judged = z.object({ verdict: Verdict, category: ListedCategory, score: z.number() });
interface Judgement {
  verdict: Verdict | null;
  category: Category | null;
  score: number | null;
}
const UNJUDGED: Judgement = { verdict: null, category: null, score: null };

function judge(result: JobResult | null | undefined): Judgement {
  return Judged.safeParse(result?.summary).data ?? UNJUDGED;
}

/** A job of which nothing but its first event is known. */
export function newLine(jobId: JobId, of: { pipeline: string; priority: Priority; atMs: number }): JobLine {
  const { pipeline, priority, atMs } = of;
  const begin = { state: 'queued', revision: 0, createdMs: atMs, endedMs: null, judgement: UNJUDGED };
  return { jobId, pipeline, priority, seq: 1, ...begin, stages: new Map(), tasks: new Map() };
}

/** A job as Redis holds it. */
export function lineOf(job: JobSnapshot): JobLine {
  const { meta, seq, state, revision, createdMs, endedMs } = job;
  const { jobId, pipeline, priority } = meta;
  const judgement = judge(job.result);
  const stages = new Map<string, StageLine>();
  for (const { name, share } of job.outline) {
    stages.set(name, { share, isComplete: job.stages.get(name)?.status === 'complete', planned: 0, settled: 0 });
  }
  const line = { jobId, pipeline, priority, seq, state, revision, createdMs, endedMs, judgement, stages };
  const tasks = new Map<string, boolean>();
  for (const [id, { record, isOpen }] of job.tasks) note({ stages, tasks }, id, record.stage, !isOpen);
  return { ...line, tasks };
}

/** A job that has ended, as the record shows it. */
export function recordedLine(row: JobSummaryRow): JobLine {
  const { jobId, pipeline, priority, seq, state, revision, createdMs, endedMs, verdict, category, score } = row;
  const judgement = { verdict, category, score };
  const known = { jobId, pipeline, priority, seq, state, revision, createdMs, endedMs, judgement };
  return { ...known, stages: new Map(), tasks: new Map() };
}

/** Carries the job on by its next event. False: the event does not tell enough, and the job has to be read anew. */
export function carryOn(line: JobLine, event: JobEvent): boolean {
  if (event.seq !== line.seq + 1) return false;
  // What its stages are worth is written with its first plan.
  if (line.stages.size === 0 && isProgress(event)) return false;
  switch (event.type) {
    case 'job.reopened':
      return false;
    case 'stage.started':
    case 'stage.completed': {
      const stage = line.stages.get(event.stage);
      if (stage === undefined) return false;
      stage.isComplete = event.type === 'stage.completed';
      break;
    }
    case 'task.planned':
    case 'task.settled':
      note(line, event.task, event.stage, event.type === 'task.settled');
      break;
    case 'job.state':
      line.state = event.state;
      break;
    case 'job.ended':
      end(line, event);
      break;
    case 'report.amended':
      line.revision = event.revision;
      line.judgement = judge(event.result);
      break;
    default:
  }
  line.seq = event.seq;
  return true;
}

function isProgress({ type }: JobEvent): boolean {
  return type.startsWith('stage.') || type.startsWith('task.') || type === 'job.state';
}

function end(line: JobLine, event: { state: JobState; atMs: number; result?: JobResult | undefined }): void {
  line.state = event.state;
  line.endedMs = event.atMs;
  if (event.result !== undefined) line.judgement = judge(event.result);
  // The report that ends a job is its next revision.
  if (event.state === 'completed') line.revision += 1;
}

function note({ stages, tasks }: Pick<JobLine, 'stages' | 'tasks'>, id: string, name: string, isSettled: boolean) {
  const stage = stages.get(name);
  const was = tasks.get(id);
  tasks.set(id, isSettled);
  if (stage === undefined) return;
  if (was === undefined) stage.planned += 1;
  stage.settled += Number(isSettled) - Number(was ?? false);
}

export function hasEnded(line: JobLine): boolean {
  return isTerminal(line.state);
}

export function summaryOf(line: JobLine): JobSummary {
  const { jobId, pipeline, state, priority, judgement, revision, createdMs, endedMs } = line;
  return {
    jobId,
    pipeline,
    state,
    priority,
    percent: percentOf(line),
    ...judgement,
    revision,
    createdMs,
    endedMs,
  };
}

/** As the status of the job has it. */
function percentOf(line: JobLine): number | null {
  if (line.state === 'completed') return 100;
  if (hasEnded(line)) return null;
  let done = 0;
  for (const { share, isComplete, planned, settled } of line.stages.values()) {
    if (isComplete) done += share;
    else if (planned > 0) done += (share * settled) / planned;
  }
  return Math.min(99, Math.floor(done));
}
