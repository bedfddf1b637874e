import { PlanMessage, SluiceError, type TaskCatalogue, type TaskMessage } from '@sluice/contracts';
import { type JobChanges, type JobSnapshot, type JobStore } from '@sluice/fleet/jobs';
import { createConsumer, inSpan, JOBS_QUEUE, type Producer, type QueuedTask, traceCarrier } from '@sluice/fleet/queue';
import { closeRedis, connectRedis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { QueuedRecord } from './draft.ts';
import { jobDuration, jobsEnded, plans } from './metrics.ts';
import type { CheckedPipeline } from './pipeline.ts';
import { planFailure, planJob, type Plan } from './plan.ts';
import { createDueSweep } from './sweep.ts';

export interface EngineConfig {
  pipelines: readonly CheckedPipeline[];
  catalogue: TaskCatalogue;
  jobs: JobStore;
  producer: Producer;
  redisUrl: string;
  /** Plans made at once by this process. */
  concurrency: number;
  worker: string;
  log: Logger;
}

/** A plan meets a job that changed meanwhile; after this many looks the message comes again later. */
const MOST_LOOKS = 25;

/**
 * Takes `jobs` messages: looks at a job, writes what is next into it, and only then queues the tasks. Holds nothing in memory: a
 * crash between any two steps is made good by the message, which comes again and queues what is not settled.
 */
export function createEngine(config: EngineConfig) {
  const { jobs, producer, log } = config;
  const pipelines = new Map(config.pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const onError = (error: Error) => log.warn('redis trouble', { error });
  const client = connectRedis(config.redisUrl, { name: `${config.worker}:jobs`, patient: true, onError });
  const sweep = createDueSweep({ jobs, producer, onError });
  const consumer = createConsumer({
    queue: JOBS_QUEUE,
    client,
    concurrency: config.concurrency,
    onError,
    async handle({ data, repeated }) {
      const { jobId, trace, requeue = false } = PlanMessage.parse(data);
      try {
        await inSpan('plan', trace, { 'sluice.job': jobId }, () => look(jobId, repeated || requeue));
        return { kind: 'done' };
      } catch (error) {
        log.error('plan failed, comes again', { jobId, error });
        return { kind: 'again', delayMs: 1_000 };
      }
    },
  });

  async function look(jobId: string, requeue: boolean): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const job = await jobs.snapshot(jobId);
      if (job === null) return;
      const pipeline = pipelineOf(job);
      const plan = makePlan(pipeline, job);
      if (plan.changes !== null && !(await jobs.apply(job, plan.changes))) {
        plans.inc({ outcome: 'stale' });
        continue;
      }
      plans.inc({ outcome: plan.changes === null ? 'unchanged' : 'applied' });
      await queueTasks(pipeline, job, requeue ? [...openRecords(job), ...plan.queue] : plan.queue);
      if (plan.changes?.ended === true) noteEnd(job, plan.changes);
      if (!plan.again) return;
    }
    throw new SluiceError('plan-contention', 'The job changed faster than it could be planned.', { disposition: 'retry' });
  }

  function pipelineOf(job: JobSnapshot): CheckedPipeline {
    const pipeline = pipelines.get(job.meta.pipeline);
    if (pipeline !== undefined) return pipeline;
    throw new SluiceError('unknown-pipeline', `This orchestrator does not know the pipeline ${job.meta.pipeline}.`);
  }

  function makePlan(pipeline: CheckedPipeline, job: JobSnapshot): Plan {
    try {
      return planJob(pipeline, job);
    } catch (error) {
      log.error('the pipeline failed', { jobId: job.meta.jobId, pipeline: pipeline.name, error });
      return { changes: planFailure(pipeline, job), queue: [], again: false };
    }
  }

  async function queueTasks(pipeline: CheckedPipeline, job: JobSnapshot, records: QueuedRecord[]): Promise<void> {
    if (records.length === 0) return;
    const depths = new Map(pipeline.stages.map((stage, depth) => [stage.name, depth]));
    const trace = traceCarrier();
    const queued = records.map(({ record, generation }): QueuedTask => {
      const definition = config.catalogue[record.name];
      if (definition === undefined) throw new SluiceError('unknown-task', `There is no task ${record.name}.`);
      const { id, name, stage, wakes, payload } = record;
      const { jobId, tenant, priority } = job.meta;
      const message: TaskMessage = { v: 1, jobId, tenant, task: id, name, stage, generation, wakes, priority, payload };
      if (trace !== undefined) message.trace = trace;
      return { message, pool: definition.pool, attempts: definition.attempts, depth: depths.get(stage) ?? 0 };
    });
    await producer.tasks(queued);
  }

  function noteEnd(job: JobSnapshot, changes: JobChanges): void {
    const labels = { pipeline: job.meta.pipeline, state: changes.state };
    const tookMs = job.nowMs - job.createdMs;
    jobsEnded.inc(labels);
    jobDuration.observe(labels, tookMs / 1_000);
    log.info('job ended', { jobId: job.meta.jobId, tenant: job.meta.tenant, ...labels, tookMs });
  }

  return {
    start() {
      consumer.start();
      sweep.start();
    },
    async stop() {
      await Promise.all([sweep.stop(), consumer.stop()]);
      await closeRedis(client);
    },
    isHealthy: () => consumer.isHealthy(),
  };
}

function openRecords(job: JobSnapshot): QueuedRecord[] {
  return [...job.tasks.values()]
    .filter(({ isOpen }) => isOpen)
    .map(({ record, generation }) => ({ record, generation }));
}

