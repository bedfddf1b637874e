import { Counter, Gauge, Histogram } from 'prom-client';

export const recordedJobs = new Counter({
  name: 'sluice_recorded_jobs_total',
  help: 'Rows of jobs written to the record; a job is written again when it has changed.',
  labelNames: ['state'],
});

export const recordedEvents = new Counter({
  name: 'sluice_recorded_events_total',
  help: 'Events of jobs written to the record.',
});

export const recordSeconds = new Histogram({
  name: 'sluice_record_batch_seconds',
  help: 'Time from reading a batch of jobs to its transaction being committed.',
  buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5],
});

export const setAside = new Counter({
  name: 'sluice_record_set_aside_total',
  help: 'Jobs that could not be written and were set aside, to be tried again later.',
});

export const lostReports = new Counter({
  name: 'sluice_record_reports_missing_total',
  help: 'Reports that were not there, or damaged, when their job was recorded.',
});

export const recordUp = new Gauge({
  name: 'sluice_record_up',
  help: '1 while PostgreSQL answers. Jobs go on without it; the journal waits.',
});

export const journalEntries = new Gauge({
  name: 'sluice_journal_entries',
  help: 'Changes that wait to be recorded, of all buckets: the same from every orchestrator.',
});

export const journalLag = new Gauge({
  name: 'sluice_journal_lag_seconds',
  help: 'Age of the oldest change that waits to be recorded, of all buckets: the same from every orchestrator.',
});

export const restoredJobs = new Counter({
  name: 'sluice_jobs_restored_total',
  help: 'Jobs that Redis did not hold any more and that were brought back, from their recorded image or from the manifest of their submission.',
  labelNames: ['from'],
});

export const retired = new Counter({
  name: 'sluice_retention_removed_total',
  help: 'What its retention, or an erasure, has removed.',
  labelNames: ['what'],
});
