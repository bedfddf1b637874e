import { PRIORITIES, type Priority, type TaskMessage } from '@sluice/contracts';

/** BullMQ's key prefix; the hash tag keeps one queue in one slot. */
export function prefixOf(queue: string): string {
  return `{sluice:${queue}}`;
}

const MOST_DEPTH = 99;

/**
 * BullMQ serves the lowest rank first. Within a priority the deeper stage goes first: jobs that are under way are finished
 * before new ones are begun, so that a backlog waits outside and not half done.
 */
export function rankOf(priority: Priority, depth: number): number {
  return (PRIORITIES.indexOf(priority) + 1) * (MOST_DEPTH + 1) - Math.min(depth, MOST_DEPTH);
}

/** The same task in the same generation has the same message, however often it is queued. */
export function taskMessageId(message: Pick<TaskMessage, 'jobId' | 'task' | 'generation'>): string {
  return `${message.jobId}-${message.task}-${message.generation}`;
}
