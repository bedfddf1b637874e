import type { JobId, Report } from '@sluice/contracts';
import { useOutletContext } from 'react-router';
import type { Run } from '../../data/run.ts';

/** What the parts of a job's page share. */
export interface JobContext {
  jobId: JobId;
  run: Run;
  /** Null while there is none. The newest one, or the revision that the address names. */
  report: Report | null;
}

export const useJob = (): JobContext => useOutletContext<JobContext>();
