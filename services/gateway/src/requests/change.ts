import type { RequestJob, TenantId } from '@sluice/contracts';
import { SluiceError } from '@sluice/contracts';
import type { FailureList, JobSnapshot, JobStore, TaskView } from '@sluice/fleet/jobs';
import type { JobFinder } from '../jobs/archive.ts';
import { isOpen } from './standing.ts';

const AT_ONCE = 20;
/** Orders are spread so that no more than this many become due in a second. */
const ORDERS_PER_SECOND = 20;

interface ChangeConfig {
  jobs: Pick<JobStore, 'cancel'>;
  failures: Pick<FailureList, 'order'>;
  findJob: JobFinder;
  now?: () => number;
}

export type Change = ReturnType<typeof createChange>;

/** What is done to all jobs of a batch. */
export function createChange({ jobs, failures, findJob, now = Date.now }: ChangeConfig) {
  async function failedIn(tenant: TenantId, { jobId }: RequestJob): Promise<Failed[]> {
    try {
      const { job } = await findJob(tenant, jobId);
      return failedTasks(job).map((task) => ({ jobId, task }));
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

    /** Has the failure desk try again whatever failed or was given up, spread in time. A cancelled job stays as it is. */
    async retry(tenant: TenantId, all: readonly RequestJob[], by: string) {
      const wanted = all.filter(({ state }) => state !== null && state !== 'cancelled');
      const failed = (await eachOf(wanted, (job) => failedIn(tenant, job))).flat();
      const startMs = now();
      const dueMs = (at: number) => startMs + Math.floor((at * 1_000) / ORDERS_PER_SECOND);
      await eachOf([...failed.entries()], ([at, order]) =>
        failures.order({ action: 'requeue', ...order, by }, dueMs(at)),
      );
      const count = new Set(failed.map(({ jobId }) => jobId)).size;
      return { jobs: count, tasks: failed.length, lastDueMs: failed.length === 0 ? null : dueMs(failed.length - 1) };
    },
  };
}

interface Failed {
  jobId: string;
  task: string;
}

/** What the desk may open: what did not come to an answer, and in a job that ended without a report also what was under way. */
function failedTasks({ state, tasks }: JobSnapshot): string[] {
  const isLost = state === 'failed' || state === 'expired';
  const isFailed = ({ isOpen: isUnsettled, outcome }: TaskView) =>
    isUnsettled ? isLost : outcome !== null && outcome.status !== 'done';
  return [...tasks.values()].filter(isFailed).map(({ record }) => record.id);
}

async function eachOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  }
  return results;
}
