import { SluiceError, type TaskCatalogue } from '@sluice/contracts';
import type { JobChanges, JobSnapshot, JobStore } from '@sluice/fleet/jobs';
import { inSpan, type Producer, queuedTask, traceCarrier } from '@sluice/fleet/queue';
import { exemplarLabels, type Logger } from '@sluice/fleet/service';
import { jobDuration, jobsEnded, plans } from './metrics.ts';
import type { CheckedPipeline } from './pipeline.ts';
import { planFailure, planJob, type Plan } from './plan.ts';
import { createWatch } from './watch.ts';

export interface EngineConfig {
  pipelines: readonly CheckedPipeline[];
  catalogue: TaskCatalogue;
  jobs: JobStore;
  producer: Producer;
  redisUrl: string;
  /** This process, in the names of its connections. */
  worker: string;
  log: Logger;
}

/**
 * Looks at every job that is due, writes what is next into it, and only then queues the tasks. Holds nothing in memory: a job whose
 * planner died is due again when its lease ends.
 */
export function createEngine(config: EngineConfig) {
  const { jobs, producer, log } = config;
  const pipelines = new Map(config.pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const watch = createWatch({ ...config, look });

  async function look(job: JobSnapshot): Promise<void> {
    const { jobId, trace } = job.meta;
    try {
      await inSpan('plan', trace, { 'sluice.job': jobId }, () => plan(job));
    } catch (error) {
      log.error('plan failed, comes again', { jobId, error });
    }
  }

  async function plan(job: JobSnapshot): Promise<void> {
    const pipeline = pipelineOf(job);
    const { changes, dueMs, queue, again } = makePlan(pipeline, job);
    const stands = changes === null ? await jobs.rest(job, dueMs) : await jobs.apply(job, changes);
    if (!stands) {
      plans.inc({ outcome: 'stale' });
      return planAgain(job);
    }
    plans.inc({ outcome: changes === null ? 'unchanged' : 'applied' });
    if (queue.length > 0) {
      const trace = traceCarrier();
      const outline = pipeline.stages;
      await producer.tasks(queue.map((task) => queuedTask({ meta: job.meta, outline }, task, config.catalogue, trace)));
    }
    if (changes?.ended === true) noteEnd(job, changes);
    if (again) await planAgain(job);
  }

  /** Not every change asks for a look: what this one was to bring would wait for the end of the lease. */
  async function planAgain({ meta }: JobSnapshot): Promise<void> {
    const fresh = await jobs.snapshot(meta.jobId);
    if (fresh !== null) await plan(fresh);
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
      return { changes: planFailure(pipeline, job), dueMs: null, queue: [], again: false };
    }
  }

  function noteEnd(job: JobSnapshot, changes: JobChanges): void {
    const labels = { pipeline: job.meta.pipeline, state: changes.state };
    const tookMs = job.nowMs - job.createdMs;
    jobsEnded.inc(labels);
    jobDuration.observe({ labels, value: tookMs / 1_000, exemplarLabels: exemplarLabels(job.meta.trace) });
    log.info('job ended', { jobId: job.meta.jobId, tenant: job.meta.tenant, ...labels, tookMs });
  }

  return watch;
}
