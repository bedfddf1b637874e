import { type JobId, type TaskId, type TaskMessage, TaskRecord } from '@sluice/contracts';
import { loadScript, type Redis } from '../redis/index.ts';
import { keysOf } from './keys.ts';

const LUA = new URL('./lua/', import.meta.url);
const redriveTask = loadScript(LUA, 'redrive', 5);
const reopen = loadScript(LUA, 'reopen', 6);

export interface OpenedTask {
  record: TaskRecord;
  generation: number;
}

/**
 * The caller queues the task. `refused`: `open` (it was never settled), `done`, `changed` (it came to another end since the caller looked), `closed` (its
 * job is over) or `gone`.
 */
export type Redriven = OpenedTask | { refused: string };
/** The caller queues the tasks. `refused`: `closed` (cancelled) or `gone`. */
export type Retried = { tasks: OpenedTask[] } | { refused: 'closed' | 'gone' };

type RedriveRef = Pick<TaskMessage, 'jobId' | 'task' | 'stage' | 'name' | 'generation' | 'wakes'>;

/** What opens again what did not come to an answer. The callers queue what comes back, which is safe to do twice. */
export function redriveMethods(redis: Redis) {
  async function openAgain(jobId: JobId, task: TaskId | null): Promise<Retried | { refused: 'done' }> {
    const { job, events, open, journal, stats, failed, channel } = keysOf(jobId);
    const answer = await reopen(redis, [job, events, open, journal, stats, failed], [jobId, channel, task ?? '']);
    const [refused, ...texts] = answer as [string, ...string[]];
    if (refused !== '') return { refused: refused as 'closed' };
    const tasks: OpenedTask[] = [];
    for (let at = 0; at + 1 < texts.length; at += 2) {
      tasks.push({ generation: Number(texts[at]), record: TaskRecord.parse(JSON.parse(texts[at + 1] ?? '')) });
    }
    return { tasks };
  }

  return {
    /**
     * Opens a task that failed or was deferred in this generation in its next one, or finds it opened already. With `reopen`, a job that failed or expired is
     * opened again for it: its time begins anew, and what else it cannot do without is tried again too, which the reaper queues.
     */
    async redrive(task: RedriveRef, { reopen: reopens = false }: { reopen?: boolean } = {}): Promise<Redriven> {
      const { job, events, open, journal, stats, channel } = keysOf(task.jobId);
      const { stage, name, generation: seen } = task;
      const head = JSON.stringify({ type: 'task.planned', task: task.task, stage, name });
      const answer = await redriveTask(
        redis,
        [job, events, open, journal, stats],
        [task.jobId, channel, task.task, stage, `${head.slice(0, -1)},"generation":`, '}', seen],
      );
      const [generation, text] = answer as [number, string];
      if (generation > 0) return { record: TaskRecord.parse(JSON.parse(text)), generation };
      if (text !== 'closed' || !reopens) return { refused: text };
      const reopened = await openAgain(task.jobId, task.task);
      if ('refused' in reopened) return reopened;
      return reopened.tasks.find(({ record }) => record.id === task.task) ?? { refused: 'done' };
    },

    /**
     * Opens every failed or deferred task again, and its job where that failed or expired; the failure desk finds what was opened in its list. What comes back is all that
     * no queue may hold.
     */
    async retry(jobId: JobId): Promise<Retried> {
      return (await openAgain(jobId, null)) as Retried;
    },
  };
}
