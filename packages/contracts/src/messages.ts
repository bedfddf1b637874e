import { z } from 'zod';
import { JobId, TaskId, TenantId } from './ids.ts';
import { Priority } from './jobs.ts';
import { Tlp } from './release.ts';

const Trace = z.record(z.string(), z.string());

/** What a pool's queue carries. References only: no mail content. At most 64 KB as JSON. */
export const TaskMessage = z.object({
  v: z.literal(1),
  jobId: JobId,
  tenant: TenantId,
  task: TaskId,
  name: z.string(),
  stage: z.string(),
  generation: z.int().positive(),
  wakes: z.boolean(),
  priority: Priority,
  payload: z.unknown(),
  /** As in the job's meta. */
  tlp: Tlp.optional(),
  trace: Trace.optional(),
});
export type TaskMessage = z.infer<typeof TaskMessage>;
