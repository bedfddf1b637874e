import type { FailureList, JobStore } from '@sluice/fleet/jobs';
import type { Redis } from '@sluice/fleet/redis';
import type { Logger } from '@sluice/fleet/service';
import type { Settings } from '@sluice/fleet/settings';
import type { Records } from '@sluice/records';
import type { ReportMarks } from '../http/report.ts';
import type { JobFinder } from '../jobs/archive.ts';
import type { Retry } from '../jobs/retry.ts';
import type { Hub } from '../sockets/hub.ts';
import type { Submit } from '../submit.ts';
import { createChange } from './change.ts';
import type { RequestRoutesConfig } from './routes.ts';
import { createWaits, type Waits } from './scan.ts';
import { createStanding } from './standing.ts';
import { createTakeBatch } from './take.ts';

/** A body may have so many bytes, whatever is in it. */
const BODY_CAP_BYTES = 200 * 1_024 * 1_024;

interface RequestsConfig {
  requestLimits: { maxMails: number; scansPerKey: number };
  redis: Redis;
  records: Pick<Records, 'jobs' | 'requests'>;
  settings: Pick<Settings, 'tenant'>;
  jobs: JobStore;
  failures: FailureList;
  hub: Hub;
  findJob: JobFinder;
  retry: Retry;
  submit: Submit;
  log: Logger;
}

type Requests = Omit<RequestRoutesConfig, 'records' | 'audit'> & { waits: Waits; reportMarks: ReportMarks };

/** What the routes of batches and scans need. */
export function openRequests({ requestLimits: { maxMails, scansPerKey }, ...means }: RequestsConfig): Requests {
  const { settings } = means;
  const batchLimits = { maxMails, maxBytes: BODY_CAP_BYTES };
  const reportMarks: ReportMarks = async ({ tenant, tlp }) => ({
    tlp: tlp ?? (await settings.tenant(tenant)).defaultTlp,
  });
  return {
    batchLimits,
    reportMarks,
    takeBatch: createTakeBatch({ ...means, maxMails }),
    standing: createStanding(means),
    change: createChange(means),
    waits: createWaits({ ...means, mostForKey: scansPerKey }),
  };
}
