import { Counter, Histogram } from 'prom-client';
import { withExemplars } from '../service/exemplars.ts';

export const taskDuration = new Histogram({
  name: 'sluice_task_duration_seconds',
  help: 'Time from begin to settle of one attempt, by pool, task and outcome.',
  labelNames: ['pool', 'task', 'outcome'],
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
  ...withExemplars,
});

export const taskRetries = new Counter({
  name: 'sluice_task_retries_total',
  help: 'Attempts that failed and were queued again, by pool, task and error code.',
  labelNames: ['pool', 'task', 'code'],
});

export const deliveriesSkipped = new Counter({
  name: 'sluice_deliveries_skipped_total',
  help: 'Deliveries that begin turned away, by verdict: nothing was done twice.',
  labelNames: ['pool', 'verdict'],
});

export const tasksParked = new Counter({
  name: 'sluice_tasks_parked_total',
  help: 'Tasks whose question was put into the line of a quota, by pool, task and the code of the refusal.',
  labelNames: ['pool', 'task', 'code'],
});

export const tasksQueued = new Counter({
  name: 'sluice_tasks_queued_total',
  help: 'Messages put into the queue of a pool, repeated ones too.',
  labelNames: ['pool'],
});

export const taskFailures = new Counter({
  name: 'sluice_task_failures_total',
  help: 'Tasks that settled as failed, by pool, task and error code.',
  labelNames: ['pool', 'task', 'code'],
});
