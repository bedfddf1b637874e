import type { JobId } from '@sluice/contracts';
import type { Trouble } from './fault.ts';
import type { Load } from './load.ts';
import type { World } from './world.ts';

/** Mails that were refused for now by the gateway itself. */
export function countRefused(load: Load): number {
  const refused = [...load.refusals()].filter(([code]) => code.startsWith('503 ') && code !== '503 unreachable');
  return refused.reduce((sum, [, count]) => sum + count, 0);
}

/** What is done is recorded also while Redis is full: says how much was, and calls it a fault where nothing was. */
export async function checkSettled(
  { jobs }: World,
  jobIds: readonly JobId[],
  { sinceMs, untilMs }: { sinceMs: number; untilMs: number },
): Promise<Trouble> {
  const logs = await Promise.all(jobIds.map((jobId) => jobs.eventsAfter(jobId, 0)));
  const settled = logs
    .flat()
    .filter(({ type, atMs }) => type === 'task.settled' && atMs > sinceMs && atMs < untilMs).length;
  return {
    note: `${settled} tasks settled while it was full`,
    faults: settled > 0 ? [] : ['nothing could be settled'],
  };
}
