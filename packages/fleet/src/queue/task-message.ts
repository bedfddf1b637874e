import { type JobMeta, SluiceError, type TaskCatalogue, type TaskMessage, type TaskRecord } from '@sluice/contracts';
import type { QueuedTask } from './producer.ts';

/** The message of a planned task, as every sender makes it: the first time, again after it was lost, and for a redrive. */
export function queuedTask(
  job: { meta: JobMeta; outline: readonly { name: string }[] },
  { record, generation }: { record: TaskRecord; generation: number },
  catalogue: TaskCatalogue,
  trace: Record<string, string> | undefined,
): QueuedTask {
  const definition = catalogue[record.name];
  if (definition === undefined) throw new SluiceError('unknown-task', `There is no task ${record.name}.`);
  const { id, name, stage, wakes, payload } = record;
  const { jobId, tenant, priority, tlp } = job.meta;
  const message: TaskMessage = { v: 1, jobId, tenant, task: id, name, stage, generation, wakes, priority, payload };
  if (tlp !== undefined) message.tlp = tlp;
  if (trace !== undefined) message.trace = trace;
  const depth = Math.max(
    0,
    job.outline.findIndex((outline) => outline.name === stage),
  );
  return { message, pool: definition.pool, attempts: definition.attempts, depth };
}
