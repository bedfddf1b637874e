import { withExemplars } from '@sluice/fleet/service';
import { Counter, Histogram } from 'prom-client';

export const jobsEnded = new Counter({
  name: 'sluice_jobs_ended_total',
  help: 'Jobs that ended, by pipeline and state.',
  labelNames: ['pipeline', 'state'],
});

export const jobDuration = new Histogram({
  name: 'sluice_job_duration_seconds',
  help: 'Time from submission to end, by pipeline and state.',
  labelNames: ['pipeline', 'state'],
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 15, 60, 300],
  ...withExemplars,
});

export const plans = new Counter({
  name: 'sluice_plans_total',
  help: 'Looks at a job, by what came of them.',
  labelNames: ['outcome'],
});
