import type { JobStatus, StageView } from '@sluice/contracts';
import type { JobSnapshot, StageProgress } from './snapshot.ts';

const PENDING: StageProgress = { status: 'pending', startedMs: null, endedMs: null, open: 0 };

/** What people see of a job. `meanDurationMs` is the experience with its pipeline; null without one. */
export function statusOf(job: JobSnapshot, meanDurationMs: number | null): JobStatus {
  const stages = job.outline.map((outline): StageView => {
    const { status, startedMs, endedMs } = job.stages.get(outline.name) ?? PENDING;
    return { ...outline, status, startedMs, endedMs, tasks: countTasks(job, outline.name) };
  });
  const percent = job.state === 'completed' ? 100 : Math.min(99, Math.floor(progress(stages)));
  return {
    v: 1,
    jobId: job.meta.jobId,
    pipeline: job.meta.pipeline,
    state: job.state,
    priority: job.meta.priority,
    percent,
    seq: job.seq,
    revision: job.revision,
    createdMs: job.createdMs,
    startedMs: job.startedMs,
    deadlineMs: job.startedMs === null ? null : job.startedMs + job.meta.timeoutMs,
    endedMs: job.endedMs,
    estimatedCompletionMs: job.endedMs ?? estimate(job, percent, meanDurationMs),
    stages,
    error: job.error,
    summary: job.result?.summary ?? null,
  };
}

function countTasks(job: JobSnapshot, stage: string): StageView['tasks'] {
  const counts = { total: 0, done: 0, failed: 0, deferred: 0 };
  for (const { record, outcome, isOpen } of job.tasks.values()) {
    if (record.stage !== stage) continue;
    counts.total += 1;
    if (outcome !== null && !isOpen) counts[outcome.status] += 1;
  }
  return counts;
}

/** A complete stage counts whole, an active one by its settled tasks. */
function progress(stages: readonly StageView[]): number {
  return stages.reduce((sum, { share, status, tasks }) => {
    if (status === 'complete') return sum + share;
    const settled = tasks.done + tasks.failed + tasks.deferred;
    return sum + (tasks.total === 0 ? 0 : (share * settled) / tasks.total);
  }, 0);
}

/** The mean from the start of the work; when that is past, what remains at the mean's pace. */
function estimate(job: JobSnapshot, percent: number, meanDurationMs: number | null): number | null {
  if (meanDurationMs === null) return null;
  const expectedMs = (job.startedMs ?? job.nowMs) + meanDurationMs;
  if (expectedMs > job.nowMs) return Math.round(expectedMs);
  return Math.round(job.nowMs + (meanDurationMs * (100 - percent)) / 100);
}
