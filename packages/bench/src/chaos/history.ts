import type { JobEvent } from '@sluice/contracts';

/** What a job's log says against it; empty where it is whole, in order, and nothing in it happened twice. */
export interface LogFaults {
  /** Numbers are missing, or the beginning or the end is. */
  lost: string[];
  doubled: string[];
}

/** Reads the whole log of a job that has ended. `seq` is the number of its last event by the job itself; what was added since it was asked is not looked at. */
export function judgeLog(log: readonly JobEvent[], seq: number): LogFaults {
  const events = log.filter((event) => event.seq <= seq);
  const lost: string[] = [];
  const doubled: string[] = [];
  const numbers = events.map((event) => event.seq);
  if (numbers.some((number, at) => number !== at + 1) || numbers.length !== seq) {
    lost.push(`its log has the numbers ${numbers.join(' ')} and should end with ${seq}`);
  }
  if (events[0]?.type !== 'job.queued') lost.push('its log does not begin with its acceptance');
  const ends = events.filter(({ type }) => type === 'job.ended').length;
  const reopened = events.filter(({ type }) => type === 'job.reopened').length;
  if (ends === 0) lost.push('its log has no end');
  if (ends > 1 + reopened) doubled.push(`it ended ${ends} times`);
  const revisions = events.flatMap((event) => (event.type === 'report.amended' ? [event.revision] : []));
  if (new Set(revisions).size !== revisions.length) doubled.push(`it has the revisions ${revisions.join(' ')}`);
  doubled.push(...settledTwice(events));
  return { lost, doubled };
}

/** A generation of a task settles once; a deferred one may come to its answer later. */
function settledTwice(events: readonly JobEvent[]): string[] {
  const seen = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'task.settled') continue;
    const which = `${event.task} ${event.generation} ${event.status === 'deferred' ? 'deferred' : 'settled'}`;
    seen.set(which, (seen.get(which) ?? 0) + 1);
  }
  return [...seen].filter(([, count]) => count > 1).map(([which, count]) => `${which} ${count} times`);
}

/** A task that was begun anew although whoever did it had neither settled it nor given it back. */
export interface Rerun {
  worker: string;
  /** Redis time. */
  againMs: number;
}

/** Every time that a task was taken over from a worker that had left it. */
export function rerunsOf(events: readonly JobEvent[]): Rerun[] {
  const doing = new Map<string, string>();
  const reruns: Rerun[] = [];
  for (const event of events) {
    if (event.type === 'task.released' || event.type === 'task.settled') doing.delete(keyOf(event));
    if (event.type !== 'task.started') continue;
    const worker = doing.get(keyOf(event));
    if (worker !== undefined) reruns.push({ worker, againMs: event.atMs });
    doing.set(keyOf(event), event.worker);
  }
  return reruns;
}

/** Attempts of a generation that failed by themselves and came again. */
export function failedAttempts(events: readonly JobEvent[], task: string, generation: number): number {
  return events.filter(
    (event) =>
      event.type === 'task.released' &&
      event.task === task &&
      event.generation === generation &&
      event.error !== undefined,
  ).length;
}

function keyOf({ task, generation }: { task: string; generation: number }): string {
  return `${task} ${generation}`;
}
