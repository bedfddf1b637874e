import { type RequestJob, SluiceError, type TaskId, type TenantId } from '@sluice/contracts';
import type { FailureList, JobSnapshot, JobStore, TaskView } from '@sluice/fleet/jobs';
import type { FoundJob, JobFinder } from '../jobs/archive.ts';
import type { Retry } from '../jobs/retry.ts';
import { isOpen } from './standing.ts';

const AT_ONCE = 20;
/** Orders are spread so that no more than this many become due in a second. */
export const ORDERS_PER_SECOND = 20;

interface ChangeConfig {
  jobs: Pick<JobStore, 'cancel'>;
  failures: Pick<FailureList, 'order'>;
  findJob: JobFinder;
  retry: Retry;
  now?: () => number;
}

export type Change = ReturnType<typeof createChange>;

/** A job of which something failed; without tasks where it ended before anything was planned. */
interface FailedJob extends FoundJob {
  tasks: TaskId[];
}

/** What is done to all jobs of a batch. */
export function createChange({ jobs, failures, findJob, retry, now = Date.now }: ChangeConfig) {
  async function failedIn(tenant: TenantId, { jobId }: RequestJob): Promise<FailedJob[]> {
    try {
      const found = await findJob(tenant, jobId);
      const tasks = failedTasks(found.job);
      return tasks.length > 0 || isLost(found.job) ? [{ ...found, tasks }] : [];
    } catch (error) {
      // One that its retention has taken.
      if (error instanceof SluiceError && error.code === 'job-not-found') return [];
      throw error;
    }
  }

  return {
    /** Cancels those that are open; says how many. */
    async cancel(all: readonly RequestJob[]): Promise<number> {
      const states = await eachOf(all.filter(isOpen), ({ jobId }) => jobs.cancel(jobId));
      return states.filter((state) => state === 'cancelled').length;
    },

    /** Those of which something failed or was given up. A cancelled job stays as it is. */
    async failed(tenant: TenantId, all: readonly RequestJob[]): Promise<FailedJob[]> {
      const wanted = all.filter(({ state }) => state !== null && state !== 'cancelled');
      return (await eachOf(wanted, (job) => failedIn(tenant, job))).flat();
    },

    /** Has the failure desk try again what failed, spread in time. */
    async retry(failed: readonly FailedJob[], by: string) {
      const orders = failed.flatMap(({ job, tasks }) => tasks.map((task) => ({ jobId: job.meta.jobId, task })));
      const startMs = now();
      const dueMs = (at: number) => startMs + Math.floor((at * 1_000) / ORDERS_PER_SECOND);
      await eachOf([...orders.entries()], ([at, order]) =>
        failures.order({ action: 'requeue', ...order, by }, dueMs(at)),
      );
      // There is nothing to order of the desk.
      await eachOf(
        failed.filter(({ tasks }) => tasks.length === 0),
        ({ job, isLive }) => retry(job, isLive),
      );
      const lastDueMs = orders.length === 0 ? null : dueMs(orders.length - 1);
      return { jobs: failed.length, tasks: orders.length, lastDueMs };
    },
  };
}

function isLost({ state }: Pick<JobSnapshot, 'state'>): boolean {
  return state === 'failed' || state === 'expired';
}

/** What the desk may open: what did not come to an answer, and in a job that ended without a report also what was under way. */
function failedTasks(job: JobSnapshot): TaskId[] {
  const isFailed = ({ isOpen: isUnsettled, outcome }: TaskView) =>
    isUnsettled ? isLost(job) : outcome !== null && outcome.status !== 'done';
  return [...job.tasks.values()].filter(isFailed).map(({ record }) => record.id);
}

async function eachOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  }
  return results;
}
